"""The record: appended in one chain per case, read back as written, verified, changed by nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from io import StringIO
from typing import Any
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone as django_timezone

from tests.kernel.support import kinds_of, whole
from yangcheng_ec.actors import SYSTEM, Actor
from yangcheng_ec.record import triggers
from yangcheng_ec.record.hashing import entry_hash
from yangcheng_ec.record.models import GENESIS, CaseHead, RecordEntry
from yangcheng_ec.record.selectors import entries_of, verify_chain, verify_record
from yangcheng_ec.record.services import Line, case_lock, head_create, head_named, record_append, record_append_many


@pytest.fixture
def written(head: CaseHead) -> CaseHead:
    """A chain of five lines."""
    for number in range(1, 6):
        record_append(head, Line("note", f"第{number}行"))
    return head


@pytest.fixture
def unguarded(db: None) -> Iterator[None]:
    """The triggers dropped, as somebody with the database's own password could."""
    triggers.drop()
    yield
    triggers.install()


def tampered(statement: str, *values: object) -> None:
    """Change the table behind everybody's back."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def reason_of(head: CaseHead) -> str:
    """Return what the verifier says, or nothing."""
    fault = verify_chain(CaseHead.objects.get(pk=head.pk))
    return f"{fault.seq} {fault.reason}" if fault else ""


# Appending


def test_lines_form_one_chain(written: CaseHead) -> None:
    entries = list(entries_of(written.pk))
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.prev_hash for entry in entries] == [GENESIS, *[entry.hash for entry in entries[:-1]]]
    stored = CaseHead.objects.get(pk=written.pk)
    assert (stored.seq, stored.hash) == (5, entries[-1].hash)
    assert whole(written)


def test_a_line_says_who_as_which_post_when_and_by_which_clause(head: CaseHead, actor: Actor) -> None:
    happened = django_timezone.now() - timedelta(hours=2)
    line = Line(
        "report.sent",
        "电话报告县政府",
        actor,
        "网络预案 4.1",
        ("report", 7),
        {"to": "县政府"},
        happened,
        late_entry=True,
    )
    entry = RecordEntry.objects.get(pk=record_append(head, line).pk)
    assert (entry.actor_id, entry.actor_name, entry.actor_post) == (actor.user_id, "赵值班", "县指挥部办公室 值班员")
    assert (entry.clause, entry.subject_type, entry.subject_id) == ("网络预案 4.1", "report", 7)
    assert (entry.done_at, entry.late_entry, entry.data) == (happened, True, {"to": "县政府"})
    assert entry.recorded_at - happened >= timedelta(hours=2)


def test_the_system_signs_its_own_lines(head: CaseHead) -> None:
    entry = record_append(head, Line("heartbeat.gap", "无人值守"))
    assert (entry.actor_id, entry.actor_name) == (None, "系统")
    assert SYSTEM.post == ""


def test_several_heads_in_one_go_keep_their_own_chains(db: None) -> None:
    heads = [head_create(kind="incident", key=f"CY-20261122-{number}") for number in (911, 912, 913)]
    lines = [(heads[number % 3], Line("note", f"第{number}行")) for number in range(30)]
    record_append_many(lines)
    assert [CaseHead.objects.get(pk=head.pk).seq for head in heads] == [10, 10, 10]
    assert all(whole(head) for head in heads)
    assert [entry.text for entry in entries_of(heads[1].pk)[:2]] == ["第1行", "第4行"]


def test_the_number_of_statements_does_not_grow(db: None, django_assert_num_queries: Callable[..., Any]) -> None:
    heads = [head_create(kind="incident", key=f"CY-20261122-9{number}") for number in range(20, 40)]
    with django_assert_num_queries(3):  # the heads, the lines, the heads' new ends
        record_append_many([(head, Line("note", "一行")) for head in heads])


def test_nothing_to_append_is_nothing_done(db: None, django_assert_num_queries: Callable[..., Any]) -> None:
    with django_assert_num_queries(0):
        assert record_append_many([]) == []


def test_a_stale_copy_of_the_head_does_not_fork_the_chain(head: CaseHead) -> None:
    other = case_lock(head.pk)
    record_append(head, Line("note", "一"))
    record_append(other, Line("note", "二"))
    record_append(head, Line("note", "三"))
    assert [entry.text for entry in entries_of(head.pk)] == ["一", "二", "三"]
    assert whole(head)


def test_lines_rolled_back_leave_no_hole(head: CaseHead) -> None:
    record_append(head, Line("note", "一"))
    with transaction.atomic():
        record_append(head, Line("note", "没有发生"))
        transaction.set_rollback(True)
    record_append(head, Line("note", "二"))
    assert [(entry.seq, entry.text) for entry in entries_of(head.pk)] == [(1, "一"), (2, "二")]
    assert whole(head)


def test_a_standing_chain_is_made_on_first_use(db: None) -> None:
    first = head_named("kernel-standing")
    assert (first.kind, first.seq) == ("system", 0)
    assert head_named("kernel-standing").pk == first.pk


# What goes in comes out


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"z": 1, "a": {"y": [1, 2, {"b": None}], "x": True}}, id="nested, keys out of order"),
        pytest.param({"text": '引号"、换行\n、制表\t、反斜杠\\、𠮷野家、😀'}, id="odd characters"),
        pytest.param({"big": 1e16, "small": 1e-7, "zero": -0.0, "plain": 0.1, "huge": 1e308}, id="floats"),
        pytest.param({"inf": float("inf"), "nan": float("nan")}, id="no numbers"),
        pytest.param({"int": 2**70, "negative": -(2**70)}, id="long integers"),
        pytest.param({"money": Decimal("12.50"), "at": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)}, id="types"),
        pytest.param({1: "key that is no text", "": "empty key"}, id="keys"),
        pytest.param({}, id="nothing"),
    ],
)
def test_data_comes_back_as_it_was_hashed(head: CaseHead, data: dict[Any, Any]) -> None:
    kept = record_append(head, Line("note", "数据", data=data)).data
    assert RecordEntry.objects.get(head=head).data == kept
    assert whole(head)


def test_times_of_any_zone_and_fraction_verify(head: CaseHead) -> None:
    odd = datetime(2026, 11, 22, 3, 5, 7, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    record_append(head, Line("note", "尼泊尔时间", done_at=odd))
    assert RecordEntry.objects.get(head=head).done_at == odd
    assert whole(head)


def test_every_field_counts_in_the_hash(head: CaseHead, actor: Actor) -> None:
    entry = record_append(head, Line("note", "一行", actor, "4.1", ("incident", 1), {"a": 1}))
    fields = {f.attname for f in RecordEntry._meta.concrete_fields} - {"id", "head_id", "hash"}
    for name in fields:
        kept, changed = getattr(entry, name), {"data": {"a": 2}, "late_entry": True, "seq": 9, "actor_id": 0}
        stamp = entry.recorded_at + timedelta(microseconds=1)
        with mock.patch.object(entry, name, changed.get(name, stamp if isinstance(kept, datetime) else f"{kept}0")):
            assert entry_hash(entry, head.key) != entry.hash, name
    assert entry_hash(entry, "another case") != entry.hash


# Verifying


def test_an_untouched_chain_has_no_fault(written: CaseHead) -> None:
    assert reason_of(written) == ""


@pytest.mark.parametrize(
    ("change", "values"),
    [
        ("text = %s", "别的话"),
        ("data = %s", '{"a": 1}'),
        ("clause = %s", "4.9"),
        ("actor_name = %s", "别人"),
        ("late_entry = %s", True),
        ("subject_id = %s", 5),
        ("recorded_at = %s", datetime(2020, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_changed_line_is_found(written: CaseHead, unguarded: None, change: str, values: object) -> None:
    tampered(f"UPDATE record_recordentry SET {change} WHERE head_id = %s AND seq = 3", values, written.pk)  # noqa: S608
    assert reason_of(written) == "3 内容被改动"


def test_a_changed_line_with_a_fresh_hash_is_found(written: CaseHead, unguarded: None) -> None:
    entry = RecordEntry.objects.get(head=written, seq=3)
    entry.text = "别的话"
    entry.hash = entry_hash(entry, written.key)
    entry.save()
    assert reason_of(written) == "4 与上一行接不上"


def test_a_removed_line_is_found(written: CaseHead, unguarded: None) -> None:
    tampered("DELETE FROM record_recordentry WHERE head_id = %s AND seq = 3", written.pk)
    assert reason_of(written) == "3 缺少或插入了一行"


def test_removed_last_lines_are_found(written: CaseHead, unguarded: None) -> None:
    tampered("DELETE FROM record_recordentry WHERE head_id = %s AND seq >= 4", written.pk)
    assert reason_of(written) == "5 末尾被删去，或链头被改动"


def test_an_inserted_line_is_found(written: CaseHead, unguarded: None) -> None:
    for seq in (5, 4, 3):
        tampered("UPDATE record_recordentry SET seq = %s WHERE head_id = %s AND seq = %s", seq + 1, written.pk, seq)
    second = RecordEntry.objects.get(head=written, seq=2)
    forged = RecordEntry.objects.get(head=written, seq=2)
    forged.pk, forged.seq, forged.text, forged.prev_hash = None, 3, "插入的话", second.hash
    forged.hash = entry_hash(forged, written.key)
    forged.save()
    assert reason_of(written) == "4 与上一行接不上"


def test_reordered_lines_are_found(written: CaseHead, unguarded: None) -> None:
    for before, after in ((2, 99), (3, 2), (99, 3)):
        tampered("UPDATE record_recordentry SET seq = %s WHERE head_id = %s AND seq = %s", after, written.pk, before)
    assert reason_of(written) == "2 与上一行接不上"


def test_a_line_moved_to_another_case_is_found(written: CaseHead, unguarded: None) -> None:
    other = head_create(kind="incident", key="CY-20261122-999")
    tampered("UPDATE record_recordentry SET head_id = %s WHERE head_id = %s AND seq = 1", other.pk, written.pk)
    tampered(
        "UPDATE record_casehead SET seq = 1, hash = %s WHERE id = %s",
        RecordEntry.objects.get(head=other).hash,
        other.pk,
    )
    assert reason_of(other) == "1 内容被改动"


def test_a_head_put_back_is_found(written: CaseHead) -> None:
    CaseHead.objects.filter(pk=written.pk).update(seq=4, hash=RecordEntry.objects.get(head=written, seq=4).hash)
    assert reason_of(written) == "4 末尾被删去，或链头被改动"


def test_the_command_says_that_all_is_well(written: CaseHead) -> None:
    out = StringIO()
    call_command("verify_record", stdout=out)
    assert out.getvalue().startswith("完好：")


def test_the_command_names_each_broken_chain_and_fails(written: CaseHead, unguarded: None) -> None:
    tampered("UPDATE record_recordentry SET text = 'x' WHERE head_id = %s AND seq = 2", written.pk)
    triggers.install()
    out = StringIO()
    with pytest.raises(CommandError, match="1 条链断裂"):
        call_command("verify_record", stdout=out)
    assert f"断裂：{written.key} 第 2 行：内容被改动" in out.getvalue()
    assert [fault.seq for fault in verify_record()] == [2]


def test_the_command_fails_without_triggers(unguarded: None) -> None:
    with pytest.raises(CommandError, match="触发器"):
        call_command("verify_record", stdout=StringIO())


# Nobody changes it


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record_recordentry SET text = 'x'",
        "UPDATE record_recordentry SET hash = hash WHERE seq = 1",
        "DELETE FROM record_recordentry WHERE seq = 5",
        "DELETE FROM record_recordentry",
        "TRUNCATE record_recordentry CASCADE",
        "INSERT OR REPLACE INTO record_recordentry SELECT * FROM record_recordentry",
    ],
)
def test_the_database_refuses(written: CaseHead, statement: str) -> None:
    ours = "sqlite" if "OR REPLACE" in statement else "postgresql" if "TRUNCATE" in statement else connection.vendor
    if ours != connection.vendor:
        pytest.skip(f"{statement.split()[0]} {statement.split()[1]} is of {ours} only")
    connection.check_constraints()  # PostgreSQL truncates no table with checks still to be made
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        tampered(statement)
    assert kinds_of(written) == ["note"] * 5
    assert whole(written)


def test_the_orm_is_refused_too(written: CaseHead) -> None:
    entry = RecordEntry.objects.get(head=written, seq=1)
    entry.text = "改一改"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.save()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.delete()


def test_a_case_with_lines_cannot_be_removed(written: CaseHead) -> None:
    with transaction.atomic():
        tampered("DELETE FROM record_casehead WHERE id = %s", written.pk)
        with pytest.raises(DatabaseError):
            connection.check_constraints()
        transaction.set_rollback(True)


def test_triggers_are_installed_again_without_harm(db: None) -> None:
    assert triggers.installed()
    triggers.install()
    assert triggers.installed()
    triggers.drop()
    assert not triggers.installed()
    triggers.install()
    assert triggers.installed()
