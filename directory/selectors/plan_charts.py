"""What the two charts of a plan say, out of its rows: words of clauses, posts, groups, levels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from directory.charts import Body, Flow, FlowLevel, GroupBox, OrgChart, PostLine, Step
from directory.choices import Nature
from directory.models import MeasureActor, PlanVersion, Post, ResponseLevel
from directory.rules import appointments_in_force
from directory.selectors.plans import ClauseView, PlanReading

__all__ = ["flow_notes", "flow_of", "holder_names", "org_of"]

Names = Mapping[int, tuple[str, ...]]

# Bodies that a clause sets up and that are no row of their own: words before the name, the name.
ON_SCENE = re.compile(r"组建(现场应急指挥部)")
ADVISERS = re.compile(r"办公室设立(.{2,20}?工作组)")
HAPPENS = re.compile(r"^(.{2,20}?发生)后")
# Words of 8.2's boxes, used only where the plan has them.
READINESS = ("信息报告", "指挥到位", "人员到位", "资源调配")
PREPARATION = ("应急准备", "事态控制", "分析研判")
EXPANSION = ("扩大应急", "请求增援")


def holder_names(version: PlanVersion) -> Names:
    """Return post id → names of who holds it now; 代行 and 授权 are said."""
    found: dict[int, tuple[str, ...]] = {}
    for row in appointments_in_force().filter(post__version=version):
        mark = "" if row.nature == Nature.TENURE else f"（{Nature(row.nature).label}）"
        found[row.post_id] = (*found.get(row.post_id, ()), f"{row.user.display_name}{mark}")
    return found


def org_of(reading: PlanReading, names: Names | None) -> OrgChart:
    """Return the organisation chart; without ``names`` the posts alone."""
    version = reading.version
    township = _titled(reading, "乡（镇）指挥部")
    beside = [Body(township.title, township.ref)] if township else []
    return OrgChart(
        title=_appendix(reading, "组织机构"),
        command=version.command_name,
        posts=[_post(post, names) for post in reading.command_posts],
        office=version.office_name,
        host=_host(version),
        office_posts=[_post(post, names) for post in reading.office_posts if not post.non_plan],
        under_command=[*beside, *_bodies(reading, ON_SCENE)],
        under_office=list(_bodies(reading, ADVISERS)),
        members=[row.printed_short or row.printed_name for row in reading.members],
        groups=[GroupBox(row.name, row.printed_lead, _others(row)) for row in reading.groups],
    )


def _host(version: PlanVersion) -> str:
    """Return where the office is, in the plan's words."""
    texts: dict[str, Any] = version.texts
    printed = texts.get("command", {}).get("office_host") or texts.get("office", {}).get("host")
    return str(printed or version.office_unit or "")


def _post(post: Post, names: Names | None) -> PostLine:
    return PostLine(post.label, post.title, None if names is None else names.get(post.pk, ()))


def _others(group: Any) -> str:
    tail = "等" if group.open_ended or group.extra.get("members_tail") else ""
    return "、".join(member.printed_name for member in group.members.all()) + tail


def _bodies(reading: PlanReading, pattern: re.Pattern[str]) -> Iterator[Body]:
    for clause in reading.clauses:
        found = pattern.search("".join(clause.paragraphs))
        if found:
            yield Body(found.group(1), clause.ref)


def flow_of(reading: PlanReading) -> Flow:
    """Return the work flow: steps are clauses, levels are rows; 8.2's own words where the text kept them."""
    report = _of_response(reading, "报告")
    watched = _titled(reading, "监测与报告")
    return Flow(
        title=_appendix(reading, "流程图"),
        start=_start(reading, report),
        report=Step(_word(reading, "信息接报", report.title), _unique([report.ref])),
        analysis=_analysis(reading),
        asides=tuple(_asides(reading)),
        question=Step(
            _word(reading, "是否达到应急响应启动条件", "是否出现启动条件的情形之一"),
            _unique(level.conditions_clause for level in reading.levels),
        ),
        warning=tuple(_warning(reading, watched)),
        warning_on_no="启动预警" in reading.flow,
        watched=watched is not None,
        levels=tuple(_level(level) for level in reading.levels),
        readiness=tuple(word for word in READINESS if word in reading.flow),
        control=Step(_word(reading, "事态是否得到控制", "现场是否得以控制"), _unique([_end(reading).ref])),
        expand=_expand(reading),
        end=_end_step(reading),
        aftermath=_aftermath(reading),
    )


def flow_notes(reading: PlanReading) -> list[str]:
    """Return what the reader must know about the chart: what is lost, and where 8.2 and the text differ (G1, G13)."""
    boxes = reading.flow
    if not boxes:
        return ["原件的图不在文本中，本图按正文条款绘制；菱形框里的问句按条款文字写成。"]
    notes = ["原件的图不在文本中（只留下各框的文字，连线和排布缺失），本图按正文条款绘制。"]
    if {"后期处置", "应急结束"} <= set(boxes) and boxes.index("后期处置") < boxes.index("应急结束"):
        order = f"附录{_appendix_ref(reading, '流程图')}的文字先写「后期处置」，后写「应急结束」；"
        notes.append(
            f"{order}正文{_end(reading).ref}应急结束在先，第{_aftermath(reading).cited}章后期处置在后，本图按正文。"
        )
    if reading.levels and any("县指挥部视情予以指导协调" in box for box in boxes):
        notes.append(
            f"附录的Ⅲ级框写「县指挥部视情予以指导协调」，正文{reading.levels[-1].measures_clause}"
            "写由县指挥部办公室密切关注、视情派出应急工作组：两处不一致，照录。"
        )
    return notes


