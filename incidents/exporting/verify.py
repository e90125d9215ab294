"""核验本压缩包: python3 verify.py  (no other program, no network; Python 3.8 or later)

1. every file of manifest.json is there and has its SHA-256; nothing else is there;
2. the record (record.json) is an unbroken chain: each line's hash covers its content and the line before.
"""

import hashlib
import json
import pathlib
import sys
from collections.abc import Iterator

HERE = pathlib.Path(__file__).resolve().parent
OWN = {"manifest.json", "verify.py"}


def sha256(path: pathlib.Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def files() -> Iterator[str]:
    listed = json.loads((HERE / "manifest.json").read_text("utf-8"))["files"]
    found = {path.relative_to(HERE).as_posix() for path in HERE.rglob("*") if path.is_file()} - OWN
    for name in sorted(found | set(listed)):
        if name not in listed:
            yield "多出的文件 / not in the manifest: " + name
        elif name not in found:
            yield "缺少文件 / missing: " + name
        elif sha256(HERE / name) != listed[name]["sha256"]:
            yield "内容被改动 / changed: " + name


def chain() -> Iterator[str]:
    record = json.loads((HERE / "record.json").read_text("utf-8"))
    previous = "0" * 64
    for number, line in enumerate(record["lines"], start=1):
        if line["seq"] != number or line["prev_hash"] != previous:
            yield f"记录断开 / the chain breaks at line {number}"
        if not record["sealed"]:
            text = json.dumps(line["content"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            same = line["content"][:3] == [line["prev_hash"], record["case"], line["seq"]]
            if not same or hashlib.sha256(text.encode()).hexdigest() != line["hash"]:
                yield f"记录第 {number} 条被改动 / line {number} was changed"
        previous = line["hash"]
    if [record["seq"], record["hash"]] != [len(record["lines"]), previous]:
        yield "记录末尾不符 / the end of the record is not the head's"


faults = [*files(), *chain()]
print("\n".join(faults) if faults else "完好 / verified")
sys.exit(1 if faults else 0)
