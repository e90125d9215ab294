"""The real system and real browsers. Package scope: the browser's event loop must not outlive these tests."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.person import Person
from tests.browser.stack import Stack

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def prepared() -> Iterator[Stack]:
    """A database with plans and people and the static files, made once: every system begins as a copy of it."""
    made = Stack(Path(tempfile.mkdtemp(prefix="yec-")))
    try:
        made.prepare()
        yield made
    finally:
        made.stop()


@contextmanager
def running(prepared: Stack) -> Iterator[Stack]:
    """The system as ``make run`` starts it, on a fresh database with plans and demo people."""
    system = Stack(Path(tempfile.mkdtemp(prefix="yec-")))
    try:
        system.copy(prepared)
        system.start()
        yield system
    finally:
        system.stop()


@pytest.fixture(scope="package")
def stack(prepared: Stack) -> Iterator[Stack]:
    """The system that all stories share; each keeps to cases and people of its own."""
    with running(prepared) as system:
        yield system


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    if not CHROMIUM.exists():
        pytest.skip("/usr/bin/chromium is not installed")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


class Crowd:
    """Everybody who has logged in to one system so far; they stay logged in until the crowd goes home."""

    def __init__(self, browser: Browser, stack: Stack) -> None:
        self.browser, self.stack = browser, stack
        self.known: dict[str, Person] = {}

    def __call__(self, name: str) -> Person:
        """Return a person's logged-in browser."""
        if name not in self.known:
            self.known[name] = Person(self.browser, self.stack.url, name).log_in()
        return self.known[name]

    def faults(self) -> list[str]:
        """Return what the browsers complained of since they were last asked."""
        found = [fault for person in self.known.values() for fault in person.faults]
        for person in self.known.values():
            person.faults.clear()
        return found

    def rest(self) -> None:
        """Leave the pages, so that twenty of them do not tick and ask while somebody else is busy."""
        for person in self.known.values():
            if person.page.url != "about:blank":
                person.page.goto("about:blank")

    def go_home(self) -> None:
        """Close every browser window."""
        for person in self.known.values():
            person.context.close()


@pytest.fixture(scope="package")
def crowd(chromium: Browser, stack: Stack) -> Iterator[Crowd]:
    """The people of the system without any case."""
    people = Crowd(chromium, stack)
    yield people
    people.go_home()


@pytest.fixture
def browser_as(crowd: Crowd) -> Iterator[Callable[[str], Person]]:
    """Return a person's logged-in browser by account name; a fault seen by any of them fails the test."""
    yield crowd
    crowd.rest()
    faults = crowd.faults()
    assert not faults, "browsers saw faults:\n" + "\n".join(faults)
