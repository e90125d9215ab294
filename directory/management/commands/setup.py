"""``manage.py setup``: the first administrators and office holders of a real installation."""

from __future__ import annotations

import getpass
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from directory.models import Plan, Post, User
from directory.services.founding import FOUNDING_ROLES, Founder, check_unfounded, founders_create, founding_posts
from yangcheng_ec.errors import DomainError
from yangcheng_ec.permissions import Role

NEXT = """
接下来：
  1. 把临时密码当面交给各人（只显示这一次）。
  2. 安全管理员登录，在「账号」页为其他人建账号。
  3. 通讯录管理员在「任职」页录入任职、授权，安全管理员复核后生效。
  4. 值班员登录，核对「通讯录」里的号码，再做一次试铃。
"""


class Command(BaseCommand):
    """Load the plans and make the first people. Asks, or takes everything from the options; makes no superuser."""

    help = "正式运行的初始设置：载入预案，建立系统管理员、安全管理员、审计员、通讯录管理员和首批任职人员"

    def add_arguments(self, parser: CommandParser) -> None:
        """Add an option per administrative role, ``--holder`` and ``--no-input``."""
        for role in FOUNDING_ROLES:
            option = f"--{role.value.replace('_', '-')}"
            parser.add_argument(option, dest=role.value, metavar="登录名:姓名[:手机]", help=str(role.label))
        parser.add_argument(
            "--holder",
            action="append",
            default=[],
            metavar="职务代码[,职务代码]=登录名:姓名[:手机]",
            help="首批任职人员，可重复；职务代码如 cyber-2025:commander",
        )
        parser.add_argument("--no-input", action="store_true", help="不提问，只用选项")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, load, ask, make, say what comes next."""
        try:
            check_unfounded()
            if not Plan.objects.exists():
                call_command("load_plans", verbosity=options["verbosity"], stdout=self.stdout)
            founders = self._administrators(options) + self._holders(options)
            made = founders_create(founders=founders, by=f"manage.py setup，{getpass.getuser()}")
        except DomainError as error:
            raise CommandError(error.message) from error
        self._tell(made)

    def _administrators(self, options: dict[str, Any]) -> list[Founder]:
        found = []
        for role in FOUNDING_ROLES:
            text = options[role.value] or self._ask(f"{role.label}（登录名:姓名[:手机]）", options)
            if text:
                found.append(_founder(text, role=role))
        return found

    def _holders(self, options: dict[str, Any]) -> list[Founder]:
        texts = list(options["holder"])
        if not texts and not options["no_input"]:
            self.stdout.write("首批任职人员：不设的直接回车。同一人任几个职务，写同样的内容即可。")
            texts = [f"{post.code}={text}" for post, text in self._answers(options) if text]
        posts: dict[str, list[str]] = {}
        for text in texts:
            codes, _, person = text.partition("=")
            posts.setdefault(person.strip(), []).extend(code.strip() for code in codes.split(","))
        return [_founder(person, posts=tuple(codes)) for person, codes in posts.items()]

    def _answers(self, options: dict[str, Any]) -> list[tuple[Post, str]]:
        return [(post, self._ask(f"{post.version} {post}", options)) for post in founding_posts()]

    def _ask(self, question: str, options: dict[str, Any]) -> str:
        return "" if options["no_input"] else input(f"{question}：").strip()

    def _tell(self, made: list[tuple[User, str]]) -> None:
        self.stdout.write("\n临时密码（只显示这一次）：")
        for person, password in made:
            names = person.groups.values_list("name", flat=True)
            roles = "、".join(str(Role(name).label) for name in names if name in Role.values)
            self.stdout.write(f"  {person.username:<16}{person.display_name}（{roles}）  {password}")
        self.stdout.write(NEXT)


def _founder(text: str, **more: Any) -> Founder:
    """Return the person written as ``登录名:姓名[:手机]``."""
    parts = [part.strip() for part in text.replace("：", ":").split(":")]
    if len(parts) not in (2, 3) or not all(parts[:2]):
        raise CommandError(f"写法应为 登录名:姓名[:手机]，收到的是「{text}」。")
    return Founder(parts[0], parts[1], mobile=parts[2] if len(parts) == 3 else "", **more)
