"""The clauses a running response's acts rest on are found in the plans' own rows."""

from __future__ import annotations

from typing import Any

import pytest

from response.running import rules
from tests.response.factories import active

pytestmark = pytest.mark.django_db


def test_clauses(people: Any, cyber: Any, comms: Any) -> None:
    for v in (cyber, comms):
        print([getattr(rules, n)(v) for n in ("order_clause","on_site_clause","first_action_clause","forces_clause","control_clause","situation_clause")])
    for plan, l in (("cyber-2025",1),("cyber-2025",2),("cyber-2025",3),("comms-2022",1),("comms-2022",2)):
        r=active(people,plan,level=l)
        print(plan,l,[getattr(rules, n)(r) for n in ("conference_clause","human_made_clause","aid_clause")])
    print(cyber.texts.get("flowchart_8_2"))
    raise SystemError
