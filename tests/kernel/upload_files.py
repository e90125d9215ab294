"""Files for the tests of uploads, made in memory: whole ones, and hostile ones."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 40 + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPG = b"\xff\xd8\xff\xe0" + b"\x00" * 40 + b"\xff\xd9"
PROGRAM = b"MZ\x90\x00" + b"\x00" * 60 + b"This program cannot be run in DOS mode."
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-" + b"TEST-FILE!$H+H*"


def packed(members: Mapping[str, bytes]) -> bytes:
    """Return a zip of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def office(part: str) -> bytes:
    """Return what a docx, xlsx or pptx has at least; ``part`` is its own folder."""
    return packed({"[Content_Types].xml": b"<Types/>", f"{part}/document.xml": b"<document/>"})


def locked(content: bytes) -> bytes:
    """Return a zip whose members claim to be locked with a password."""
    data = bytearray(content)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(magic)
        while start >= 0:
            data[start + at] |= 0x1
            start = data.find(magic, start + 4)
    return bytes(data)


def ole(*names: str) -> bytes:
    """Return an OLE file with these streams in its directory: Office before 2007, WPS, installers."""
    header = bytearray(b"\xff" * 512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<H", header, 30, 9)
    struct.pack_into("<I", header, 48, 1)  # the directory is sector 1
    struct.pack_into("<I", header, 76, 0)  # the chain table is sector 0
    chain = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    entries = b"".join(_entry(name) for name in ("Root Entry", *names))
    return bytes(header) + chain + entries.ljust(512, b"\x00")


def ole_large(*names: str) -> bytes:
    """Return an OLE file of more than seven megabytes: its directory is found only through the list of lists."""
    directory, lists = 14_000, 110
    data = bytearray(512 * (directory + 2))
    data[:512] = ole()[:512]
    struct.pack_into("<I", data, 48, directory)
    struct.pack_into("<I", data, 68, lists)
    struct.pack_into("<109I", data, 76, *range(109))
    struct.pack_into("<2I", data, 512 * (lists + 1), 109, 0xFFFFFFFF)
    data[512 * (lists + 1) + 8 : 512 * (lists + 2)] = b"\xff" * 504
    struct.pack_into("<I", data, 512 * 110 + 4 * (directory - 109 * 128), 0xFFFFFFFE)
    entries = b"".join(_entry(name) for name in ("Root Entry", *names))
    data[512 * (directory + 1) :] = entries.ljust(512, b"\x00")
    return bytes(data)


def _entry(name: str) -> bytes:
    text = name.encode("utf-16-le") + b"\x00\x00"
    return text.ljust(64, b"\x00") + struct.pack("<H", len(text)) + b"\x00" * 62
