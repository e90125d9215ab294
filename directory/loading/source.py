"""A fixture file as entries that know their file, line and key, so that every complaint says where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

__all__ = ["ClauseText", "Entry", "FixtureError", "read"]


# libyaml's parser where PyYAML was built with it: six times faster, same marks.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class FixtureError(Exception):
    """A fixture that cannot be loaded: file, line, key and the reason, in words for the administrator."""


@dataclass(frozen=True)
class ClauseText:
    """``!clause '4.1'``: stands for the words of that clause."""

    ref: str


@dataclass(frozen=True)
class Entry:
    """One mapping of a fixture with its place. Its readers check the type and say what is wrong where."""

    file: str
    path: str
    lines: dict[str, int]
    values: dict[str, Any]

    def fail(self, key: str, reason: str) -> NoReturn:
        """Raise FixtureError for a key of this entry."""
        line = self.lines.get(key) or self.lines.get("", 0)
        raise FixtureError(f"{self.file} 第{line}行 {self.path}.{key}：{reason}")

    def only(self, *keys: str) -> None:
        """Refuse keys nobody reads: a misspelt key is never silently ignored."""
        for key in self.values:
            if key not in keys:
                self.fail(key, f"不认识的键，这里可用：{'、'.join(keys)}")

    def has(self, key: str) -> bool:
        """Return whether the key is written."""
        return key in self.values

    def raw(self, key: str) -> Any:
        """Return the value whatever its type, as plain data."""
        return plain(self.values.get(key))

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there and not be blank."""
        value = self.values.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            self.fail(key, "须填写文字")
        return value.rstrip("\n")

    def text_or_null(self, key: str) -> str | None:
        """Return a text, or None where the printed plan lost it (``null`` must be written)."""
        if key not in self.values:
            self.fail(key, "须填写文字，原文缺失的写 null")
        return None if self.values[key] is None else self.text(key)

    def number(self, key: str, default: int | None = None) -> int:
        """Return a whole number."""
        value = self.values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            self.fail(key, "须填写整数")
        return value

    def flag(self, key: str) -> bool:
        """Return true or false; not written is false."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.fail(key, "须填写 true 或 false")
        return value

    def texts(self, key: str) -> list[str]:
        """Return a list of texts; not written is empty."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fail(key, "须填写文字列表")
        return list(value)

    def choice(self, key: str, allowed: Any) -> str:
        """Return one of the allowed words."""
        value = self.text(key)
        if value not in allowed:
            self.fail(key, f"没有「{value}」，可用：{'、'.join(allowed)}")
        return value

    def choices(self, key: str, allowed: Any) -> list[str]:
        """Return a list of allowed words."""
        for value in self.texts(key):
            if value not in allowed:
                self.fail(key, f"没有「{value}」，可用：{'、'.join(allowed)}")
        return self.texts(key)

    def one(self, key: str) -> Entry:
        """Return a nested entry."""
        value = self.values.get(key)
        if not isinstance(value, Entry):
            self.fail(key, "须填写一组键值")
        return value

    def many(self, key: str) -> list[Entry]:
        """Return a list of nested entries; not written is empty."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, Entry) for item in value):
            self.fail(key, "须填写条目列表")
        return list(value)

    def numbered(self, key: str) -> Iterator[tuple[int, Entry]]:
        """Yield nested entries with their position, from 1."""
        yield from enumerate(self.many(key), start=1)


def read(path: Path) -> Entry:
    """Return a fixture file as an entry. Raises FixtureError for a missing file or broken YAML."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except OSError as error:
        raise FixtureError(f"{path.name}：读不到文件（{error.strerror}）") from error
    except yaml.YAMLError as error:
        raise FixtureError(f"{path.name}：不是有效的 YAML：{error}") from error
    entry = _build(node, path.name, path.stem) if node is not None else None
    if not isinstance(entry, Entry):
        raise FixtureError(f"{path.name}：文件是空的或不是一组键值")
    return entry


def plain(value: Any) -> Any:
    """Return entries as plain dictionaries, for values kept as JSON."""
    if isinstance(value, Entry):
        return {key: plain(item) for key, item in value.values.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def _build(node: yaml.Node, file: str, path: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _entry(node, file, path)
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, file, f"{path}[{index}]") for index, child in enumerate(node.value, start=1)]
    if node.tag == "!clause":
        return ClauseText(ref=node.value)
    if node.tag.endswith((":str", ":timestamp", ":float")):
        return node.value
    return yaml.SafeLoader("").construct_object(node)


def _entry(node: yaml.MappingNode, file: str, path: str) -> Entry:
    entry = Entry(file=file, path=path, lines={"": node.start_mark.line + 1}, values={})
    for key_node, value_node in node.value:
        key = str(key_node.value)
        entry.lines[key] = key_node.start_mark.line + 1
        if key in entry.values:
            entry.fail(key, "同一个键写了两次")
        entry.values[key] = _build(value_node, file, f"{path}.{key}")
    return entry
