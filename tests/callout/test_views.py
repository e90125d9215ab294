"""The pages: inbox, one call-out, call sheet, its print, live progress of warnings and responses."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from early_warning.models import EarlyWarning
from tests.callout.support import callout_of, fire_after, notices_of
from tests.early_warning.factories import lifted, published
from yangcheng_ec.callout.models import Callout
from yangcheng_ec.deadlines.models import Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def warning(cyber: Any, people: Any) -> EarlyWarning:
    return published(people, cyber)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_the_inbox_asks_for_confirmation_first_and_takes_it(
    warning: EarlyWarning, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    client, callout = client_for("unit_gongan"), callout_of(warning)
    client.get(f"/inbox/{notices_of(callout)[0].pk}/")  # read, yet not confirmed
    with django_assert_max_num_queries(16):
        text = text_of(client.get("/inbox/"))
    assert "1 条请您确认收到" in text
    assert f'action="/callouts/{callout.pk}/confirm/"' in text
    assert warning.title in text_of(client.get("/inbox/", {"show": "unread"}))
    answer = client.post(f"/callouts/{callout.pk}/confirm/", {"next": "/inbox/"}, follow=True)
    assert answer.redirect_chain == [("/inbox/", 302)]
    assert "已确认收到" in text_of(answer)
    assert "请您确认收到" not in text_of(answer)
    assert callout_of(warning).confirmed_how == "screen"


def test_the_notice_has_a_button_and_says_afterwards_who_confirmed(warning: EarlyWarning, client_for: Any) -> None:
    client, callout = client_for("unit_gongan"), callout_of(warning)
    address = f"/inbox/{notices_of(callout)[0].pk}/"
    assert "打开不等于确认" in text_of(client.get(address))
    client.post(f"/callouts/{callout.pk}/confirm/", {"next": address, "leader": "王局长"})
    text = text_of(client.get(address))
    assert "打开不等于确认" not in text
    assert callout_of(warning).confirmed_by in text


def test_next_leads_nowhere_else(warning: EarlyWarning, client_for: Any) -> None:
    callout = callout_of(warning)
    answer = client_for("unit_gongan").post(f"/callouts/{callout.pk}/confirm/", {"next": "https://elsewhere.invalid/"})
    assert answer["Location"] == f"/callouts/{callout.pk}/"


def test_who_sees_a_call_out(warning: EarlyWarning, client_for: Any) -> None:
    address = f"/callouts/{callout_of(warning).pk}/"
    for name in ("duty", "unit_gongan", "auditor", "commander"):
        assert client_for(name).get(address).status_code == 200
    for name in ("unit_shuju", "unit_runcheng", "contacts", "sysadmin"):
        assert client_for(name).get(address).status_code == 404
        assert client_for(name).post(f"{address}confirm/").status_code == 404
        assert client_for(name).post(f"{address}give-up/", {"reason": "x"}).status_code == 404
    assert Client().get(address).status_code == 302
    assert client_for("duty").get(f"{address}confirm/").status_code == 405


def test_the_page_shows_rungs_steps_and_the_offices_forms(
    warning: EarlyWarning, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    fire_after(6)
    address, client = f"/callouts/{callout_of(warning).pk}/", client_for("duty")
    with django_assert_max_num_queries(18):
        text = text_of(client.get(address))
    for words in ("五级回执", "首次通知", "换人", "代录确认", "放弃叫应", "县公安局值班"):
        assert words in text
    assert "代录确认" not in text_of(client_for("auditor").get(address))


def test_bad_input_comes_back_with_what_was_typed(warning: EarlyWarning, client_for: Any) -> None:
    address, client = f"/callouts/{callout_of(warning).pk}/", client_for("duty")
    answer = client.post(f"{address}confirm/", {"leader": "王局长"})
    assert answer.status_code == 400
    assert "接听人姓名" in text_of(answer)
    assert "王局长" in text_of(answer)
    answer = client.post(f"{address}give-up/", {"reason": ""})
    assert answer.status_code == 400
    assert callout_of(warning).state == "open"


def test_confirming_twice_is_a_409_with_words(warning: EarlyWarning, client_for: Any) -> None:
    address, client = f"/callouts/{callout_of(warning).pk}/confirm/", client_for("unit_gongan")
    assert client.post(address).status_code == 302
    answer = client.post(address)
    assert answer.status_code == 409
    assert "已由" in text_of(answer)


def test_the_call_sheet_takes_read_back_leader_and_giving_up(warning: EarlyWarning, client_for: Any) -> None:
    fire_after(6)
    client = client_for("duty")
    one, other = callout_of(warning), callout_of(warning, "shuju")
    calls = {row: Delivery.objects.get(notice__asks__callout=row, channel="phone") for row in (one, other)}
    text = text_of(client.get(f"/calls/{calls[one].pk}/"))
    assert "对方说已报告的领导" in text
    assert f'action="/callouts/{one.pk}/give-up/"' in text
    typed = {
        "number": calls[one].address,
        "result": "reached",
        "person": "李警官",
        "read_back": "on",
        "leader": "王局长",
    }
    assert client.post(f"/calls/{calls[one].pk}/", typed).status_code == 302
    row = Callout.objects.get(pk=one.pk)
    assert (row.confirmed_by, row.leader_name) == ("李警官", "王局长")
    client.post(f"/callouts/{other.pk}/give-up/", {"reason": "已派人上门", "next": "/calls/"})
    assert Callout.objects.get(pk=other.pk).state == "given_up"
    assert not Delivery.objects.filter(pk=calls[other].pk, state="queued").exists()


def test_a_leaders_name_belongs_to_a_call_that_reached_somebody(warning: EarlyWarning, client_for: Any) -> None:
    fire_after(6)
    call = Delivery.objects.get(notice__asks__callout=callout_of(warning), channel="phone")
    typed = {"number": call.address, "result": "busy", "leader": "王局长", "person": "李"}
    assert client_for("duty").post(f"/calls/{call.pk}/", typed).status_code == 302
    assert callout_of(warning).leader_name == ""


def test_the_whole_sheet_prints_with_blanks(
    warning: EarlyWarning, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    fire_after(6)
    client = client_for("duty")
    with django_assert_max_num_queries(10):
        text = text_of(client.get("/calls/print/"))
    assert text.count("<tr>") == 1 + Delivery.objects.filter(channel="phone", state="queued").count()
    for words in ("县公安局", warning.text, "已复诵", "几点几分", "恢复后补录"):
        assert words in text
    assert client_for("unit_gongan").get("/calls/print/").status_code == 403
    assert "没有要打的电话" in text_of(client_for("duty").get("/calls/print/", {"case": "none"}))


def test_a_warnings_progress_is_live_and_costs_nothing_while_nothing_changes(
    warning: EarlyWarning, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    client, address = client_for("duty"), f"/warnings/{warning.number}/callouts/"
    page = text_of(client.get(f"/warnings/{warning.number}/"))
    assert f'hx-get="{address}"' in page
    assert "还没有确认的 3 个" in page
    live = {"HX-Request": "true"}
    first = client.get(address, headers=live)
    assert first["Cache-Control"] == "private, no-cache"
    with django_assert_max_num_queries(12):
        again = client.get(address, headers={**live, "If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    client_for("unit_gongan").post(f"/callouts/{callout_of(warning).pk}/confirm/")
    changed = client.get(address, headers={**live, "If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert "还没有确认的 2 个" in text_of(changed)
    assert "<html" not in text_of(changed)


def test_when_all_have_confirmed_nobody_asks_any_more(warning: EarlyWarning, client_for: Any) -> None:
    for name in ("gongan", "shuju", "yidong"):
        client_for(f"unit_{name}").post(f"/callouts/{callout_of(warning, name).pk}/confirm/")
    text = text_of(client_for("duty").get(f"/warnings/{warning.number}/"))
    assert "都已确认" in text
    assert 'hx-trigger="every 4s"' not in text


def test_after_lifting_the_page_follows_the_lifting(cyber: Any, people: Any, client_for: Any) -> None:
    text = text_of(client_for("duty").get(f"/warnings/{lifted(people, cyber).number}/"))
    assert "解除通知的叫应" in text
    assert "已反馈措施" not in text


def test_units_and_strangers_see_no_progress(warning: EarlyWarning, client_for: Any) -> None:
    address = f"/warnings/{warning.number}/callouts/"
    assert client_for("unit_gongan").get(address).status_code == 403
    assert client_for("sysadmin").get(address).status_code == 403
    assert client_for("duty").post(address).status_code == 405
    assert client_for("duty").get("/warnings/YJ-0/callouts/").status_code == 404
