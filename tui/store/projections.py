"""What each event adds to the projection tables, and how they are made again from the log.

``project`` is pure: an entry gives statements. They are upserts and updates by key, so that writing the
same entry twice changes nothing, and they never fail on what an event carries: text that UTF-8 cannot hold and
numbers that SQLite cannot hold are brought into range here (the event keeps them as they were).
"""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, assert_never

from tui.events import (
    ApprovalDecided,
    ApprovalRequested,
    BudgetChanged,
    CompactionFailed,
    CompactionStarted,
    ContextCompacted,
    EffortChanged,
    Entry,
    FileKept,
    FileRestored,
    FileShared,
    FileWritten,
    GrantAdded,
    GrantRevoked,
    GroupJoined,
    InstructionsRead,
    JobEnded,
    JobStarted,
    ModeChanged,
    ModelChanged,
    PartDelta,
    PartEnded,
    PartStarted,
    PromptEdited,
    PromptMoved,
    PromptQueued,
    PromptSteered,
    PromptSubmitted,
    PromptWithdrawn,
    QuestionAnswered,
    QuestionAsked,
    SessionArchived,
    SessionClosed,
    SessionForked,
    SessionImported,
    SessionOpened,
    SessionRenamed,
    SideCall,
    StepEnded,
    StepRetried,
    StepStarted,
    SummaryKept,
    SystemChanged,
    ToolEnded,
    ToolOutput,
    ToolStarted,
    TurnEnded,
    TurnPutAway,
    WorktreeEnded,
    WorktreeMade,
)
from tui.lines import deed, named_paths
from tui.messages import ToolCallPart, Usage
from tui.store.added_columns import carry
from tui.store.call_columns import touched_text
from tui.store.schema import PROJECTIONS

SNIPPET = 200
"""Characters of the last prompt that a session's row shows."""
_MOST = 2**63 - 1

Statement = tuple[str, tuple[Any, ...]]
SessionHappening = (
    SessionOpened | SessionRenamed | SessionArchived | ModelChanged | GroupJoined | SessionForked | SessionClosed
)
PromptHappening = PromptQueued | PromptEdited | PromptMoved | PromptWithdrawn | PromptSteered | PromptSubmitted
StepHappening = StepStarted | StepRetried | StepEnded | PartStarted | PartEnded
CallHappening = (
    ApprovalRequested | ApprovalDecided | ToolStarted | ToolEnded | SideCall | QuestionAsked | QuestionAnswered
)


def project(entry: Entry) -> list[Statement]:
    """The statements of one entry, in order. Scratch has none."""
    event = entry.event
    match event:
        case PartDelta() | ToolOutput():
            return []
        case (
            SessionOpened()
            | SessionRenamed()
            | SessionArchived()
            | ModelChanged()
            | GroupJoined()
            | SessionForked()
            | SessionClosed()
        ):
            rows = _session_rows(entry, event)
        case PromptQueued() | PromptEdited() | PromptMoved() | PromptWithdrawn() | PromptSteered() | PromptSubmitted():
            rows = _prompt_rows(entry, event)
        case StepStarted() | StepRetried() | StepEnded() | PartStarted() | PartEnded():
            rows = _step_rows(entry, event)
        case (
            ApprovalRequested()
            | ApprovalDecided()
            | ToolStarted()
            | ToolEnded()
            | SideCall()
            | QuestionAsked()
            | QuestionAnswered()
        ):
            rows = _call_rows(entry, event)
        case WorktreeMade():
            rows = [("UPDATE p_sessions SET cwd=? WHERE id=?", (event.cwd, entry.session_id))]
        case WorktreeEnded():
            rows = [("UPDATE p_sessions SET cwd=workspace WHERE id=?", (entry.session_id,))]
        case TurnEnded():
            rows = [
                (
                    "UPDATE p_turns SET ended_at=?, ended_seq=?, outcome=?, error=?, hint=?"
                    " WHERE session_id=? AND turn_id=?",
                    (entry.at, entry.seq, event.outcome, event.error, event.hint, entry.session_id, event.turn_id),
                )
            ]
        case TurnPutAway():
            key = (entry.session_id, event.turn_id)
            rows = [("UPDATE p_turns SET put_away=1 WHERE session_id=? AND turn_id=?", key)]
        case CompactionStarted() | SummaryKept() | CompactionFailed():
            rows = _compaction_rows(entry, event)
        case (
            GrantAdded()
            | GrantRevoked()
            | ContextCompacted()
            | ModeChanged()
            | SystemChanged()
            | EffortChanged()
            | BudgetChanged()
            | InstructionsRead()
            | SessionImported()
            | FileShared()
            | JobStarted()
            | JobEnded()
            | FileKept()
            | FileWritten()
            | FileRestored()
        ):
            rows = []  # nothing that a table shows: the fold knows them
        case _:
            assert_never(event)
    return [(sql, tuple(map(storable, values))) for sql, values in rows]


