"""A pytest plugin: tests that start browsers or processes share one xdist group, so they never run side by side."""

import pytest

SERIAL_MARKS = ("browser", "processes")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put every test with a serial mark into the group ``serial``."""
    for item in items:
        if any(item.get_closest_marker(mark) for mark in SERIAL_MARKS):
            item.add_marker(pytest.mark.xdist_group("serial"))
