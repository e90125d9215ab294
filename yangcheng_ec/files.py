"""Files the system keeps under ``MEDIA_ROOT``: random names, readable by this account only, checked by fingerprint."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from yangcheng_ec.uploads.storing import Store

__all__ = ["Stored", "file_drop", "file_keep", "file_read"]


@dataclass(frozen=True)
class Stored:
    """A kept file: its random name, its size in bytes and its SHA-256."""

    name: str
    size: int
    sha256: str


def file_keep(folder: str, content: bytes) -> Stored:
    """Write a new file that only this account of the machine can read. Raises BadInput: the disk is full."""
    stored = Stored(uuid.uuid4().hex, len(content), hashlib.sha256(content).hexdigest())
    store = Store(folder)
    store.place(store.stage(content), stored.name)
    return stored


def file_read(folder: str, name: str, sha256: str) -> bytes:
    """Return the file's bytes. Raises NotVisible when it is gone, WrongState when it is not the one that was kept."""
    with Store(folder).opened(name, sha256) as file:
        return file.read()


def file_drop(folder: str, name: str) -> None:
    """Remove a file that can be made again; one that is gone already is no fault."""
    if name:
        Store(folder).path(name).unlink(missing_ok=True)
