"""Steps that both walks take: each is what one person does on one page."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.person import Person, fill, unfold

SHANGHAI = ZoneInfo("Asia/Shanghai")


def ago(minutes: float = 0, seconds: float = 0) -> str:
    """Return a time before now as a ``datetime-local`` control holds it, to the second."""
    moment = datetime.now(SHANGHAI) - timedelta(minutes=minutes, seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def last_part(person: Person) -> str:
    """Return the last part of the page's address: a number or a key."""
    return person.page.url.partition("?")[0].rstrip("/").rsplit("/", 1)[-1]


def text_of(pdf: Path) -> str:
    """Return the text of a PDF without white space: line breaks fall anywhere in a table's cells."""
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(pdf).pages))


# Cases


def file_case(person: Person, plan: str, title: str, /, **facts: Any) -> str:
    """File a case by the form; return its number."""
    page = person.open(f"/incidents/new/?plan={plan}")
    person.send(page.locator("form[data-draft]"), None, title=title, **facts)
    alone = page.get_by_role("button", name="不是，单独登记")
    if alone.count():  # the same unit reported before: it is asked, and each of these is an event of its own
        with page.expect_navigation():
            alone.click()
    person.sees("已登记", title)
    return last_part(person)


def fill_in(person: Person, /, **facts: Any) -> None:
    """Type into the open page of a call, and wait until the server has it."""
    form = person.page.locator("form[data-draft]")
    for name, value in facts.items():
        fill(form, name, value)
    expect(person.page.locator("[data-save-state]")).to_contain_text("已保存")


def press_twice(person: Person, words: str) -> None:
    """Press a button twice at once, as a hurried hand does."""
    with person.page.expect_navigation():
        person.page.get_by_role("button", name=words).dblclick(no_wait_after=True)


def act(person: Person, number: str, what: str, /, **values: Any) -> None:
    """Do one act on a case on its own page."""
    page = person.open(f"/incidents/{number}/{what}/")
    person.send(page.locator("main form[method=post]").last, **values)


def report_act(person: Person, number: str, serial: str, what: str, /, **values: Any) -> None:
    """Do one act on a report."""
    act(person, number, f"reports/{serial}/{what}", **values)


def stamps(person: Person, number: str) -> str:
    """Return the case's record as its page of the chain tells it, after checking the chain there."""
    person.open(f"/record/{number}/?verify=1")
    return person.words()


# Responses


def propose(person: Person, number: str, level: str, condition: int, basis: str) -> str:
    """The office proposes a level by one of its conditions; return the response's number."""
    person.open(f"/response/new/?incident={number}")
    person.send(person.page.locator("form[data-draft]"), "提出建议", choice=f"{level}-{condition}", basis=basis)
    person.sees("已提出建议")
    return last_part(person)


def after(person: Person, number: str, what: str, /, **values: Any) -> None:
    """Do one act on the page of a case's aftermath."""
    person.open(f"/incidents/{number}/aftermath/")
    form = person.page.locator(f"form[action*='/aftermath/{what}/']").first
    unfold(form)
    person.send(form, **values)


def report_on(office: Person, signer: Person, number: str, addressee: str, **words: Any) -> None:
    """Write the report on an event, have another sign it, send it, and record the first addressee's receipt."""
    after(office, number, "review-draft")
    form = office.page.locator("form[data-draft]")
    for field in form.locator("textarea[name^=text_]").all():
        field.fill(field.input_value() or "经调查，见所附记录。")
    office.send(form, "送签", **words)
    office.sees("待签发", "各项措施办理情况", "时限执行情况")
    page = f"/incidents/{number}/aftermath/review/1/"
    signer.open(page)
    signer.send(signer.form("/review/1/sign/"))
    office.open(page)
    office.send(office.form("/review/1/send/"), channel="机要交换", proof="机要登记0312")
    office.sees("已报送", addressee)
    receipt = office.page.locator("form[action*='/receipt/']").first
    unfold(receipt)
    office.send(receipt, received_by="值班室")
    office.sees("值班室")


def decide(person: Person, response: str, what: str, **values: Any) -> None:
    """Do one act on a response by its form."""
    person.open(f"/response/{response}/")
    person.send(person.form(f"/{response}/{what}/"), **values)


def by_phone(person: Person, response: str, what: str, signer: str, words: str) -> None:
    """The office records a decision given by phone: called back on the directory's number, read back."""
    person.open(f"/response/{response}/")
    form = person.form(f"/{response}/{what}/")
    values = {"phone-signer": signer, "phone-called_at": ago(seconds=20), "phone-note": words, "phone-read_back": True}
    person.send(form, "记录", **values)
    person.sees("已记录")


def countersign(person: Person) -> None:
    """The one who was called says on screen that it was so."""
    person.open("/signatures/")
    person.sees("待补签的电话批准", "回拨号码")
    with person.page.expect_navigation():
        person.page.get_by_role("button", name="属实，补签").first.click()
    person.sees("已补签")


def refused(person: Person, reader: Person, response: str, what: str, *words: str) -> None:
    """Try an act whose button is not shown, as somebody would who knows its address: refused with words and clause.

    ``reader`` sees a form of the same page and so knows the version it stands at.
    """
    version = version_of(reader.open(f"/response/{response}/").content())
    page = person.open(f"/response/{response}/")
    assert page.locator(f"form[action$='/{response}/{what}/']").count() == 0, f"{person.name} 看得到「{what}」的按钮"
    answer = person.post(f"/response/{response}/{what}/", version=version)
    body = answer.text()
    assert answer.status == 403, f"{answer.status}: {body[:800]}"
    for word in words:
        assert word in body, f"「{word}」不在答复里：{body[:1500]}"


def version_of(html: str) -> str:
    """Return the version a page was read at, or 1 where it shows no form."""
    found = re.search(r'name="version" value="(\d+)"', html)
    return found.group(1) if found else "1"


# Tasks


def work(person: Person, task_path: str, *, feedback: str, done: str) -> None:
    """A unit signs for a task, reports on it and completes it."""
    person.open(task_path)
    person.send(person.form("/acknowledge/"), "签收")
    person.sees("已签收")
    person.send(person.form("/feedback/"), "反馈进展", text=feedback)
    person.sees(feedback, "办理中")
    person.send(person.form("/feedback/"), "办结", text=done)
    person.sees(done, "已办结")


def first_task(person: Person, response: str = "", *, unit: str = "") -> str:
    """Return the address of the first task in the list that still waits to be signed for."""
    person.open(f"/response/tasks/?state=assigned&response={response}&unit={unit}")
    return person.page.locator("table a[href^='/response/tasks/']").first.get_attribute("href") or ""


# Warnings


def draft_warning(person: Person, plan: str, level: str, title: str, units: list[str], /, **words: Any) -> str:
    """The office writes a warning and proposes it in one go; return its number."""
    person.open(f"/warnings/new/?plan={plan}")
    form = person.page.locator("#warning-content")
    values = {"level": level, "title": title, "publicity": "internal", "units": units, **words}
    person.send(form, "保存并提出建议", **values)
    person.sees(title, "待批准")
    return last_part(person)


def warn(person: Person, number: str, what: str, button: str | None = None, /, **values: Any) -> None:
    """Do one act on a warning by its form."""
    person.open(f"/warnings/{number}/")
    person.send(person.form(f"/{number}/{what}/"), button, **values)
