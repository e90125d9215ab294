"""The directory of an OLE file: Office before 2007, WPS, and, encrypted, Office after it. Read just far enough."""

from __future__ import annotations

import struct

__all__ = ["OLE_MAGIC", "ole_names"]

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENTRY = 128
_END = 0xFFFFFFFA  # from here on the numbers are marks, not sectors
_MAX_SECTORS = 4096
_MAX_LISTS = 64


def ole_names(content: bytes) -> frozenset[str]:
    """Return the names of the streams and storages; empty when the file is broken."""
    try:
        return frozenset(_names(content))
    except (struct.error, ValueError, IndexError):
        return frozenset()


def _names(content: bytes) -> list[str]:
    shift = struct.unpack_from("<H", content, 30)[0]
    if shift not in (9, 12):
        raise ValueError(shift)
    size = 1 << shift
    fat = _fat(content, size)
    sector = struct.unpack_from("<I", content, 48)[0]
    found: list[str] = []
    for _ in range(_MAX_SECTORS):
        if sector >= _END:
            break
        found += _entries(content[(sector + 1) * size : (sector + 2) * size])
        sector = fat[sector]
    return found


def _fat(content: bytes, size: int) -> list[int]:
    """Return the chain table: its first 109 sectors stand in the header, those of a large file in a list of lists."""
    sectors = list(struct.unpack_from("<109I", content, 76))
    more = struct.unpack_from("<I", content, 68)[0]
    for _ in range(_MAX_LISTS):
        if more >= _END:
            break
        *listed, more = struct.unpack(f"<{size // 4}I", content[(more + 1) * size : (more + 2) * size])
        sectors += listed
    table: list[int] = []
    for sector in sectors:
        if sector < _END:
            part = content[(sector + 1) * size : (sector + 2) * size]
            table += struct.unpack(f"<{len(part) // 4}I", part[: len(part) // 4 * 4])
    return table


def _entries(part: bytes) -> list[str]:
    names = []
    for start in range(0, len(part) - _ENTRY + 1, _ENTRY):
        length = struct.unpack_from("<H", part, start + 64)[0]
        if 2 < length <= 64:
            names.append(part[start : start + length - 2].decode("utf-16-le", "replace"))
    return names
