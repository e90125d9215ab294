"""The zip itself: written to a file on the disk part by part, with a manifest of everything in it."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from incidents.exporting.content import Encoder

__all__ = ["Archive", "archive_write"]

BLOCK = 1024 * 1024
VERIFY = Path(__file__).parent / "verify.py"
README = """阳城县应急指挥系统 案卷导出（本导出格式：非预案规定）

编号：{number}
导出：{at}，{by}

case.json       案卷全部字段：事件、报告及报告对象、催报核实、时限、通知、成员单位、预警、响应、任务、信息发布、附件清单
record.json     案卷记录，逐条带指纹（SHA-256 链）；第 {seq} 条为本次导出
papers/         上报表或书面简要报告（每份文字报告一份）、时限证据表，PDF
attachments/    附件原文件（已撤下的不含）
manifest.json   以上每个文件的大小和 SHA-256
verify.py       核验程序

核验：把压缩包解开，在文件夹里运行  python3 verify.py
显示「完好」表示文件齐全、未被改动，记录链完整；否则逐条列出问题。
记录链头（第 {seq} 条）的指纹：{hash}
请与系统「记录」页或打印的卷宗上的指纹核对：相同，才说明这份记录就是系统里的那份。
{notes}"""


@dataclass
class Archive:
    """A zip being written; it notes size and fingerprint of each file on its way in."""

    zip: zipfile.ZipFile
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, blocks: Iterable[bytes]) -> None:
        """Write one file, block by block."""
        digest, size = hashlib.sha256(), 0
        with self.zip.open(name, "w", force_zip64=True) as target:
            for block in blocks:
                target.write(block)
                digest.update(block)
                size += len(block)
        self.files[name] = {"size": size, "sha256": digest.hexdigest()}

    def add_json(self, name: str, value: Any) -> None:
        """Write one value as JSON, piece by piece."""
        encoder = Encoder(ensure_ascii=False, indent=1)
        self.add(name, (piece.encode() for piece in encoder.iterencode(value)))


def archive_write(target: IO[bytes], fill: Callable[[Archive], dict[str, Any]]) -> None:
    """Write a zip: ``fill`` adds the files and returns the words of the README; the manifest comes last."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        archive = Archive(packed)
        words = fill(archive)
        archive.add("说明.txt", [README.format(**words).encode("utf-8-sig")])
        packed.write(VERIFY, "verify.py")
        packed.writestr("manifest.json", json.dumps({"files": archive.files}, ensure_ascii=False, indent=1))


def blocks_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield an open file block by block, and close it."""
    with file:
        while block := file.read(BLOCK):
            yield block
