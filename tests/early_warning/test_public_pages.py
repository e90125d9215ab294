"""The public pages and the printed notice: what everybody reads, and what nobody outside ever does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from early_warning.models import EarlyWarning
from early_warning.public.answers import PublicThrottle
from tests.early_warning.cap.test_build import RARE
from tests.early_warning.cap.test_documents import adjust
from tests.early_warning.factories import MADE, lifted, published, superseded

pytestmark = pytest.mark.django_db
LIST = "/public/warnings/"
SHOWN = ("published", "lift_proposed", "adjusted", "lifted", "superseded")


@pytest.fixture(autouse=True)
def _nobody_was_counted() -> None:
    cache.clear()


def page(warning: EarlyWarning, rest: str = "") -> str:
    return f"{LIST}{warning.number}/{rest}"


def read(address: str) -> str:
    answer = Client().get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.mark.parametrize("state", MADE)
@pytest.mark.parametrize("plan", ["cyber", "comms"])
def test_only_what_was_published_is_there(state: str, plan: str, people: Any, request: Any) -> None:
    warning = MADE[state](people, request.getfixturevalue(plan), publicity="public", title="只此一条的标题")
    wanted = 200 if state in SHOWN else 404
    assert Client().get(page(warning)).status_code == wanted
    assert Client().get(page(warning, "notice/")).status_code == wanted
    assert ("只此一条的标题" in read(LIST)) is (state in SHOWN)


@pytest.mark.parametrize("over", [{"publicity": "internal"}, {"publicity": "confidential"},
                                  {"publicity": "public", "drill": True}])  # fmt: skip
def test_nothing_else_exists_out_there(over: dict[str, Any], people: Any, cyber: Any) -> None:
    warning = published(people, cyber, title="不外传的标题", **over)
    for address in (page(warning), page(warning, "notice/")):
        answer = Client().get(address)
        assert answer.status_code == 404
        assert "不外传的标题" not in answer.content.decode()
    assert "不外传的标题" not in read(LIST)


def test_it_says_what_everybody_needs(people: Any, cyber: Any) -> None:
    until = timezone.now() + timedelta(days=2)
    warning = published(people, cyber, publicity="public", valid_until=until)
    text = read(page(warning))
    for words in ("生效中", "Ⅱ级预警（橙色）", warning.title, warning.text, warning.advice, "阳城县", "预计失效",
                  "阳城县网络与信息安全事件应急指挥部", warning.number, "band--orange"):  # fmt: skip
        assert words in text


def test_nothing_from_inside_is_on_it(people: Any, cyber: Any) -> None:
    warning = lifted(people, cyber, publicity="public", basis="只有里面知道的依据")
    inside = [person.display_name for person in people.values()]
    units = [row.unit.name for row in warning.addressees.select_related("unit")]
    for address in (page(warning), page(warning, "notice/"), LIST):
        text = read(address)
        for words in ("只有里面知道的依据", "复测正常", *inside, *units):
            assert words not in text, words


def test_nobody_is_known_and_nothing_is_left_behind(people: Any, cyber: Any, client_for: Any) -> None:
    warning = published(people, cyber, publicity="public")
    for address in (LIST, page(warning), page(warning, "notice/")):
        answer = client_for("duty").get(address)
        assert answer.cookies == {}
        assert "Cookie" not in answer.get("Vary", "")
        assert answer["Cache-Control"] == "public, max-age=30"
        assert "csrf" not in answer.content.decode()
        assert "<script" not in answer.content.decode()
        assert "default-src 'self'" in answer["Content-Security-Policy"]


def test_an_upgrade_a_downgrade_and_a_correction_are_said_as_such(people: Any, cyber: Any) -> None:
    first = published(people, cyber, publicity="public", level=3)
    up = adjust(people, first, publicity="public", level=1)
    down = adjust(people, up, publicity="public", level=2)
    corrected = adjust(people, down, publicity="public", level=2)
    assert "升级</strong> 由Ⅲ级预警（黄色） 较重调整为Ⅰ级预警（红色） 特别严重" in read(page(up))
    assert "降级</strong> 由Ⅰ级预警（红色）" in read(page(down))
    assert "更正</strong> 级别不变" in read(page(corrected))
    replaced = read(page(first))
    assert "已调整，请看新的一份" in replaced
    assert up.number in replaced
    assert read(page(corrected)).index(first.number) < read(page(corrected)).rindex(corrected.number)


def test_a_new_version_still_being_written_does_not_show(people: Any, cyber: Any) -> None:
    from early_warning.services import warning_adjust
    from tests.early_warning.factories import content_of

    old = published(people, cyber, publicity="public")
    content = content_of(cyber, publicity="public", level=1, title="还没批准的升级")
    fresh = warning_adjust(warning_id=old.pk, version=old.version, content=content, user=people["office"])
    text = read(page(old))
    assert "生效中" in text
    assert fresh.number not in text
    assert "还没批准的升级" not in text + read(LIST)


def test_a_version_that_is_no_longer_public_leaves_no_trace_but_its_end(people: Any, cyber: Any) -> None:
    old = published(people, cyber, publicity="public")
    inside = adjust(people, old, publicity="internal", title="转为内部的标题")
    text = read(page(old))
    assert "已停止发布" in text
    assert inside.number not in text
    assert Client().get(page(inside)).status_code == 404


def test_a_version_that_becomes_public_does_not_tell_of_the_one_inside(people: Any, cyber: Any) -> None:
    inside = published(people, cyber, title="内部的标题")
    new = adjust(people, inside, publicity="public")
    text = read(page(new))
    assert inside.number not in text
    assert 'class="change"' not in text


def test_lifted_looks_lifted(people: Any, cyber: Any) -> None:
    text = read(page(lifted(people, cyber, publicity="public")))
    assert "已解除" in text
    assert "notice--over" in text
    assert "怎么防范" not in text
    assert "解除时间" in text


def test_s8_one_that_went_over_into_a_response_says_nothing_of_it(people: Any, cyber: Any) -> None:
    text = read(page(superseded(people, cyber, publicity="public")))
    assert "已终止（未宣布解除）" in text
    assert "应急响应" not in text


def test_expired_and_not_lifted_still_stands(people: Any, cyber: Any) -> None:
    warning = published(people, cyber, publicity="public")
    past = timezone.now() - timedelta(hours=1)
    EarlyWarning.objects.filter(pk=warning.pk).update(valid_from=past - timedelta(hours=1), valid_until=past)
    assert "仍然有效" in read(page(warning))
    assert "仍然有效" in read(LIST)


def test_not_yet_in_force_says_so(people: Any, cyber: Any) -> None:
    warning = published(people, cyber, publicity="public", valid_from=timezone.now() + timedelta(hours=3))
    assert "尚未生效" in read(page(warning))


def test_the_gravest_stands_first_and_history_below(people: Any, cyber: Any) -> None:
    published(people, cyber, publicity="public", level=4, title="蓝色的一条")
    published(people, cyber, publicity="public", level=1, title="红色的一条")
    lifted(people, cyber, publicity="public", title="过去的一条")
    text = read(LIST)
    assert text.index("红色的一条") < text.index("蓝色的一条") < text.index("以往的预警") < text.index("过去的一条")


def test_the_history_has_pages_and_a_wrong_one_is_no_error(people: Any, cyber: Any) -> None:
    for _ in range(21):
        superseded(people, cyber, publicity="public")
    assert "第 2 页，共 2 页" in read(f"{LIST}?page=2")
    assert "第 2 页，共 2 页" in read(f"{LIST}?page=999")
    assert read(f"{LIST}?page=%27%22%3E") == read(LIST)


def test_an_empty_list_says_so(db: None) -> None:
    assert "现在没有生效中的公开预警" in read(LIST)


def test_whatever_was_typed_is_shown_and_never_run(people: Any, cyber: Any) -> None:
    warning = published(people, cyber, publicity="public", title=RARE[:60], text=RARE, advice=RARE, scope=RARE)
    for address in (page(warning), page(warning, "notice/"), LIST):
        text = read(address)
        assert "<script>" not in text
        assert escape(RARE[:60]) in text


def test_who_has_the_page_already_is_told_so(people: Any, cyber: Any) -> None:
    warning = published(people, cyber, publicity="public")
    answer = Client().get(page(warning))
    assert Client().get(page(warning), headers={"If-None-Match": answer["ETag"]}).status_code == 304
    head = Client().head(page(warning))
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("verb", ["post", "put", "delete"])
def test_it_is_for_reading_only(verb: str, people: Any, cyber: Any) -> None:
    warning = published(people, cyber, publicity="public")
    answer = getattr(Client(enforce_csrf_checks=True), verb)(page(warning))
    assert answer.status_code in (403, 405)
    assert getattr(Client(), verb)(LIST).status_code == 405


def test_search_engines_keep_no_copy_that_outlives_a_warning(people: Any, cyber: Any) -> None:
    assert Client().get(page(published(people, cyber, publicity="public")))["X-Robots-Tag"] == "noarchive"
    assert "noindex" in Client().get(page(lifted(people, cyber, publicity="public")))["X-Robots-Tag"]
    robots = read("/robots.txt")
    assert "Allow: /public/" in robots
    assert "Disallow: /" in robots


def test_one_address_does_not_read_without_end(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PublicThrottle, "rate", "2/min")
    assert [Client().get(LIST).status_code for _ in range(3)] == [200, 200, 429]
    answer = Client().get(LIST)
    assert int(answer["Retry-After"]) > 0
    assert "一分钟后再试" in answer.content.decode()


def test_the_pages_cost_few_statements(people: Any, cyber: Any, django_assert_num_queries: Any) -> None:
    warning = published(people, cyber, publicity="public")
    for _ in range(5):
        published(people, cyber, publicity="public")
        lifted(people, cyber, publicity="public")
    with django_assert_num_queries(3):
        Client().get(LIST)
    with django_assert_num_queries(2):
        Client().get(page(warning))


# The notice inside


def test_the_notice_inside_says_for_whom_it_is(people: Any, cyber: Any, client_for: Any) -> None:
    warning = published(people, cyber, basis="只有里面知道的依据")
    text = client_for("unit_gongan").get(f"/warnings/{warning.number}/notice/").content.decode()
    assert "内部掌握" in text
    assert warning.title in text
    assert "只有里面知道的依据" not in text


def test_the_notice_of_a_drill_cannot_be_taken_for_real(people: Any, cyber: Any, client_for: Any) -> None:
    warning = published(people, cyber, drill=True)
    text = client_for("duty").get(f"/warnings/{warning.number}/notice/").content.decode()
    assert "【演练】本通告不是真实预警" in text


def test_a_stranger_reads_no_notice(people: Any, cyber: Any, client_for: Any) -> None:
    warning = published(people, cyber)
    address = f"/warnings/{warning.number}/notice/"
    assert client_for("unit_runcheng").get(address).status_code == 404
    assert client_for("sysadmin").get(address).status_code in (403, 404)
    assert Client().get(address).status_code == 302


def test_there_is_no_notice_before_publication(people: Any, cyber: Any, client_for: Any) -> None:
    warning = MADE["approved"](people, cyber)
    answer = client_for("office").get(f"/warnings/{warning.number}/notice/")
    assert answer.status_code == 409
    assert "尚未发布" in answer.content.decode()


def test_the_warnings_page_leads_to_what_goes_out(people: Any, cyber: Any, client_for: Any) -> None:
    warning = published(people, cyber, publicity="public")
    text = client_for("office").get(f"/warnings/{warning.number}/").content.decode()
    for address in (f"/warnings/{warning.number}/notice/", page(warning), f"/cap/{warning.number}.xml"):
        assert address in text
    kept_back = published(people, cyber, publicity="public", drill=True)
    assert "演练从不向社会公开" in client_for("office").get(f"/warnings/{kept_back.number}/").content.decode()
