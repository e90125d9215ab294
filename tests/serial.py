"""A pytest plugin: tests that start browsers or processes share one xdist group, so they never run side by side.

Long parameters do not become names. Tests marked ``embedded`` always use the embedded database of their own; a run
that chose another one skips them.
"""

import os

import pytest

SERIAL_MARKS = ("browser", "processes")


LONGEST_ID = 60


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a long value by its length: ten megabytes of a test's name would travel with every one of its reports."""
    return f"{argname}-of-{len(val)}" if isinstance(val, str | bytes) and len(val) > LONGEST_ID else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put every test with a serial mark into the group ``serial``."""
    for item in items:
        if any(item.get_closest_marker(mark) for mark in SERIAL_MARKS):
            item.add_marker(pytest.mark.xdist_group("serial"))
        if item.get_closest_marker("embedded") and os.environ.get("DATABASE_URL"):
            reason = "of the embedded database alone: runs without DATABASE_URL"
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse to go on when xdist did not take the groups over: a story's steps would be dealt out to two workers.

    xdist writes a group into the test's id; pytest 9.2 ignores that, so pytest stays below it until xdist follows.
    """
    if not session.config.getoption("loadgroup", default=False) or not hasattr(session.config, "workerinput"):
        return
    loose = [item.nodeid for item in session.items if item.get_closest_marker("xdist_group") and "@" not in item.nodeid]
    if loose:
        raise pytest.UsageError(f"xdist groups are not in force: {loose[0]} and {len(loose) - 1} more")
