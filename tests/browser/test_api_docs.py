"""``/api/docs/`` in Chromium: the policy lets it work, and nothing comes from elsewhere."""

from __future__ import annotations

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from tests.browser.stack import Stack

pytestmark = pytest.mark.browser


def test_the_description_opens_without_a_complaint(chromium: Browser, stack: Stack) -> None:
    page = chromium.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{stack.url}/api/docs/")
    page.locator("[data-tag='记录']").wait_for()
    assert page.locator(".opblock-tag").count() == len(settings.SPECTACULAR_SETTINGS["TAGS"])
    page.locator("[data-tag='事件']").click()
    page.locator("#operations-事件-incidents_file .opblock-summary").click()
    page.get_by_text("Idempotency-Key").first.wait_for()
    assert said == []
    assert [url for url in asked if not url.startswith((stack.url, "data:"))] == []
    page.close()
