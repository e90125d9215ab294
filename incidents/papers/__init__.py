"""The papers a case prints: form 8.7 (cyber) and the written brief report (comms)."""

from incidents.papers.build import brief_report_of, form_8_7_of
from yangcheng_ec.papers import html_of, pdf_of

__all__ = ["brief_report_of", "form_8_7_of", "html_of", "pdf_of"]
