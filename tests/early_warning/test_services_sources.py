"""Where a warning comes from, what changed before it is signed, who will get it, and its versions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.models import Unit
from early_warning import services
from early_warning.chain import chain_of, difference_before_signing
from early_warning.models import EarlyWarning, SuperiorNotice
from early_warning.previewing import publication_preview
from early_warning.services.sources import notice_paper
from tests.early_warning.factories import (
    PDF,
    adjusted,
    content_of,
    drafted,
    lift_proposed,
    proposed,
    published,
    returned,
)
from yangcheng_ec.deadlines.models import Delivery, Notice
from yangcheng_ec.errors import BadInput
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.uploads import Upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def _received(**over: Any) -> services.Received:
    given = {
        "sender": "省委网信办", "reference": "晋网信〔2026〕18号", "received_at": timezone.now() - timedelta(hours=1),
        "text": "近期监测发现某办公软件存在高危漏洞。", "upload": Upload(name="通报.pdf", content=PDF),
    }  # fmt: skip
    return services.Received(**(given | over))


def _units(warning: EarlyWarning) -> list[Unit]:
    return [one.unit for one in warning.addressees.select_related("unit")]


def test_a_superiors_notice_stands_with_its_words_number_and_scan(cyber: Any, people: Any) -> None:
    warning = drafted(people, cyber, received=_received())
    assert (warning.source_kind, warning.source_label) == ("superior", "省委网信办")
    assert warning.superior.text.startswith("近期监测")
    assert notice_paper(warning.superior) == PDF
    line = RecordEntry.objects.get(head=warning.head)
    assert "晋网信〔2026〕18号" in line.text


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"sender": " "}, "sender"),
        ({"sender": "长" * 121}, "sender"),
        ({"reference": "长" * 121}, "reference"),
        ({"text": ""}, "notice_text"),
        ({"received_at": None}, "received_at"),
        ({"received_at": timezone.now() + timedelta(days=1)}, "received_at"),
        ({"upload": Upload(name="通报.pdf", content=b"<html>")}, "paper"),
    ],
)
def test_a_bad_notice_names_its_field_and_keeps_nothing(over: Any, field: str, cyber: Any, people: Any) -> None:
    with pytest.raises(BadInput) as refused:
        drafted(people, cyber, received=_received(**over))
    assert field in refused.value.fields
    assert not EarlyWarning.objects.exists()
    assert not SuperiorNotice.objects.exists()


def test_content_and_notice_are_refused_together(cyber: Any, people: Any) -> None:
    with pytest.raises(BadInput) as refused:
        drafted(people, cyber, title=" ", received=_received(sender=""))
    assert {"title", "sender"} <= set(refused.value.fields)


def test_an_unknown_source_is_refused(cyber: Any, people: Any) -> None:
    with pytest.raises(BadInput) as refused:
        drafted(people, cyber, source=services.Source("rumour"))
    assert "source" in refused.value.fields


def test_an_update_keeps_the_source_of_the_first(cyber: Any, people: Any) -> None:
    old = adjusted(people, cyber, received=_received())
    assert (old.next.source_kind, old.next.superior) == ("superior", old.superior)


def test_a_first_proposal_has_nothing_to_compare_with(cyber: Any, people: Any) -> None:
    warning = proposed(people, cyber)
    assert difference_before_signing(warning, _units(warning)) is None


def test_after_a_return_the_approver_sees_what_changed(cyber: Any, people: Any) -> None:
    warning = returned(people, cyber)
    key = {"warning_id": warning.pk, "user": people["office"]}
    content = content_of(cyber, scope="只限接入设备", codes=["gongan"])
    warning = services.warning_edit(**key, version=warning.version, content=content)
    warning = services.warning_propose(**key, version=warning.version)
    difference = difference_before_signing(warning, _units(warning))
    assert difference is not None
    assert {row["field"]: row["now"] for row in difference.rows} == {"响应范围": "只限接入设备", "通知单位": "县公安局"}
    assert difference.was_label == "上次提出"


def test_an_update_is_compared_with_what_is_in_force(cyber: Any, people: Any) -> None:
    old = published(people, cyber)
    fresh = services.warning_adjust(
        warning_id=old.pk, version=old.version, content=content_of(cyber, level=1), user=people["office"]
    )
    difference = difference_before_signing(fresh, _units(fresh))
    assert difference is not None
    assert old.number in difference.title
    assert ("级别", "Ⅰ级预警（红色） 特别严重") in {(row["field"], row["now"]) for row in difference.rows}


def test_the_chain_shows_every_version_and_the_way_the_level_went(cyber: Any, people: Any) -> None:
    old = adjusted(people, cyber)
    links = chain_of(people["office"], old)
    assert [(link.warning.number, link.way, link.here) for link in links] == [
        (old.number, "first", True),
        (old.next.number, "up", False),
    ]
    assert links[1].words == "升级：Ⅱ级预警（橙色） 严重 → Ⅰ级预警（红色） 特别严重"
    assert [link.way for link in chain_of(people["unit_gongan"], old)] == ["first", "up"]


def test_a_withdrawn_version_is_not_in_the_chain(cyber: Any, people: Any) -> None:
    old = published(people, cyber)
    key = {"user": people["office"]}
    fresh = services.warning_adjust(warning_id=old.pk, version=old.version, content=content_of(cyber, level=1), **key)
    services.warning_withdraw(warning_id=fresh.pk, version=fresh.version, reason="不需要", **key)
    assert [link.warning.pk for link in chain_of(people["office"], old)] == [old.pk]


def test_the_preview_is_what_goes_out(cyber: Any, people: Any) -> None:
    warning = proposed(people, cyber)
    preview = publication_preview(warning, _units(warning))
    texts = {str(text.channel): text for text in preview.texts}
    warning = services.warning_approve(warning_id=warning.pk, version=warning.version, user=people["commander"])
    services.warning_publish(warning_id=warning.pk, version=warning.version, user=people["office"])
    notices = Notice.objects.filter(kind="warning.published", subject_id=warning.pk)
    assert {notice.script for notice in notices} == {texts["phone"].text}
    assert all(notice.title in texts["email"].text and notice.body in texts["email"].text for notice in notices)
    told = {way.address for row in preview.units for person in row.people for way in person.ways}
    assert set(Delivery.objects.filter(notice__in=notices).values_list("address", flat=True)) <= told | {""}


def test_a_unit_without_any_channel_is_said_before_signing_and_stands_on_the_call_sheet(
    cyber: Any, people: Any
) -> None:
    bare = Unit.objects.create(code="bare", name="无联系方式单位", short_name="无联系", kind="other")
    warning = proposed(people, cyber, units=(bare, Unit.objects.get(code="gongan")))
    preview = publication_preview(warning, _units(warning))
    assert preview.unreachable == [bare]
    assert preview.units[0].unit == bare, "those nobody reaches come first"
    assert "phone" in {str(text.channel) for text in preview.texts}


def test_a_confidential_warnings_preview_shows_no_words(cyber: Any, people: Any) -> None:
    warning = proposed(people, cyber, publicity="confidential")
    for text in publication_preview(warning, _units(warning)).texts:
        assert warning.text not in text.text
        assert warning.title not in text.text


def test_a_drills_preview_begins_with_its_mark(cyber: Any, people: Any) -> None:
    warning = proposed(people, cyber, drill=True)
    assert all(text.text.startswith("【演练】") for text in publication_preview(warning, _units(warning)).texts)


def test_a_returned_lifting_keeps_its_findings_for_the_next(cyber: Any, people: Any) -> None:
    warning = lift_proposed(people, cyber)
    warning = services.warning_return(
        warning_id=warning.pk, version=warning.version, reason="再复测一次", user=people["commander"]
    )
    assert (warning.state, [row["evidence"] for row in warning.lift_findings]) == (
        "published",
        ["复测正常", "复测正常"],
    )
