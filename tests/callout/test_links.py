"""One-time links: no login, one notice only, once; looking changes nothing; unknown and expired are told alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from early_warning.models import EarlyWarning
from tests.callout.support import address_in_mail, agree, callout_of, link_to
from tests.early_warning.factories import lifted, published
from yangcheng_ec.callout.links import link_found, link_make
from yangcheng_ec.callout.models import CalloutLink
from yangcheng_ec.deadlines.services import deliver_all
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_throttle() -> None:
    cache.clear()


@pytest.fixture
def warning(cyber: Any, people: Any) -> EarlyWarning:
    return published(people, cyber)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_the_mail_carries_a_link_that_confirms_without_login(cyber: Any, people: Any) -> None:
    warning = published(people, cyber, codes=("gongan",))
    deliver_all()
    assert mail.outbox[-1].to == [people["unit_gongan"].email]
    address, browser = address_in_mail(), Client(enforce_csrf_checks=True)
    page = text_of(browser.get(address))
    assert warning.text in page
    assert "确认收到" in page
    answer = browser.post(address, {"person": "李警官", "leader": "王局长"})
    assert answer.status_code == 200
    assert "李警官" in text_of(answer)
    callout = callout_of(warning)
    assert agree(warning.addressees.get(), callout)
    assert (callout.confirmed_how, callout.confirmed_by, callout.leader_name) == ("link", "李警官", "王局长")
    assert CalloutLink.objects.get(used_at__isnull=False).notice == callout.told.get().notice


def test_only_the_tokens_hash_is_kept(warning: EarlyWarning) -> None:
    notice = callout_of(warning).told.get().notice
    token = link_make(notice.pk, "email")
    row = CalloutLink.objects.get(notice=notice)
    assert len(token) >= 32
    assert token not in str(vars(row))
    assert link_found(token) == row


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing_however_often_a_mail_scanner_looks(warning: EarlyWarning, method: str) -> None:
    callout, lines = callout_of(warning), RecordEntry.objects.count()
    address = link_to(callout)
    for _ in range(3):
        assert getattr(Client(), method)(address).status_code == 200
    before = vars(callout_of(warning)).copy()
    assert before["state"] == "open"
    assert before["delivered_at"] is None
    assert RecordEntry.objects.count() == lines
    assert not CalloutLink.objects.filter(used_at__isnull=False).exists()


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods_are_refused(warning: EarlyWarning, method: str) -> None:
    assert getattr(Client(), method)(link_to(callout_of(warning))).status_code == 405


def test_without_a_name_nothing_is_confirmed(warning: EarlyWarning) -> None:
    callout = callout_of(warning)
    for person in ("", "  ", "长" * 61):
        answer = Client().post(link_to(callout), {"person": person, "leader": "王局长"})
        assert answer.status_code == 400
        assert "王局长" in text_of(answer)  # what was typed is not lost
    assert callout_of(warning).state == "open"


def test_used_again_it_says_by_whom_and_when(warning: EarlyWarning) -> None:
    callout = callout_of(warning)
    address, other = link_to(callout), link_to(callout)
    Client().post(address, {"person": "李警官"})
    for again in (address, other):
        for answer in (Client().get(again), Client().post(again, {"person": "别人"})):
            assert answer.status_code == 200
            assert "已经确认" in text_of(answer)
            assert "李警官" in text_of(answer)
    assert callout_of(warning).confirmed_by == "李警官"
    assert RecordEntry.objects.filter(kind="warning.confirmed").count() == 1


def test_unknown_forged_and_expired_are_told_in_the_same_words(warning: EarlyWarning) -> None:
    address = link_to(callout_of(warning))
    forged = address[:-3] + ("aa/" if not address.endswith("aa/") else "bb/")
    unknown = [Client().get("/c/nothing/"), Client().get(forged), Client().get(f"/c/{'x' * 500}/")]
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        unknown += [Client().get(address), Client().post(address, {"person": "李警官"})]
    assert {answer.status_code for answer in unknown} == {404}
    assert len({text_of(answer) for answer in unknown}) == 1
    assert "链接已失效" in text_of(unknown[0])
    assert callout_of(warning).state == "open"


def test_unknown_and_expired_cost_the_same_statements(warning: EarlyWarning, django_assert_num_queries: Any) -> None:
    address = link_to(callout_of(warning))
    with django_assert_num_queries(1):
        Client().get("/c/nothing/")
    with time_machine.travel(timezone.now() + timedelta(hours=25)), django_assert_num_queries(1):
        Client().get(address)


def test_who_tries_many_has_to_wait_and_good_links_still_work(warning: EarlyWarning) -> None:
    tries = [Client().get(f"/c/guess{number}/").status_code for number in range(40)]
    assert tries[:30] == [404] * 30
    assert tries[-1] == 429
    answer = Client().get("/c/guess/")
    assert int(answer["Retry-After"]) > 0
    assert "尝试次数太多" in text_of(answer)
    assert Client().get(link_to(callout_of(warning))).status_code == 200


def test_the_address_leaks_nowhere(warning: EarlyWarning) -> None:
    for answer in (Client().get(link_to(callout_of(warning))), Client().get("/c/nothing/")):
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
        assert "<script" not in text_of(answer)
        assert "http" not in text_of(answer).replace("http-equiv", "")


def test_a_confidential_warnings_words_are_not_shown(cyber: Any, people: Any) -> None:
    warning = published(people, cyber, publicity="confidential")
    page = text_of(Client().get(link_to(callout_of(warning))))
    assert warning.text not in page
    assert warning.title not in page
    assert warning.number in page


def test_a_drill_is_marked(cyber: Any, people: Any) -> None:
    page = text_of(Client().get(link_to(callout_of(published(people, cyber, drill=True)))))
    assert "演练" in page


def test_a_settled_cause_needs_no_confirmation(cyber: Any, people: Any) -> None:
    warning = lifted(people, cyber)
    address = link_to(callout_of(warning))
    for answer in (Client().get(address), Client().post(address, {"person": "李警官"})):
        assert answer.status_code == 200
        assert "已经办结" in text_of(answer)
    assert callout_of(warning).state == "settled"


def test_what_people_typed_is_shown_as_text(warning: EarlyWarning) -> None:
    address = link_to(callout_of(warning))
    answer = Client().post(address, {"person": "<b>李</b>"})
    assert "<b>李</b>" not in text_of(answer)
    assert "&lt;b&gt;李&lt;/b&gt;" in text_of(answer)


def test_a_login_changes_nothing_and_another_unit_confirms_nothing_else(warning: EarlyWarning, client_for: Any) -> None:
    answer = client_for("unit_shuju").post(link_to(callout_of(warning)), {"person": "李警官"})
    assert answer.status_code == 200
    assert callout_of(warning).state == "confirmed"
    assert callout_of(warning, "shuju").state == "open"
