import pytest
from tests.prevention.factories import *

pytestmark = pytest.mark.django_db


def test_all(people, cyber, client_for):
    for state, make in MADE.items():
        row = make(people, cyber)
        assert row.state == state
        for who in ("office", "duty", "unit_shuju", "commander", "auditor"):
            assert client_for(who).get(f"/prevention/findings/{row.number}/").status_code == 200
    check = opened(people, cyber)
    for who in ("office", "duty", "unit_shuju", "commander", "auditor"):
        assert client_for(who).get(f"/prevention/checks/{check.number}/").status_code == 200, who
        assert client_for(who).get("/prevention/").status_code == 200
        assert client_for(who).get("/prevention/checks/").status_code == 200
    for who in ("office", "unit_shuju", "comms_office", "unit_yidong"):
        assert client_for(who).get("/prevention/findings/new/").status_code == 200
        assert client_for(who).get("/prevention/checks/new/").status_code == 200
    assert client_for("office").get("/prevention/sheet.csv").status_code == 200
    assert client_for("office").get("/prevention/sheet.xlsx").status_code == 200
