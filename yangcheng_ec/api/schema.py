"""The schema's finishing touches: every operation documents the errors it can answer (DESIGN §7)."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["chinese_only", "document_errors"]

WORDS = {
    "400": "内容有误：code bad_input，fields 指出哪一项、为什么。",
    "401": "没有登录，或令牌无效。",
    "403": "可以看，但不能这样做：clause 指出依据的条款。",
    "404": "没有找到，或您无权查看。",
    "405": "这个地址不支持该方法。",
    "409": "状态不符（wrong_state）、已被他人更新（stale_version，changes 指出改了什么）或系统正忙（busy）。",
    "413": "内容过大。",
    "415": "请用 application/json 提交。",
    "429": "请求过于频繁，请稍后再试。",
}
EVERY = ("405", "429")
WITH_BODY = ("400", "413", "415")
CHINESE = re.compile("[一-龥]")
METHODS = ("get", "post", "put", "patch", "delete")
ERROR = "Error"
# Tags the addresses bring along, in the words of the pages.
TAGS = {
    "auth": "登录",
    "checks": "隐患排查",
    "contacts": "通讯录",
    "findings": "隐患排查",
    "orders": "应急指令",
    "record": "记录",
    "releases": "信息发布",
    "responses": "应急响应",
    "tasks": "任务",
    "warnings": "预警",
}
ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "每一个错误：给程序的 code，给人看的 message，依据的条款，逐项说明，以及别人改了什么。",
    "properties": {
        "code": {"type": "string", "examples": ["bad_input", "forbidden", "stale_version"]},
        "message": {"type": "string"},
        "clause": {"type": "string", "examples": ["网络预案 4.2.1.2"]},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "changes": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("field", "was", "now")},
                "required": ["field", "was", "now"],
            },
        },
    },
    "required": ["code", "message"],
    "additionalProperties": False,
}


def chinese_only(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Leave out the descriptions that come from the code's own (English) docstrings. A hook of drf-spectacular.

    Whoever opens ``/api/docs/`` reads Chinese: the summaries, the fields' help and the error texts.
    """
    for item in result["paths"].values():
        for operation in item.values():
            _drop_foreign(operation)
    for schema in result.get("components", {}).get("schemas", {}).values():
        _drop_foreign(schema)
    return result


def _drop_foreign(described: dict[str, Any]) -> None:
    if not CHINESE.search(described.get("description", "")):
        described.pop("description", None)


def document_errors(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the error answers to every operation. A hook of drf-spectacular."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})[ERROR] = ERROR_SCHEMA
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{ERROR}"}}}
    components["responses"] = {
        f"Error{status}": {"description": words, "content": content} for status, words in WORDS.items()
    }
    for path, item in result["paths"].items():
        for method in METHODS:
            if method in item:
                _add(item[method], _errors_of(path, method, item[method]))
                item[method]["tags"] = [TAGS.get(tag, tag) for tag in item[method].get("tags", [])]
    return result


def _errors_of(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    """Return the statuses an operation can answer beside its own."""
    found = [*EVERY]
    if operation.get("security") != [{}] and {} not in operation.get("security", []):
        found += ["401", "403"]
    parameters = operation.get("parameters", [])
    if "{" in path or any(parameter["name"] == "page" for parameter in parameters):
        found.append("404")
    if method != "get":
        found += [*WITH_BODY]
        found += ["409"] if "401" in found else []
    elif parameters:
        found.append("400")
    return sorted(found)


def _add(operation: dict[str, Any], statuses: list[str]) -> None:
    answers = operation["responses"]
    for status in statuses:
        answers.setdefault(status, {"$ref": f"#/components/responses/Error{status}"})
    operation["responses"] = dict(sorted(answers.items()))
