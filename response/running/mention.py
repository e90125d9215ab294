"""What a county's approval must say once the superior has the command (S5)."""

from __future__ import annotations

from response.running.selectors import handed_over
from yangcheng_ec.errors import BadInput
from yangcheng_ec.record.models import CaseHead

__all__ = ["mention_checked"]


def mention_checked(head: CaseHead, note: str) -> None:
    """县级批准须写明已报接管的上级指挥机构：指挥权已移交，接受上级指挥部的统一指挥 (cyber 4.2.1.3(3))。S5.

    The wording of the mention is ours (非预案规定): the note names the superior. Raises BadInput beside ``note``.
    """
    row = handed_over(head.pk)
    if row is None or row.to in note:
        return
    words = f"指挥权已移交{row.to}：批准意见中须写明「已报{row.to}」及何人、何时（非预案规定）。"
    raise BadInput(words, fields={"note": [words]}, clause=row.clause)
