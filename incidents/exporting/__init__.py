"""导出: a whole case as one zip that can be checked without this system."""

from incidents.exporting.archive import archive_write
from incidents.exporting.content import case_content, record_content

__all__ = ["archive_write", "case_content", "record_content"]
