"""``load_plans``: idempotent, all or nothing, says where a fixture is wrong, loses nothing that is in use."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from directory.loading import FixtureError, load_plans
from directory.models import ActRule, Contact, MeasureActor, Plan, PlanVersion, Post, Unit, UnitAlias

pytestmark = pytest.mark.django_db

Edit = Callable[..., None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the fixtures to spoil."""
    return Path(shutil.copytree(settings.FIXTURES_DIR, tmp_path / "fixtures"))


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replace words in one of the copies; they must be there."""

    def change(name: str, old: str, new: str, count: int = 1) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, count), encoding="utf-8")

    return change


def test_second_load_changes_nothing() -> None:
    """Loading again finds everything in place and says so."""
    out = io.StringIO()
    call_command("load_plans", stdout=out)
    assert "没有变化" in out.getvalue()
    assert "阳政办发〔2025〕23号" in out.getvalue()


def test_a_changed_row_is_put_back_in_place() -> None:
    """A row is updated in place: what refers to it keeps its target."""
    rule = ActRule.objects.get(version__plan__code="cyber-2025", act="approve_end")
    ActRule.objects.filter(pk=rule.pk).update(post_kinds=["duty_officer"])
    report = load_plans(settings.FIXTURES_DIR)
    assert len(report.changes) == 1
    rule.refresh_from_db()
    assert rule.post_kinds == ["commander", "deputy"]


def test_check_shows_and_keeps_nothing(folder: Path, edit: Edit) -> None:
    """``--check`` tries everything and writes nothing."""
    edit("plans/cyber-2025.yaml", "title: 24小时值班,", "title: 昼夜值班,")
    out = io.StringIO()
    call_command("load_plans", fixtures=folder, check=True, stdout=out)
    assert "更新 measureactor 昼夜值班" in out.getvalue()
    assert not MeasureActor.objects.filter(title="昼夜值班").exists()


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("plans/cyber-2025.yaml", "organiser: 县人民政府或部门", "organiser: 省人民政府", "引文不是原文"),
        ("plans/cyber-2025.yaml", "{kind: subsidy,", "{kind: gift,", "没有「gift」"),
        ("plans/comms-2022.yaml", "{name: 上级有关部门}", "{name: 省有关部门}", "引文不是原文"),
        ("plans/cyber-2025.yaml", "approvers: [commander]", "approvers: [chairman]", "没有「chairman」"),
        ("plans/cyber-2025.yaml", "quote: 县指挥部办公室24小时值班", "quote: 县指挥部办公室全天值班", "引文不是原文"),
        ("plans/cyber-2025.yaml", "unit: gongan", "unit: jingcha", "没有代码为「jingcha」的单位"),
        ("plans/comms-2022.yaml", "name: 县气象局", "name: 县气象台", "没有「县气象台」"),
        ("plans/comms-2022.yaml", "starts: inquiry", "starts: someday", "没有「someday」"),
        ("plans/comms-2022.yaml", "kind: experts", "kind: wizards", "没有「wizards」"),
        ("plans/comms-2022.yaml", "minutes: 30", "minutes: 半小时", "须填写整数"),
        ("plans/comms-2022.yaml", "minutes: 30", "minuets: 30", "不认识的键"),
        ("plans/comms-2022.yaml", "clause: '3.1'", "clause: '3.9'", "没有条款「3.9」"),
        ("plans/cyber-2025.yaml", "social_forces: !clause '4.3'", "social_forces: !clause '9.9'", "没有条款「9.9」"),
        ("plans/cyber-2025.yaml", "code: malware", "code: attack", "重复：attack"),
        ("plans/cyber-2025.yaml", "act: office\n", "act: party\n", "没有「party」"),
        ("units.yaml", "name: 县科技局", "name: 县公安局", "一个名称只能对应一个单位"),
    ],
)  # fmt: skip
def test_a_wrong_fixture_says_where(folder: Path, edit: Edit, name: str, old: str, new: str, complaint: str) -> None:
    """Unknown post, unit, kind, clause or key, a quote that is not verbatim: file, line, key and why."""
    edit(name, old, new)
    with pytest.raises(FixtureError, match=r"\.yaml 第\d+行 \S+：") as caught:
        load_plans(folder)
    assert complaint in str(caught.value)
    assert Path(name).name in str(caught.value)


def test_the_line_is_right(folder: Path, edit: Edit) -> None:
    """The line in the message is the key's line."""
    edit("plans/comms-2022.yaml", "starts: inquiry", "starts: someday")
    lines = (folder / "plans/comms-2022.yaml").read_text(encoding="utf-8").splitlines()
    expected = next(number for number, line in enumerate(lines, start=1) if "someday" in line)
    with pytest.raises(FixtureError, match=f"第{expected}行"):
        load_plans(folder)


