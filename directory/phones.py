"""Numbers as people type them: tidied, checked, and masked for those who need not dial them."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from directory.choices import ContactKind

__all__ = ["MOBILE_PATTERN", "is_mobile", "mask", "number_problem", "number_tidy"]

MOBILE_PATTERN = r"^1[3-9]\d{9}$"
_MOBILE = re.compile(MOBILE_PATTERN)
_LANDLINE = re.compile(r"^(0\d{2,3}-)?\d+$")
_DASHES = re.compile(r"[‐-―−－—]")
SHORTEST, LONGEST = 5, 12


def number_tidy(value: str, kind: str) -> str:
    """Return the number in half-width characters, without spaces and with one sort of dash."""
    text = unicodedata.normalize("NFKC", value).strip()
    if kind == ContactKind.EMAIL:
        return text
    return re.sub(r"\s", "", _DASHES.sub("-", text))


def is_mobile(value: str) -> bool:
    """Return whether this is a mainland mobile number."""
    return bool(_MOBILE.match(value))


def number_problem(value: str, kind: str) -> str:
    """Return what is wrong with a tidied number, in words the typist can act on; empty when nothing is."""
    if not value:
        return "请填写号码。"
    if kind == ContactKind.EMAIL:
        return _email_problem(value)
    if re.search(r"[^\d-]", value):
        return "号码只能由数字组成，区号后可用一个短横，例如 0351-3046789；不要写字母或文字。"
    if kind == ContactKind.MOBILE and not is_mobile(value):
        return "手机号码应为 11 位，以 1 开头。"
    if not _LANDLINE.match(value):
        return "短横只能用在区号之后，例如 0351-3046789。"
    count = len(value.replace("-", ""))
    if not SHORTEST <= count <= LONGEST:
        return f"号码应为 {SHORTEST} 至 {LONGEST} 位数字，现在是 {count} 位。"
    return ""


def _email_problem(value: str) -> str:
    try:
        validate_email(value)
    except ValidationError:
        return "邮箱格式不对，例如 zhiban@example.cn。"
    return ""


def mask(value: str) -> str:
    """Return a mobile number with its middle hidden: 138****5678. Other numbers stay as they are."""
    return f"{value[:3]}****{value[-4:]}" if is_mobile(value) else value
