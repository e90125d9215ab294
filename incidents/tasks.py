"""Celery's tasks: one line each. They may be lost, doubled or late without harm."""

from celery import shared_task

from incidents.services import papers


@shared_task(name="incidents.paper_render")
def paper_render(job_id: int, attempt: int) -> bool:
    """Render a paper that was asked for."""
    return papers.paper_render(job_id=job_id, attempt=attempt)