def touch(entry: Entry) -> Statement:
    """What every entry but scratch does to its session; in a batch the last one is enough."""
    return "UPDATE p_sessions SET changed_at=?, seq=? WHERE id=?", (entry.at, entry.seq, storable(entry.session_id))


def rebuild(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Empty the projection tables and fill them from ``entries``, inside the caller's transaction."""
    for table in PROJECTIONS:
        connection.execute(f"DELETE FROM {table}")
    for entry in entries:
        for sql, values in _all_of(entry):
            connection.execute(sql, values)


def storable(value: Any) -> Any:
    """``value`` such that SQLite takes it."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, int) and not -_MOST <= value <= _MOST:
        return _MOST if value > 0 else -_MOST
    return value


def _all_of(entry: Entry) -> Iterator[Statement]:
    yield from project(entry)
    if not isinstance(entry.event, PartDelta | ToolOutput):
        yield touch(entry)


def _session_rows(entry: Entry, event: SessionHappening) -> list[Statement]:
    def change(**columns: Any) -> list[Statement]:
        names = ", ".join(f"{name}=?" for name in columns)
        return [(f"UPDATE p_sessions SET {names} WHERE id=?", (*columns.values(), entry.session_id))]

    match event:
        case SessionOpened():
            parent, call = event.parent_call or (None, None)
            values = (entry.session_id, event.workspace, event.cwd, event.title, event.model, event.slot, parent, call)
            return [
                (
                    "INSERT INTO p_sessions (id, workspace, cwd, title, model, slot, parent_session, parent_call,"
                    " opened_at, changed_at, seq) VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
                    (*values, entry.at, entry.at, entry.seq),
                )
            ]
        case SessionRenamed():
            return change(title=event.title)
        case SessionArchived():
            return change(archived=event.archived)
        case ModelChanged():
            return change(model=event.model)
        case GroupJoined():
            return change(group_id=event.group)
        case SessionForked():
            return change(forked_from=event.parent, forked_through=event.through_seq)
        case SessionClosed():
            return change(closed=True)
        case _:
            assert_never(event)


def _prompt_rows(entry: Entry, event: PromptHappening) -> list[Statement]:
    sid = entry.session_id
    key = (sid, event.prompt_id)
    reopen: Statement = ("UPDATE p_sessions SET closed=0 WHERE id=? AND closed", (sid,))
    match event:
        case PromptQueued():
            return [
                reopen,
                (
                    "INSERT INTO prompts (session_id, prompt_id, seq, at, state) VALUES (?,?,?,?,'queued')"
                    " ON CONFLICT DO NOTHING",
                    (*key, entry.seq, entry.at),
                ),
            ]
        case PromptEdited() | PromptMoved():
            return [reopen]
        case PromptSteered():
            return [reopen, ("UPDATE prompts SET steer=? WHERE session_id=? AND prompt_id=?", (event.steer, *key))]
        case PromptWithdrawn():
            return [
                reopen,
                (
                    "UPDATE prompts SET state='withdrawn', ended_seq=?"
                    " WHERE session_id=? AND prompt_id=? AND state='queued'",
                    (entry.seq, *key),
                ),
            ]
        case PromptSubmitted():
            return [reopen, *_submitted_rows(entry, event)]
        case _:
            assert_never(event)


def _submitted_rows(entry: Entry, event: PromptSubmitted) -> list[Statement]:
    sid, seq, at, turn = entry.session_id, entry.seq, entry.at, event.turn_id
    return [
        (
            "INSERT INTO prompts (session_id, prompt_id, seq, at, state, turn_id, ended_seq)"
            " VALUES (?,?,?,?,'sent',?,?)"
            " ON CONFLICT DO UPDATE SET state='sent', turn_id=excluded.turn_id, ended_seq=excluded.ended_seq",
            (sid, event.prompt_id, seq, at, turn, seq),
        ),
        (
            "INSERT INTO p_turns (session_id, turn_id, seq, started_at) VALUES (?,?,?,?) ON CONFLICT DO NOTHING",
            (sid, turn, seq, at),
        ),
        (
            "INSERT INTO p_messages (session_id, source_id, seq, at, role, kind, turn_id, ended_seq, ended_at, chars,"
            " images) VALUES (?,?,?,?,'user','text',?,?,?,?,?) ON CONFLICT DO NOTHING",
            (sid, event.prompt_id, seq, at, turn, seq, at, len(event.text), len(event.images)),
        ),
        ("UPDATE p_sessions SET last_prompt=? WHERE id=?", (event.text[:SNIPPET], sid)),
    ]


def _step_rows(entry: Entry, event: StepHappening) -> list[Statement]:
    sid, seq, at = entry.session_id, entry.seq, entry.at
    match event:
        case StepStarted():
            return [
                (
                    "INSERT INTO p_usage (session_id, step_id, seq, turn_id, model, started_at) VALUES (?,?,?,?,?,?)"
                    " ON CONFLICT DO NOTHING",
                    (sid, event.step_id, seq, event.turn_id, event.model, at),
                )
            ]
        case StepRetried():
            return [
                (
                    "UPDATE p_usage SET retries=? WHERE session_id=? AND step_id=?",
                    (event.attempt, sid, event.step_id),
                )
            ]
        case StepEnded():
            used = event.usage
            tokens = (used.input_tokens, used.output_tokens, used.cache_read_tokens, used.cache_write_tokens)
            times = (event.first_token, event.duration, event.price)
            return [
                (
                    "UPDATE p_usage SET ended_at=?, stop=?, input_tokens=?, output_tokens=?, cache_read_tokens=?,"
                    " cache_write_tokens=?, reasoning_tokens=?, first_token=?, duration=?, price=?"
                    " WHERE session_id=? AND step_id=?",
                    (at, event.stop.value, *tokens, used.reasoning_tokens, *times, sid, event.step_id),
                ),
                (  # an estimate: a step's calls share its price alike
                    "UPDATE p_tool_calls SET price = ?1 / (SELECT count(*) FROM p_tool_calls WHERE session_id=?2 AND"
                    " step_id=?3) WHERE session_id=?2 AND step_id=?3",
                    (event.price, sid, event.step_id),
                ),
                *carry(sid, event.step_id, seq, used, event.price),
            ]
        case PartStarted():
            return [
                (
                    "INSERT INTO p_messages (session_id, source_id, seq, at, role, kind, step_id, turn_id)"
                    " VALUES (?,?,?,?,'assistant',?,?,(SELECT turn_id FROM p_usage WHERE session_id=? AND step_id=?))"
                    " ON CONFLICT DO NOTHING",
                    (sid, event.part_id, seq, at, event.kind, event.step_id, sid, event.step_id),
                )
            ]
        case PartEnded():
            return _part_ended_rows(entry, event)
        case _:
            assert_never(event)


def _compaction_rows(entry: Entry, event: CompactionStarted | SummaryKept | CompactionFailed) -> list[Statement]:
    """A request for a summary costs what a step costs, and stands among them; one that cost nothing does not."""
    key = (entry.session_id, event.compaction_id)
    match event:
        case CompactionStarted():
            return [
                (
                    "INSERT INTO p_usage (session_id, step_id, seq, turn_id, model, started_at) VALUES (?,?,?,'',?,?)"
                    " ON CONFLICT DO NOTHING",
                    (*key, entry.seq, event.model, entry.at),
                )
            ]
        case CompactionFailed(usage=Usage(input_tokens=0, output_tokens=0), price=0.0):
            return [("DELETE FROM p_usage WHERE session_id=? AND step_id=? AND ended_at IS NULL", key)]
        case SummaryKept() | CompactionFailed():
            used = event.usage
            tokens = (used.input_tokens, used.output_tokens, used.cache_read_tokens, used.cache_write_tokens)
            duration, model = (event.duration, event.model) if isinstance(event, SummaryKept) else (None, "")
            return [
                (
                    "UPDATE p_usage SET ended_at=?, stop='end', input_tokens=?, output_tokens=?, cache_read_tokens=?,"
                    " cache_write_tokens=?, reasoning_tokens=?, duration=?, price=?,"
                    " model=coalesce(nullif(?, ''), model) WHERE session_id=? AND step_id=?",
                    (entry.at, *tokens, used.reasoning_tokens, duration, event.price, model, *key),
                )
            ]
        case _:
            assert_never(event)


def _part_ended_rows(entry: Entry, event: PartEnded) -> list[Statement]:
    sid, seq, at, part = entry.session_id, entry.seq, entry.at, event.part
    call = part if isinstance(part, ToolCallPart) else None
    text = call.arguments if call else getattr(part, "text", "")
    rows: list[Statement] = [
        (
            "UPDATE p_messages SET ended_seq=?, ended_at=?, chars=?, cut=?, call_id=?"
            " WHERE session_id=? AND source_id=?",
            (seq, at, len(text), event.cut, call.call_id if call else None, sid, event.part_id),
        )
    ]
    if call is not None and not event.cut:
        rows.append(
            (
                "INSERT INTO p_tool_calls (session_id, call_id, seq, tool, requested_at, line, path, step_id, turn_id)"
                " SELECT ?,?,?,?,?,?,?, max(step_id), max(turn_id) FROM p_messages WHERE session_id=? AND source_id=?"
                " ON CONFLICT DO NOTHING",
                (sid, call.call_id, seq, call.name, at, *_said(call.name, call.arguments), sid, event.part_id),
            )
        )
    return rows


def _call_rows(entry: Entry, event: CallHappening) -> list[Statement]:
    sid, seq, at = entry.session_id, entry.seq, entry.at
    match event:
        case ApprovalRequested() | ApprovalDecided():
            return _approval_rows(entry, event)
        case SideCall():
            return [
                (
                    "INSERT INTO p_tool_calls (session_id, call_id, seq, tool, original, requested_at, line, path)"
                    " VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
                    (sid, event.call_id, seq, event.tool, event.original, at, *_said(event.tool, event.arguments)),
                )
            ]
        case ToolStarted():
            return [
                (
                    "UPDATE p_tool_calls SET started_at=?, started_seq=?, line=?, path=?"
                    " WHERE session_id=? AND call_id=?",
                    (at, seq, *_said(event.tool, event.arguments), sid, event.call_id),
                ),
                _state_row(entry, event.call_id, "running"),
            ]
        case ToolEnded():
            outcome = event.outcome.value
            ended = (at, seq, outcome, outcome, event.duration, len(event.text), event.output_bytes)
            return [
                (
                    "UPDATE p_tool_calls SET ended_at=?, ended_seq=?, outcome=?, state=?, duration=?, chars=?,"
                    " output_bytes=?, touched=? WHERE session_id=? AND call_id=?",
                    (*ended, touched_text(event.paths), sid, event.call_id),
                ),
                *(
                    (
                        "INSERT INTO p_files_touched VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING",
                        (sid, path, seq, event.call_id, at),
                    )
                    for path in event.paths
                ),
            ]
        case QuestionAsked():
            return [
                (
                    "INSERT INTO questions (session_id, question_id, seq, call_id, asked_at) VALUES (?,?,?,?,?)"
                    " ON CONFLICT DO NOTHING",
                    (sid, event.question_id, seq, event.call_id, at),
                )
            ]
        case QuestionAnswered():
            return [
                (
                    "UPDATE questions SET answered_at=?, answered_seq=? WHERE session_id=? AND question_id=?",
                    (at, seq, sid, event.question_id),
                )
            ]
        case _:
            assert_never(event)


def _approval_rows(entry: Entry, event: ApprovalRequested | ApprovalDecided) -> list[Statement]:
    sid, seq, at = entry.session_id, entry.seq, entry.at
    if isinstance(event, ApprovalRequested):
        return [
            (
                "INSERT INTO p_approvals (session_id, approval_id, seq, call_id, tool, effect, why, asked_at)"
                " VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
                (sid, event.approval_id, seq, event.call_id, event.tool, event.effect, event.why, at),
            ),
            _state_row(entry, event.call_id, "asking"),
        ]
    return [
        (  # what a policy decided was never asked: the decision makes the row; a fork withdraws what its parent asked
            "INSERT INTO p_approvals (session_id, approval_id, seq, call_id, decided_at, decided_seq, decision,"
            " decided_by, scope, reason) SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9,?10 WHERE EXISTS"
            " (SELECT 1 FROM p_tool_calls WHERE session_id=?1 AND call_id=?4) ON CONFLICT DO UPDATE SET"
            " decided_at=excluded.decided_at, decided_seq=excluded.decided_seq, decision=excluded.decision,"
            " decided_by=excluded.decided_by, scope=excluded.scope, reason=excluded.reason",
            (
                *(sid, event.approval_id, seq, event.call_id, at, seq),
                *(event.decision, event.by, event.scope, event.reason),
            ),
        ),
        _state_row(entry, event.call_id, "waiting"),
    ]


def _state_row(entry: Entry, call_id: str, state: str) -> Statement:
    """A call's state, unless it is further on already."""
    before = "" if state == "running" else " AND started_at IS NULL"
    return (
        f"UPDATE p_tool_calls SET state=? WHERE session_id=? AND call_id=? AND ended_at IS NULL{before}",
        (state, entry.session_id, call_id),
    )


def _said(tool: str, arguments: str) -> tuple[str, str]:
    """What a call does, and the files that it names."""
    return deed(tool, arguments), named_paths(arguments)
