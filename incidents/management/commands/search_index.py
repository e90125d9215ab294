"""``manage.py search_index``: write what cases are found by."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from incidents.services.search import search_backfill

__all__ = ["Command"]


class Command(BaseCommand):
    """Write the rows that are missing; with ``--all`` every row anew."""

    help = "Index cases for full-text search."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --all."""
        parser.add_argument("--all", action="store_true", help="index every case anew")

    def handle(self, *args: Any, **options: Any) -> None:
        """Index and say how many."""
        self.stdout.write(f"{search_backfill(everything=options['all'])} cases indexed")