def _start(reading: PlanReading, report: ClauseView) -> Step:
    own = _titled(reading, "先期处置")
    happens = HAPPENS.match("".join(report.paragraphs))
    title = _word(reading, "突发事件发生", happens.group(1) if happens else "事件发生")
    return Step(title, (own.ref,) if own else (), (f"事发单位{own.title}",) if own else ())


def _analysis(reading: PlanReading) -> Step:
    handling = _titled(reading, "信息处理")
    if handling is None:
        return Step("分析研判", _unique(level.procedure_clause for level in reading.levels))
    parts = reading.version.texts.get("info_handling", [])
    return Step(handling.title, (handling.ref,), tuple(f"（{row['no']}）{row['title']}" for row in parts))


def _asides(reading: PlanReading) -> Iterator[Step]:
    """Yield what leaves the flow: false alarms, events that are somebody else's (comms 4.2)."""
    handling = _titled(reading, "信息处理")
    for part in reading.version.texts.get("info_handling", []):
        for branch in part.get("branches", [])[1:]:
            yield Step(branch["case"], (handling.ref,) if handling else (), (branch["outcome"],))


def _warning(reading: PlanReading, watched: ClauseView | None) -> Iterator[Step]:
    if watched is not None:
        yield Step(watched.title, (watched.ref,))
    names = "、".join(level.name for level in reading.warning_levels)
    grading = reading.warning_levels[0].clause if reading.warning_levels else ""
    for clause in reading.clauses:
        if "监测与发布" in clause.title or clause.title == "预警发布":
            yield Step(_word(reading, "启动预警", clause.title), (grading, clause.ref), (names,))
        elif clause.title == "预警行动":
            words = [word for word in PREPARATION if word in reading.flow]
            yield Step(clause.title, (clause.ref,), ("、".join(words),) if words else ())
        elif clause.title == "预警解除":
            lift = reading.version.texts.get("warning_flow", {}).get("lift", {})
            yield Step(clause.title, (clause.ref,), tuple(lift.get("conditions", ())))


def _level(level: ResponseLevel) -> FlowLevel:
    posts = "或".join(level.approver_posts)
    starter = f"{level.confirmed_by}确认后，由{posts}启动" if level.needs_confirmation else f"{posts}"
    measures = [row for row in level.measures.all() if row.number]
    headings = [row.heading for row in measures if row.heading]
    words = "、".join(headings) if headings else f"{len(measures)}项"
    return FlowLevel(
        title=str(level),
        ref=level.clause,
        starter=starter,
        conditions=tuple(row.text for row in level.conditions.all()),
        measures=f"响应措施：{words}〔{level.measures_clause}〕",
    )


def _later(reading: PlanReading) -> Iterator[tuple[str, MeasureActor]]:
    """Yield the tasks that wait for an event (reinforcement, handover), with their clause."""
    for level in reading.levels:
        for measure in level.measures.all():
            for actor in measure.actors.all():
                if actor.on_event:
                    number = f"（{measure.number}）" if measure.number else ""
                    yield f"{level.measures_clause}{number}", actor


def _expand(reading: PlanReading) -> Step:
    later = list(_later(reading))
    words = [word for word in EXPANSION if word in reading.flow] or ["请求增援"]
    return Step("、".join(words), _unique(ref for ref, _ in later), _unique(actor.title for _, actor in later))


def _end(reading: PlanReading) -> ClauseView:
    return _of_response(reading, "应急结束")


def _end_step(reading: PlanReading) -> Step:
    end, texts = _end(reading), reading.version.texts.get("response_end", {})
    lines = list(texts.get("conditions", ()))
    if texts.get("principle"):
        lines.append(f"“{texts['principle']}”")
    if texts.get("announced_by"):
        lines.append(f"经{texts['approved_by']}批准，由{texts['announced_by']}宣布")
    elif texts.get("approved_by"):
        lines.append(f"经{texts['approved_by']}确认和批准")
    return Step(end.title, _unique([end.ref]), tuple(lines))


def _aftermath(reading: PlanReading) -> Step:
    chapter = next((row for row in reading.clauses if row.title == "后期处置"), _missing("后期处置"))
    inside = [row.title for row in reading.clauses if chapter.ref and row.ref.startswith(f"{chapter.ref}.")]
    return Step(chapter.title, _unique([chapter.ref]), ("、".join(inside),) if inside else ())


def _titled(reading: PlanReading, words: str) -> ClauseView | None:
    return next((row for row in reading.clauses if words in row.title and not row.ref.startswith("8")), None)


def _of_response(reading: PlanReading, words: str) -> ClauseView:
    """Return the section of the chapter 应急响应 with these words in its title; without a number if there is none."""
    chapter = next((row.ref for row in reading.clauses if row.title == "应急响应"), "")
    found = (row for row in reading.clauses if words in row.title and row.ref.startswith(f"{chapter}."))
    return next(found, _missing(words))


def _missing(title: str) -> ClauseView:
    """Return a step that the plan has no section for: a revised plan may be cut otherwise."""
    return ClauseView("", title, 1, [], "")


def _appendix(reading: PlanReading, words: str) -> str:
    return next((row.title for row in reading.clauses if words in row.title), reading.version.title)


def _appendix_ref(reading: PlanReading, words: str) -> str:
    return next((row.ref for row in reading.clauses if words in row.title), "")


def _word(reading: PlanReading, word: str, otherwise: str) -> str:
    """Return 8.2's word where the plan's text kept it."""
    return word if word in reading.flow else otherwise


def _unique(words: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))
