"""What the administrators have under way on the demo day, so that every page of theirs has something to show.

A revision being drafted, an authorisation that waits for the second person, a sheet of contacts and people, next
month's roster by rotation and from a sheet, this year's fixed holidays. Nothing of it is in force.
"""

from __future__ import annotations

from datetime import date, timedelta

from directory.choices import Act, DutyRole, Nature, RotateEvery
from directory.duty_sheets.rotation import Rotation
from directory.services.appointment_writing import AppointmentInput
from directory.services.appointments import appointment_enter
from directory.services.contact_sheets import sheet_upload
from directory.services.holidays import holidays_fixed_add
from directory.services.papers import Upload
from directory.services.plan_edits import plan_row_edit
from directory.services.plan_revisions import plan_revision_start
from directory.services.roster_drafts import FillPlan, draft_fill, draft_upload
from response.demo.stage import COMMS, CYBER, Stage
from yangcheng_ec.clock import SHANGHAI

__all__ = ["play"]

SHEET = """单位,姓名,职务,值班电话,预案,预案职务,账号
县公安局,张建国,指挥中心主任,4233999,,,
县科学技术局,王立军,办公室主任,4222x71,,,
县科学技术学会筹备组,李敏,干事,4220001,,,
县委宣传部,张志远,科员,,网络预案,值班员,office
县数据中心,赵敏,副主任,,网络预案,联络员,
"""
PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def play(stage: Stage) -> None:
    """Make all of it."""
    _revision(stage)
    _authorisation(stage)
    sheet_upload(user=stage.people["contacts"], file_name="县直单位人员和电话.csv", content=SHEET.encode())
    first = (stage.now.astimezone(SHANGHAI).date().replace(day=1) + timedelta(days=32)).replace(day=1)
    _rotation(stage, first)
    _sheet_of_turns(stage, first)
    holidays_fixed_add(user=stage.people["office"], year=stage.now.astimezone(SHANGHAI).year)


def _revision(stage: Stage) -> None:
    """Draft a revision of the plan that is due for one, with one duty reworded."""
    base, office = stage.plans[COMMS], stage.people["comms_office"]
    draft = plan_revision_start(
        version_id=base.pk, number="（演示）通信预案修订稿", title=base.title, user=office
    )  # fmt: skip
    member = draft.memberships.select_related("unit").get(unit__code="dianxin")
    duty = f"{(member.duty or '').rstrip('。')}。（演示修改）"
    plan_row_edit(
        version_id=draft.pk, revision=draft.revision, section="member", row_id=member.pk, values={"duty": duty},
        user=office,
    )  # fmt: skip


def _authorisation(stage: Stage) -> None:
    """Enter a deputy's authorisation for three days; it authorises nothing until ``security`` confirms it."""
    entry = AppointmentInput(
        person_id=stage.people["deputy"].pk, post_code=f"{CYBER}:commander", nature=Nature.AUTHORISED,
        starts_at=stage.after(60), ends_at=stage.after(3 * 24 * 60), document="授权书（演示）",
        scope=[Act.APPROVE_END, Act.APPROVE_WARNING], note="指挥长外出期间",
    )  # fmt: skip
    appointment_enter(user=stage.people["contacts"], entry=entry, upload=Upload("授权书（演示）.pdf", PAPER))


def _rotation(stage: Stage, first: date) -> None:
    people = {word: stage.people[word] for word in ("director", "deputy", "duty", "duty2")}
    rotations = {
        DutyRole.LEADER.value: Rotation([people["director"], people["deputy"]], RotateEvery.DAY),
        DutyRole.OFFICER.value: Rotation([people["duty"], people["duty2"]], RotateEvery.TURN),
    }
    draft_fill(user=stage.people["office"], code=CYBER, plan=FillPlan(first, rotations))


def _sheet_of_turns(stage: Stage, first: date) -> None:
    days = [f"{first.month}月{day}日" for day in (8, 9, 10)]
    names = [("白班", "刘建华", "王晓东"), ("夜班", "刘建华", "李雪梅"), ("夜班", "陈国平", "李雪海")]
    lines = [",".join((day, *words)) for day, words in zip(days, names, strict=True)]
    content = "\n".join(["日期,班次,带班领导,值班员", *lines]).encode()
    draft_upload(user=stage.people["office"], code=CYBER, month=first, file_name="下月值班表.csv", content=content)
