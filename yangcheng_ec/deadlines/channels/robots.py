"""Robots in the group chats of WeCom, DingTalk and Feishu, through apprise: their signatures are its work, not ours.

A robot is named after the unit in whose group it speaks (``*``: every urgent notice) and lives in the environment,
as its address is its secret: ``ROBOTS=gongan=wecombot://KEY,*=dingtalk://TOKEN``. It speaks once per cause, whatever
number of people of its unit are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

from yangcheng_ec.deadlines.channels.outcome import ChannelError
from yangcheng_ec.deadlines.choices import Channel
from yangcheng_ec.deadlines.registry import Recipient

__all__ = ["EVERYBODY", "PER_MINUTE", "Robot", "robot_send", "robots", "robots_told"]

EVERYBODY = "*"
# What all three services allow a robot.
PER_MINUTE = 20
SCHEMES = {"wecombot": Channel.WECOM, "dingtalk": Channel.DINGTALK, "feishu": Channel.FEISHU}
CONNECT_SECONDS, READ_SECONDS = 3, 8


@dataclass(frozen=True)
class Robot:
    """A robot: its name, which is its address here; its channel; its secret address."""

    name: str
    channel: str
    url: str


def robots() -> dict[str, Robot]:
    """Return the robots by name. An entry that is no known service's is left out; a system check says so."""
    return _parsed(settings.ROBOTS)


@lru_cache(maxsize=4)
def _parsed(text: str) -> dict[str, Robot]:
    found = {}
    for entry in text.split(","):
        name, _, url = entry.strip().partition("=")
        channel = SCHEMES.get(url.partition("://")[0])
        if name and channel:
            found[name] = Robot(name, channel.value, url)
    return found


def robots_told(recipients: Sequence[Recipient], *, urgent: bool) -> list[Recipient]:
    """Return the robots that speak for these recipients, as recipients: each once."""
    known = robots()
    if not known:
        return []
    wanted = {recipient.unit_code for recipient in recipients} | ({EVERYBODY} if urgent else set())
    return [
        Recipient(
            key=f"robot:{name}",
            label=f"{Channel(robot.channel).label}群（{'全部紧急通知' if name == EVERYBODY else name}）",
            unit_code="" if name == EVERYBODY else name,
            robot=name,
        )
        for name, robot in known.items()
        if name in wanted
    ]


def robot_send(name: str, title: str, body: str) -> None:
    """Say something in a robot's group. Raises ChannelError; what became of a silent robot's words nobody can tell."""
    import apprise  # half a second at start that only who has robots should pay

    robot = robots().get(name)
    if robot is None:
        raise ChannelError(f"没有配置名为「{name}」的群机器人", permanent=True)
    sender = apprise.Apprise()
    sender.add(f"{robot.url}{'&' if '?' in robot.url else '?'}cto={CONNECT_SECONDS}&rto={READ_SECONDS}&redirect=no")
    for service in sender:
        service.request_rate_per_sec = 0  # the limit is kept by rows, across processes
        for name in ("notify_url", "api_url") if settings.ROBOT_RELAY else ():
            if address := getattr(service, name, ""):
                setattr(service, name, _relayed(address))
    if not sender or not sender.notify(title=title, body=body):
        raise ChannelError("群机器人没有接受，或没有应答", doubtful=True, down=True)


def _relayed(address: str) -> str:
    """Return the address at the relay of an intranet without internet: only host and scheme are the relay's."""
    relay, own = urlsplit(settings.ROBOT_RELAY), urlsplit(address)
    return urlunsplit((relay.scheme, relay.netloc, own.path, own.query, ""))
