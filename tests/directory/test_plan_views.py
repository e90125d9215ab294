"""``/plans/`` and ``/plans/<code>/``: the plan read online, an anchor per clause, what is lost and what is ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.template import Context, Template
from django.test import Client
from django.urls import reverse

from directory.models import PlanVersion

pytestmark = pytest.mark.django_db
ClientFor = Callable[[str], Client]


@pytest.mark.parametrize("account", ["duty", "commander", "unit_runcheng", "contacts", "auditor", "sysadmin"])
def test_everyone_may_read_the_plans(client_for: ClientFor, account: str) -> None:
    """Every role reads the plans."""
    client = client_for(account)
    assert client.get(reverse("plans")).status_code == 200
    assert client.get(reverse("plan", args=["cyber-2025"])).status_code == 200


def test_index_names_both_plans(client_for: ClientFor) -> None:
    """Both plans with number and a link."""
    html = client_for("duty").get(reverse("plans")).content.decode()
    assert "阳政办发〔2025〕23号" in html
    assert "阳政办发〔2022〕52号" in html
    assert reverse("plan", args=["comms-2022"]) in html


@pytest.mark.parametrize("plan", ["cyber", "comms"])
def test_an_anchor_per_clause(client_for: ClientFor, plan: str, request: pytest.FixtureRequest) -> None:
    """Each numbered section has its permanent anchor and its own words."""
    version: PlanVersion = request.getfixturevalue(plan)
    html = client_for("duty").get(reverse("plan", args=[version.plan.code])).content.decode()
    for clause in version.clauses.all():
        assert f'id="{clause.ref}"' in html
        for paragraph in clause.text.splitlines():
            assert paragraph in html


def test_lost_words_are_said_to_be_lost(client_for: ClientFor) -> None:
    """G2, G3: 「原文未列」, never invented."""
    html = client_for("duty").get(reverse("plan", args=["cyber-2025"])).content.decode()
    assert html.count("原文未列") >= 6
    assert "、流量等异常行为，进而导致业务损失" in html


def test_what_is_ours_is_labelled(client_for: ClientFor) -> None:
    """The ladder, posts the plan does not name, readings of rules: 「非预案规定」."""
    html = client_for("duty").get(reverse("plan", args=["comms-2022"])).content.decode()
    assert "非预案规定" in html
    assert "总指挥、副总指挥" in html
    assert "县通信网络指挥部确认后" in html


def test_the_page_needs_a_fixed_number_of_statements(
    client_for: ClientFor, django_assert_max_num_queries: Callable[..., object]
) -> None:
    """SQL of the page is pinned: it does not grow with rows."""
    client = client_for("duty")
    client.get(reverse("plan", args=["cyber-2025"]))
    with django_assert_max_num_queries(33):  # type: ignore[attr-defined]
        client.get(reverse("plan", args=["cyber-2025"]))


@pytest.mark.parametrize("code", ["cyber-2099", "x" * 300, "预案", "<b>"])
def test_an_unknown_plan_is_404(client_for: ClientFor, code: str) -> None:
    """No such plan: a clear message."""
    response = client_for("duty").get(reverse("plan", args=[code]))
    assert response.status_code == 404
    assert "「<b>」" not in response.content.decode()


def test_a_stranger_logs_in_first(client: Client) -> None:
    """No login: to the login page."""
    response = client.get(reverse("plan", args=["cyber-2025"]))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("login"))


def test_only_get(client_for: ClientFor) -> None:
    """The plans are read only."""
    client = client_for("duty")
    assert client.post(reverse("plan", args=["cyber-2025"])).status_code == 405
    assert client.post(reverse("plans")).status_code == 405


def test_no_inline_style_or_script(client_for: ClientFor) -> None:
    """The content security policy forbids both."""
    html = client_for("duty").get(reverse("plan", args=["cyber-2025"])).content.decode()
    assert " style=" not in html
    assert "<script>" not in html


def draw(version: PlanVersion, text: str) -> str:
    """Render a template with the version."""
    return Template("{% load plan_tags %}" + text).render(Context({"version": version}))


def test_clause_chip_shows_number_sentence_and_link(cyber: PlanVersion) -> None:
    """The chip carries the label, the clause's words, and the way to the plan."""
    html = draw(cyber, '{% clause_chip version "4.2.1.2" %}')
    assert "网络预案 4.2.1.2" in html
    assert "由县指挥部指挥长决定启动I级响应" in html
    assert "/plans/cyber-2025/#4.2.1.2" in html


def test_clause_chip_reads_a_version_once(
    cyber: PlanVersion, django_assert_max_num_queries: Callable[..., object]
) -> None:
    """Many chips cost one statement at most."""
    with django_assert_max_num_queries(1):  # type: ignore[attr-defined]
        draw(cyber, '{% clause_chip version "4.1" %}{% clause_chip version "4.5" %}{% clause_chip version "9.9" %}')


def test_words_of_plan_rows(comms: PlanVersion) -> None:
    """Posts in the plan's own words; the obliged unit in ours."""
    text = Template("{% load plan_tags %}{{ kinds|post_labels:version }}")
    words = text.render(Context({"version": comms, "kinds": ["owed_by", "duty_officer", "commander", "unit_leader"]}))
    assert words == "责任单位、值班人员、总指挥、单位分管负责人"
