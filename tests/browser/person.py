"""A person at a browser: a page that tells on itself, and the few gestures the walks are made of."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import APIResponse, Browser, ConsoleMessage, Locator, Page, Response, expect

from tests.browser.stack import PASSWORD

DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
# Chromium writes this line for every page answered with 4xx; the answer itself is judged by the test.
ANSWERED_4XX = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


class Person:
    """One logged-in browser. ``faults`` gathers console errors, CSP violations, 5xx answers and missing files."""

    def __init__(self, browser: Browser, base: str, name: str, **context: Any) -> None:
        options = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": DESKTOP, **context}
        self.context = browser.new_context(base_url=base, accept_downloads=True, **options)
        self.context.set_default_timeout(10_000)
        self.name = name
        self.faults: list[str] = []
        self.page = self.context.new_page()
        self.watch(self.page)

    def watch(self, page: Page) -> Page:
        """Listen for faults on a page."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("response", self._response)
        page.on("dialog", lambda dialog: dialog.accept())
        return page

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not ANSWERED_4XX.match(message.text):
            self.faults.append(f"{self.page.url}: {message.text}")

    def _response(self, response: Response) -> None:
        is_file = response.request.resource_type not in ("document", "xhr", "fetch")
        if response.status >= 500 or (response.status >= 400 and is_file):
            self.faults.append(f"{response.status} {response.request.method} {response.url}")

    def log_in(self) -> Person:
        """Log in by the form; a light page comes next, not the desk with all it asks for."""
        self.page.goto("/login/?next=/password/")
        self.page.get_by_label("用户名").fill(self.name)
        self.page.get_by_label("密码").fill(PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        expect(self.page.locator("h1")).to_be_visible()
        assert "/login/" not in self.page.url, f"{self.name} 未能登录"
        return self

    def open(self, path: str, *, status: int = 200) -> Page:
        """Open an address and check how it was answered."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{self.name} {path}: {answer.status}\n{self.words()[:800]}"
        return self.page

    def words(self) -> str:
        """Return what the page says."""
        return self.page.locator("body").inner_text()

    def sees(self, *texts: str) -> None:
        """Check that the page says each of these."""
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text)

    def sees_not(self, *texts: str) -> None:
        """Check that the page says none of these."""
        for text in texts:
            expect(self.page.locator("body")).not_to_contain_text(text)

    def form(self, action: str) -> Locator:
        """Return the form that posts to an address ending so, unfolding what hides it."""
        found = self.page.locator(f"form[action$='{action}']").first
        expect(found).to_be_attached()
        unfold(found)
        return found

    def send(self, form: Locator, button: str | None = None, /, **values: str | bool | list[str]) -> None:
        """Fill a form by its field names and press its button."""
        for name, value in values.items():
            fill(form, name, value)
        pressed = form.get_by_role("button", name=button) if button else form.locator("button[type=submit]").first
        with self.page.expect_navigation():
            pressed.click()

    def post(self, path: str, **values: str) -> APIResponse:
        """Send a form the page does not show, with this person's cookies."""
        token = next(c["value"] for c in self.context.cookies() if c["name"] == "csrftoken")
        headers = {"Referer": self.page.url}
        return self.context.request.post(path, form={"csrfmiddlewaretoken": token, **values}, headers=headers)

    def until(self, *texts: str, seconds: float = 20, path: str = "") -> None:
        """Load a page again and again until it says each of these: for what the clocks do by themselves."""
        end = time.monotonic() + seconds
        while True:
            self.page.goto(path) if path else self.page.reload()
            said = self.words()
            missing = [text for text in texts if text not in said]
            if not missing:
                return
            assert time.monotonic() < end, f"{self.page.url} 在 {seconds} 秒内没有出现 {missing}：\n{said[:3000]}"
            time.sleep(0.5)

    def download(self, link: Locator, to: Path) -> Path:
        """Fetch the PDF a link leads to with this person's cookies, waiting for a long one; return the file."""
        href = link.get_attribute("href")
        answer = self.context.request.get(href or "")
        assert answer.status == 200, f"{href}: {answer.status}"
        if answer.headers["content-type"].startswith("text/html"):  # over a page: the worker makes it
            self.page.goto(answer.url)
            made = self.page.get_by_role("link", name="打开 PDF")
            made.wait_for(timeout=40_000)
            answer = self.context.request.get(made.get_attribute("href") or "")
        assert answer.headers["content-type"].startswith("application/pdf")
        to.write_bytes(answer.body())
        return to


def unfold(locator: Locator) -> None:
    """Open every folded section around an element, as a person would."""
    locator.evaluate(
        "e => { for (let d = e.closest('details'); d; d = d.parentElement.closest('details')) d.open = true }"
    )


def fill(form: Locator, name: str, value: str | bool | list[str]) -> None:
    """Put a value into a form's field, whatever control it is."""
    field = form.locator(f"[name='{name}']")
    expect(field.first).to_be_attached()
    kind = field.first.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
    if kind == "select":
        _choose(field.first, value)
    elif kind in ("checkbox", "radio"):
        _tick(form, name, kind, value)
    else:
        unfold(field.first)
        field.first.fill(str(value))


def _choose(field: Locator, value: Any) -> None:
    unfold(field)
    if value in field.locator("option").evaluate_all("all => all.map(o => o.value)"):
        field.select_option(value)
    else:
        label = field.locator("option", has_text=str(value)).first.inner_text()
        field.select_option(label=label.strip())


def _tick(form: Locator, name: str, kind: str, value: Any) -> None:
    unfold(form.locator(f"[name='{name}']").first)
    if isinstance(value, bool):
        form.locator(f"[name='{name}']").first.set_checked(value)
        return
    if kind == "checkbox":
        for box in form.locator(f"[name='{name}']").all():
            box.set_checked(False)
    for one in value if isinstance(value, list) else [value]:
        box = form.locator(f"[name='{name}'][value='{one}']")
        found = (box if box.count() else form.get_by_label(one, exact=False)).first
        unfold(found)
        found.check()


def wait_until(fact: Callable[[], Any], what: str, seconds: float = 20) -> Any:
    """Wait for something outside the browser and return it."""
    end = time.monotonic() + seconds
    while not (found := fact()):
        assert time.monotonic() < end, f"{what}：{seconds} 秒内没有发生"
        time.sleep(0.2)
    return found
