"""Celery's tasks: one line each. They may be lost, doubled or late without harm."""

from celery import shared_task

from yangcheng_ec.deadlines import services


@shared_task(name="deadlines.sweep")
def sweep() -> int:
    """Sweep what is due."""
    return services.sweep_all(budget_seconds=10).total


@shared_task(name="deadlines.deliver")
def deliver(channel: str) -> int:
    """Send what a channel has queued."""
    return services.deliver_channel(channel)
