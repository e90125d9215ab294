"""Keeping files: written beside their place, synced, then moved there in one step. Only this account can read them."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils import timezone

from yangcheng_ec.errors import NotVisible, WrongState
from yangcheng_ec.uploads.refusal import UploadRefused

__all__ = ["FULL", "Fault", "Staged", "Store", "storage_refusal"]

logger = logging.getLogger(__name__)
INCOMING = "incoming"
# A file that is being taken right now is no leftover yet.
LEFT_AFTER = 3600
FULL = (errno.ENOSPC, errno.EDQUOT)
BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Staged:
    """A file that is written and synced, not yet in its place."""

    path: Path

    def drop(self) -> None:
        """Remove it, if it was not moved to its place."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Fault:
    """What is wrong with one stored file: ``missing``, ``changed`` or ``orphan``."""

    what: str
    name: str


def storage_refusal(error: OSError) -> UploadRefused:
    """Return the refusal for a disk that is full or cannot be written."""
    logger.error("an upload could not be stored: %s", error)
    if error.errno in FULL:
        return UploadRefused("服务器的存储空间已满，文件没有保存。请联系系统管理员清理后再传，其他内容不受影响。")
    return UploadRefused("服务器不能写入存储，文件没有保存。请联系系统管理员。")


@dataclass(frozen=True)
class Store:
    """A folder of the private media folder. ``fan`` spreads files over subfolders by the first letters of the name."""

    folder: str
    fan: int = 0

    @property
    def root(self) -> Path:
        """Return the folder; the setting is read each time."""
        return Path(settings.MEDIA_ROOT) / self.folder

    def path(self, name: str) -> Path:
        """Return where a file lies."""
        return self.root / name[: self.fan] / name if self.fan else self.root / name

    def stage(self, content: bytes) -> Staged:
        """Write the bytes beside their place, synced to the disk. Raises UploadRefused: disk full or not writable."""
        path = self.root / INCOMING / uuid.uuid4().hex
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(path, content)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise storage_refusal(error) from error
        return Staged(path)

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def place(self, staged: Staged, name: str) -> None:
        """Move a staged file to its place; the same content put there twice is one file. Raises UploadRefused."""
        path = self.path(name)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            staged.path.replace(path)
            descriptor = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            staged.drop()
            raise storage_refusal(error) from error

    def opened(self, name: str, sha256: str) -> BinaryIO:
        """Open a file that still is the one that was kept.

        Raises NotVisible when it is gone, WrongState when its fingerprint is another.
        """
        try:
            file = self.path(name).open("rb")
        except OSError as error:
            raise NotVisible("文件不在本机的存储中，请联系系统管理员从备份恢复。") from error
        if _digest(file) != sha256:
            file.close()
            raise WrongState("存储中的文件与录入时的指纹（sha256）不一致，不予提供。请联系系统管理员和审计员。")
        file.seek(0)
        return file

    def faults(self, rows: Iterable[tuple[str, str]]) -> Iterator[Fault]:
        """Hold every file against its row (name, sha256); then tell which files belong to none."""
        known: dict[Path, str] = {}
        for name, sha256 in rows:
            path = self.path(name)
            if path not in known:
                known[path] = sha256
                if what := _wrong(path, sha256):
                    yield Fault(what, str(path.relative_to(self.root)))
        for path in sorted(self.root.rglob("*")) if self.root.exists() else ():
            if path.is_file() and path not in known and not self._is_coming(path):
                yield Fault("orphan", str(path.relative_to(self.root)))

    def _is_coming(self, path: Path) -> bool:
        """Return whether a file is being taken at this moment."""
        if path.parent.name != INCOMING:
            return False
        try:
            return timezone.now().timestamp() - path.stat().st_mtime < LEFT_AFTER
        except OSError:
            return True


def _wrong(path: Path, sha256: str) -> str:
    try:
        with path.open("rb") as file:
            return "" if _digest(file) == sha256 else "changed"
    except OSError:
        return "missing"


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()
