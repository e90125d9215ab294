"""One handler turns every error into ``{"code", "message", "clause"?, "fields"?}`` (DESIGN §7)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler

from yangcheng_ec.errors import BadInput, Busy, DomainError, NotVisible, is_busy, is_unstorable

__all__ = ["exception_handler", "from_validation_error"]

_WORDS = {
    status.HTTP_400_BAD_REQUEST: ("bad_request", "请求无法理解，请检查格式。"),
    status.HTTP_401_UNAUTHORIZED: ("not_authenticated", "请先登录（Authorization: Token …）。"),
    status.HTTP_403_FORBIDDEN: ("forbidden", "您没有这项操作的权限。"),
    status.HTTP_404_NOT_FOUND: ("not_found", "没有找到，或您无权查看。"),
    status.HTTP_405_METHOD_NOT_ALLOWED: ("method_not_allowed", "这个地址不支持该方法。"),
    status.HTTP_406_NOT_ACCEPTABLE: ("not_acceptable", "只提供 JSON。"),
    status.HTTP_413_REQUEST_ENTITY_TOO_LARGE: ("too_large", "内容过大。"),
    status.HTTP_415_UNSUPPORTED_MEDIA_TYPE: ("unsupported_media_type", "请用 application/json 提交。"),
    status.HTTP_429_TOO_MANY_REQUESTS: ("throttled", "请求过于频繁，请稍后再试。"),
}


class TooLarge(exceptions.APIException):
    """The body is larger than ``DATA_UPLOAD_MAX_MEMORY_SIZE``."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to an error; None lets Django report a fault of ours (500)."""
    known = _as_domain(error)
    if known is not None:
        return Response(known.as_dict(), status=known.status)
    response = drf_handler(_as_answerable(error), context)
    if response is None:
        return None
    code, message = _WORDS.get(response.status_code, ("error", str(error)))
    body: dict[str, Any] = {"code": code, "message": message}
    if isinstance(error, exceptions.ValidationError):
        body = {"code": "bad_input", "message": "有内容需要更正。", "fields": _fields(error.detail)}
    if isinstance(error, exceptions.PermissionDenied) and str(error.detail).startswith("CSRF"):
        body = {"code": "csrf_failed", "message": "页面已过期（CSRF 校验未通过），请重新登录后再提交。"}
    response.data = body
    return response


def _as_answerable(error: Exception) -> Exception:
    """Return 413 for a body over the limit, which Django would answer with a page."""
    return TooLarge() if isinstance(error, RequestDataTooBig) else error


def _as_domain(error: Exception) -> DomainError | None:
    if isinstance(error, DomainError):
        return error
    if isinstance(error, Http404 | PermissionDenied):
        return NotVisible()
    if isinstance(error, ValidationError):
        return from_validation_error(error)
    if is_busy(error):
        return Busy()
    return BadInput("内容或地址含有不可见字符，请去掉后重试。") if is_unstorable(error) else None


def from_validation_error(error: ValidationError) -> BadInput:
    """Return Django's validation error as ours."""
    if hasattr(error, "error_dict"):
        return BadInput("有内容需要更正。", fields={name: list(texts) for name, texts in error.message_dict.items()})
    return BadInput("；".join(error.messages))


def _fields(detail: Any) -> dict[str, list[str]]:
    """Flatten DRF's detail to field → messages."""
    if isinstance(detail, dict):
        return {name: _texts(value) for name, value in detail.items()}
    return {"__all__": _texts(detail)}


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{name}：{text}" for name, inner in value.items() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [str(value)]