def test_the_command_reports_a_wrong_fixture(folder: Path, edit: Edit) -> None:
    """The command ends with the message, not with a traceback, and nothing is kept."""
    edit("units.yaml", "name: 县委政法委", "name: 县委政法委员会")
    edit("plans/comms-2022.yaml", "kind: experts", "kind: wizards")
    with pytest.raises(CommandError, match=r"预案没有载入：comms-2022\.yaml"):
        call_command("load_plans", fixtures=folder)
    assert Unit.objects.get(code="zhengfawei").name == "县委政法委"


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "plan: [", "plan: {code: a}\nplan: {code: b}\n"])
def test_a_broken_file_is_refused(folder: Path, content: str) -> None:
    """Empty, not a mapping, not YAML, a key twice."""
    (folder / "plans/cyber-2025.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(FixtureError, match=r"cyber-2025\.yaml"):
        load_plans(folder)


def test_missing_files_are_refused(tmp_path: Path) -> None:
    """No registry, no plans."""
    with pytest.raises(FixtureError, match=r"units\.yaml"):
        load_plans(tmp_path)
    shutil.copy(settings.FIXTURES_DIR / "units.yaml", tmp_path)
    with pytest.raises(FixtureError, match="没有预案文件"):
        load_plans(tmp_path)


def test_a_post_somebody_holds_does_not_vanish(folder: Path) -> None:
    """A row that something refers to is kept and the load refused, whole."""
    path = folder / "plans/comms-2022.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    start = next(number for number, line in enumerate(lines) if "kind: office_staff" in line)
    end = next(number for number, line in enumerate(lines) if "kind: duty_officer" in line)
    path.write_text("".join(lines[:start] + lines[end:]), encoding="utf-8")
    with pytest.raises(FixtureError, match="仍被使用：任职"):
        load_plans(folder)
    assert Post.objects.filter(code="comms-2022:office_staff").exists()


def test_a_row_nobody_uses_is_removed(folder: Path, edit: Edit) -> None:
    """An alias taken out of the file goes, and only it."""
    edit("units.yaml", "      - {name: 县委办, where: 两个预案抄送}\n", "")
    report = load_plans(folder)
    assert len(report.changes) == 1
    assert not UnitAlias.objects.filter(name="县委办").exists()


def test_contacts_belong_to_people() -> None:
    """A number somebody corrected stays; a printed row that is missing comes back."""
    row = Contact.objects.get(plan_version__plan__code="cyber-2025", number_in_appendix=15)
    Contact.objects.filter(pk=row.pk).update(value="110", printed_name="县公安局指挥中心")
    Contact.objects.filter(plan_version=row.plan_version, number_in_appendix=16).delete()
    load_plans(settings.FIXTURES_DIR)
    row.refresh_from_db()
    assert (row.value, row.printed_name) == ("110", "县公安局指挥中心")
    assert Contact.objects.get(plan_version=row.plan_version, number_in_appendix=16).value == "4222727"


def test_a_revised_plan_is_a_new_version(folder: Path, cyber: PlanVersion) -> None:
    """A revision is data: the new version is in force, the old one keeps its rows for running cases."""
    text = (folder / "plans/cyber-2025.yaml").read_text(encoding="utf-8")
    for was, now in (("〔2025〕23号", "〔2028〕1号"), ("key: cyber-2025", "key: cyber-2028")):
        text = text.replace(was, now)
    (folder / "plans/cyber-2028.yaml").write_text(text, encoding="utf-8")
    old = folder / "plans/cyber-2025.yaml"
    old.write_text(old.read_text(encoding="utf-8").replace("in_force: true", "in_force: false"), encoding="utf-8")
    load_plans(folder)
    cyber.refresh_from_db()
    assert not cyber.in_force
    assert cyber.posts.count() == 9
    assert Plan.objects.count() == 2
    assert PlanVersion.objects.get(number="阳政办发〔2028〕1号").posts.count() == 9


def test_one_version_in_force(folder: Path) -> None:
    """Two files of one plan cannot both be in force."""
    text = (folder / "plans/cyber-2025.yaml").read_text(encoding="utf-8")
    for was, now in (("〔2025〕23号", "〔2028〕1号"), ("key: cyber-2025", "key: cyber-2028")):
        text = text.replace(was, now)
    (folder / "plans/cyber-2028.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(FixtureError, match="只能有一个现行版本"):
        load_plans(folder)
