"""信息发布: who may (4.4), versions and corrections, the public page; nothing goes out unapproved."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.models import Incident
from response import services
from response.models import InformationRelease
from response.rules import news_lead
from tests.incidents.factories import file_incident
from tests.response.factories import active
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
TEXT = "县政务云平台<b>已恢复</b>，未发现数据外泄。"


@pytest.fixture
def case(people: Any) -> Incident:
    """A case with a running response."""
    return active(people, level=1).incident


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def draft(people: Any, case: Incident, **over: Any) -> InformationRelease:
    given = {"title": "情况通报", "text": TEXT, "channel": "县政府网站", **over}
    return services.release_draft(incident_id=case.pk, user=people["office"], **given)


def approve(people: Any, row: InformationRelease) -> InformationRelease:
    return services.release_approve(release_id=row.pk, version=row.version, user=people["commander"])


def publish(people: Any, row: InformationRelease) -> InformationRelease:
    return services.release_publish(release_id=row.pk, version=row.version, user=people["office"])


def out(people: Any, case: Incident, **over: Any) -> InformationRelease:
    return publish(people, approve(people, draft(people, case, **over)))


@pytest.mark.parametrize("who", ["unit_gongan", "commander", "auditor"])
def test_s8_no_other_unit_drafts_or_publishes(who: str, people: Any, case: Incident) -> None:
    with pytest.raises((Forbidden, NotVisible)) as refused:
        services.release_draft(incident_id=case.pk, title="通报", text="自行发布", user=people[who])
    if refused.type is Forbidden:
        assert "未经批准" in str(refused.value)
        assert refused.value.clause == "网络预案 4.4"
    row = approve(people, draft(people, case))
    with pytest.raises((Forbidden, NotVisible)):
        services.release_publish(release_id=row.pk, version=row.version, user=people[who])


def test_s8_nothing_goes_out_unapproved(people: Any, case: Incident) -> None:
    row = draft(people, case)
    with pytest.raises(WrongState, match="未经批准不得发布"):
        publish(people, row)
    with pytest.raises(Forbidden):
        services.release_approve(release_id=row.pk, version=row.version, user=people["office"])
    with pytest.raises(StaleVersion):
        services.release_approve(release_id=row.pk, version=row.version - 1, user=people["commander"])


def test_s8_the_news_body_is_who_leads_the_news_group(cyber: Any, comms: Any) -> None:
    assert [str(news_lead(version)) for version in (cyber, comms)] == ["县委宣传部", "县委宣传部"]


def test_a_returned_text_is_rewritten_as_the_next_edition(people: Any, case: Incident, client_for: Any) -> None:
    first = draft(people, case)
    services.release_return(release_id=first.pk, version=first.version, reason="写明范围", user=people["commander"])
    office = client_for("office")
    address = f"/response/releases/new/?incident={case.number}&follows={first.pk}"
    assert address.replace("&", "&amp;") in text_of(office.get(f"/incidents/{case.number}/"))
    form = text_of(office.get(address))
    assert "写明范围" in form
    assert "&lt;b&gt;已恢复" in form
    assert office.post(address, {"title": "情况通报", "text": "范围：县直。", "channel": ""}).status_code == 302
    second = InformationRelease.objects.exclude(pk=first.pk).get()
    assert (second.follows, second.edition, second.state) == (first, 2, "draft")
    assert "第2稿，修改第1稿" in RecordEntry.objects.filter(kind="release.drafted").latest("id").text
    assert office.post(address, {"title": "再一份", "text": "x", "channel": ""}).status_code == 409


def test_a_correction_takes_the_place_of_what_is_out_when_it_is_out(
    people: Any, case: Incident, client_for: Any, client: Any
) -> None:
    first = out(people, case)
    second = draft(people, case, title="情况通报（更正）", text="更正：三项业务。", follows=first.pk)
    first.refresh_from_db()
    assert first.state == "published"
    publish(people, approve(people, second))
    first.refresh_from_db()
    assert first.state == "corrected"
    assert RecordEntry.objects.filter(kind="release.corrected").count() == 1
    old = text_of(client.get(f"/public/releases/{first.pk}/"))
    assert "已更正" in old
    assert f"/public/releases/{second.pk}/" in old
    assert "本份更正" in text_of(client.get(f"/public/releases/{second.pk}/"))
    page = text_of(client_for("office").get(f"/incidents/{case.number}/"))
    assert f'href="/public/releases/{second.pk}/"' in page


@pytest.mark.parametrize("state", ["draft", "approved"])
def test_a_text_that_is_not_over_is_not_taken_up(state: str, people: Any, case: Incident) -> None:
    row = draft(people, case)
    if state == "approved":
        approve(people, row)
    with pytest.raises(WrongState):
        draft(people, case, follows=row.pk)


def test_a_text_of_another_case_is_not_taken_up(people: Any, case: Incident, client_for: Any) -> None:
    other = out(people, file_incident(people))
    with pytest.raises(BadInput):
        draft(people, case, follows=other.pk)
    for follows in (str(other.pk), "x", "99999999999"):
        address = f"/response/releases/new/?incident={case.number}&follows={follows}"
        assert client_for("office").get(address).status_code == 404


def test_everybody_reads_what_is_out_and_nothing_else(
    people: Any, case: Incident, client: Any, django_assert_max_num_queries: Any
) -> None:
    hidden = [draft(people, case, title="草稿稿"), approve(people, draft(people, case, title="待发稿"))]
    drill = out(people, file_incident(people, drill=True), title="演练稿")
    rows = [out(people, case, title=f"通报{n}") for n in range(3)]
    with django_assert_max_num_queries(3):
        page = text_of(client.get("/public/releases/"))
    assert all(row.title in page for row in rows)
    for row in (*hidden, drill):
        assert row.title not in page
        assert client.get(f"/public/releases/{row.pk}/").status_code == 404
    one = client.get(f"/public/releases/{rows[0].pk}/")
    assert "&lt;b&gt;已恢复" in text_of(one)
    assert "Set-Cookie" not in one
    assert client.post("/public/releases/").status_code == 405
    assert client.get("/public/releases/?page=x").status_code == 200


def test_a_secret_case_tells_nothing(people: Any, client: Any) -> None:
    case = file_incident(people)
    shown = out(people, case)
    waiting = approve(people, draft(people, case, title="待发"))
    Incident.objects.filter(pk=case.pk).update(secret=True)
    with pytest.raises(WrongState, match="涉密"):
        draft(people, case)
    with pytest.raises(WrongState, match="涉密"):
        publish(people, waiting)
    assert client.get(f"/public/releases/{shown.pk}/").status_code == 404


def test_a_unit_sees_what_was_published_of_its_case(people: Any, case: Incident, client_for: Any) -> None:
    waiting = draft(people, case, title="未批的稿")
    shown = out(people, case, title="已发的稿")
    page = text_of(client_for("unit_gongan").get(f"/incidents/{case.number}/"))
    assert shown.title in page
    assert waiting.title not in page
    assert "拟稿</a>" not in page


def test_the_api_takes_and_gives_the_chain(people: Any, case: Incident, api_for: Any) -> None:
    first = out(people, case)
    given = {"incident": case.number, "title": "更正", "text": "三项业务", "follows": first.pk}
    answer = api_for("office").post("/api/v1/releases/", given, format="json")
    assert answer.status_code == 201
    assert (answer.json()["edition"], answer.json()["follows"]) == (2, first.pk)
    assert api_for("office").post("/api/v1/releases/", given, format="json").status_code == 409
