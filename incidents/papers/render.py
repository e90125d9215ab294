"""HTML to PDF: the kernel's, since the directory prints with the same fonts and style sheet."""

from yangcheng_ec.papers import FANGSONG, OwnFontsOnly, _style, html_of, pdf_of

__all__ = ["FANGSONG", "OwnFontsOnly", "_style", "html_of", "pdf_of"]
