"""阳城县应急指挥系统: the project package and the kernel every app stands on.

The folder ``warnings/`` is a source root, not a package: a top-level package of that
name would shadow Python's own ``warnings`` (DESIGN §3, ADR 0002). Its app
``early_warning`` becomes importable here, before anything else is imported.
"""

import sys
from pathlib import Path

_WARNINGS_ROOT = str(Path(__file__).resolve().parent.parent / "warnings")
if _WARNINGS_ROOT not in sys.path:
    sys.path.insert(0, _WARNINGS_ROOT)

from yangcheng_ec.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
