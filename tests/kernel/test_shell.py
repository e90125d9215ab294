"""The page shell: navigation by role, few statements, the content security policy, the error pages."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory

from yangcheng_ec.context_processors import Shell
from yangcheng_ec.errors import Change, Forbidden, StaleVersion
from yangcheng_ec.middleware import ContentSecurityPolicyMiddleware
from yangcheng_ec.permissions import Role


def shell_for(*roles, path="/", **extra):
    """Return the shell of a user with these roles."""
    request = RequestFactory().get(path)
    request.user = SimpleNamespace(
        is_authenticated=True, is_active=True, pk=1, _role_names=frozenset(roles), display_name="王建国", **extra
    )
    shell = Shell(request)
    shell.unread, shell.heartbeat = 3, "ok"
    return shell


def page(template, **context):
    """Render a page as nobody."""
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    return render_to_string(template, context, request=request)


class TestNavigation:
    def labels(self, shell):
        return [str(item["label"]) for item in shell.nav]

    def test_duty_officer(self):
        assert self.labels(shell_for(Role.DUTY_OFFICER)) == [
            "值班台", "事件", "时限", "预警", "隐患", "响应", "任务", "叫应单", "收件箱", "通讯录", "值班",
        ]  # fmt: skip

    def test_unit_sees_no_call_sheet_and_no_record(self):
        assert self.labels(shell_for(Role.UNIT)) == [
            "值班台",
            "事件",
            "时限",
            "预警",
            "隐患",
            "任务",
            "收件箱",
            "通讯录",
            "值班",
        ]

    def test_system_admin_sees_no_case(self):
        assert self.labels(shell_for(Role.SYSTEM_ADMIN)) == ["值班台", "收件箱", "系统后台"]

    def test_auditor_sees_the_record(self):
        assert "记录" in self.labels(shell_for(Role.AUDITOR))

    @pytest.mark.parametrize(
        ("path", "active"),
        [("/", "值班台"), ("/incidents/WX-1/", "事件"), ("/response/XY-1/", "响应"), ("/response/tasks/", "任务")],
    )
    def test_one_item_is_active(self, path, active):
        nav = shell_for(Role.DUTY_OFFICER, path=path).nav
        assert [str(item["label"]) for item in nav if item["active"]] == [active]

    def test_inbox_carries_the_count(self):
        assert [item["badge"] for item in shell_for(Role.UNIT).nav if item["url"] == "/inbox/"] == [3]

    def test_plans_and_posts(self):
        shell = shell_for(Role.UNIT, path="/plans/cyber-2025/", post_labels=["网络预案 值班员"])
        assert shell.plans_active
        assert shell.posts == ["网络预案 值班员"]
        assert shell_for(Role.UNIT).posts == []


class TestNobody:
    def test_costs_no_statement(self, django_assert_num_queries, db):
        request = RequestFactory().get("/")
        request.user = AnonymousUser()
        shell = Shell(request)
        with django_assert_num_queries(0):
            assert (shell.unread, shell.heartbeat, shell.nav, shell.posts, shell.plans) == (0, "unknown", [], [], [])


def test_shell_reads_in_two_statements(django_assert_max_num_queries, django_user_model, db):
    user = django_user_model.objects.create(username="a", display_name="甲")
    user._role_names = frozenset({Role.UNIT})
    request = RequestFactory().get("/")
    request.user = user
    shell = Shell(request)
    with django_assert_max_num_queries(2):
        assert (shell.unread, len(shell.nav)) == (0, 9)
        assert shell.heartbeat in {"unknown", "red"}
        assert shell.display_name == "甲"


class TestPolicy:
    def header(self, path):
        answer = ContentSecurityPolicyMiddleware(lambda request: HttpResponse())(RequestFactory().get(path))
        return answer["Content-Security-Policy"]

    def test_nothing_inline_nothing_foreign_no_frame(self):
        header = self.header("/incidents/")
        assert "default-src 'self'" in header
        assert "unsafe-inline" not in header
        assert "frame-ancestors 'none'" in header
        assert "http" not in header

    def test_only_the_api_page_may_style_itself(self):
        header = self.header("/api/docs/")
        assert "style-src 'self' 'unsafe-inline'" in header
        assert "http" not in header


class TestErrorPages:
    def test_refusal_names_message_and_clause(self, db):
        html = page("errors/403.html", error=Forbidden("Ⅰ级响应只能由指挥长批准。", clause="网络预案 4.2.1.2"))
        assert "Ⅰ级响应只能由指挥长批准。" in html
        assert "网络预案 4.2.1.2" in html

    def test_stale_version_shows_the_difference_and_what_was_typed(self, db):
        error = StaleVersion(changes=[Change("等级", "暂时无法判明", "较大")])
        html = page("errors/409.html", error=error, typed=[("title", "<b>断电</b>")], back_url="/incidents/WX-1/")
        assert "较大" in html
        assert "&lt;b&gt;断电&lt;/b&gt;" in html
        assert 'href="/incidents/WX-1/"' in html

    @pytest.mark.parametrize("name", ["400", "403", "404", "500", "errors/400", "errors/csrf"])
    def test_each_stands_without_context(self, name, db):
        assert "接下来" in page(f"{name}.html")

    def test_no_page_carries_inline_style_or_script(self, db):
        for name in ("404.html", "500.html", "errors/csrf.html"):
            html = page(name)
            assert " style=" not in html
            assert "<style" not in html
            assert "<script>" not in html
            assert " onclick" not in html
