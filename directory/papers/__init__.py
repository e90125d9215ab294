"""The directory on paper and as one file that needs no server."""

from directory.papers.offline import OfflineDuty, offline_html
from directory.papers.printed import directory_paper

__all__ = ["OfflineDuty", "directory_paper", "offline_html"]
