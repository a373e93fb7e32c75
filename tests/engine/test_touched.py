"""Two sessions at one file are told of each other: once, both, and before the second writes where that is asked."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.repositories import repository
from tests.scripts import REFERENCE, Hold, call, eventually, scripted, text
from tui.engine.changes.touched import tell_both, warning, writers
from tui.engine.log import Log
from tui.engine.session import Session
from tui.engine.workspace import Workspace
from tui.events import (
    Entry,
    FileKept,
    FileRestored,
    FileShared,
    FileWritten,
    PromptSubmitted,
    SessionEvent,
    SessionOpened,
    TurnEnded,
)
from tui.state import SessionState, fold

Work = Callable[..., Awaitable[Workspace]]
FILE = "/w/a.txt"


class _Nowhere:
    def add(self, entry: Entry) -> None: ...

    async def drain(self) -> None: ...

    async def settle(self) -> None: ...


def log_of(slot: int, *events: SessionEvent, parent_call: tuple[str, str] | None = None) -> Log:
    log = Log(SessionState(f"s{slot}"), _Nowhere())
    log.emit(SessionOpened(workspace="/w", cwd="/w", title=f"t{slot}", model="m", slot=slot, parent_call=parent_call))
    for event in events:
        log.emit(event)
    return log


def begun(turn: str) -> PromptSubmitted:
    return PromptSubmitted(prompt_id=f"p{turn}", turn_id=turn, text="Go")


def wrote(turn: str, path: str = FILE) -> tuple[SessionEvent, ...]:
    return (
        FileKept(turn_id=turn, call_id="c", path=path, blob="old"),
        FileWritten(turn_id=turn, call_id="c", path=path, digest="new"),
    )


def ended(turn: str) -> TurnEnded:
    return TurnEnded(turn_id=turn, outcome="done")


def shared(log: Log) -> list[FileShared]:
    return [entry.event for entry in log.since(0) if isinstance(entry.event, FileShared)]


# --- who wrote it


def test_whoever_wrote_it_in_the_last_turn_is_found_and_nobody_else() -> None:
    me = log_of(1).state
    last = log_of(2, begun("t"), *wrote("t"), ended("t"))
    running = log_of(3, begun("t"), *wrote("t"))
    earlier = log_of(4, begun("t"), *wrote("t"), ended("t"), begun("u"))
    undone = log_of(
        5, begun("t"), *wrote("t"), ended("t"), FileRestored(turn_id="t", path=FILE, digest="old", replaced="new")
    )
    other = log_of(6, begun("t"), *wrote("t", "/w/b.txt"))
    states = [log.state for log in (last, running, earlier, undone, other)]
    assert {(touch.slot, touch.busy) for touch in writers([me, *states], FILE, but=me)} == {(2, False), (3, True)}


def test_a_call_that_the_person_ran_again_counts_too() -> None:
    me = log_of(1).state
    other = log_of(2, begun("t"), ended("t"), *wrote("call_again"))
    assert [touch.slot for touch in writers([other.state], FILE, but=me)] == [2]


def test_a_sub_agent_and_who_sent_it_are_no_strangers() -> None:
    top = log_of(1, begun("t"), *wrote("t"))
    child = log_of(2, begun("t"), *wrote("t"), parent_call=("s1", "c"))
    assert tell_both([top, child], child, FILE) == []
    assert shared(top) == shared(child) == []


# --- who is told


def test_both_are_told_once_and_each_of_the_other() -> None:
    first, second = log_of(1, begun("t"), *wrote("t")), log_of(2, begun("t"), *wrote("t"))
    told = tell_both([first, second], second, FILE)
    assert [touch.slot for touch in told] == [1]
    assert [(event.other, event.slot, event.last) for event in shared(second)] == [("s1", 1, False)]
    assert [(event.other, event.slot, event.last) for event in shared(first)] == [("s2", 2, True)]
    assert tell_both([first, second], second, FILE) == tell_both([first, second], first, FILE) == []
    assert len(shared(first)) == len(shared(second)) == 1


def test_a_restart_does_not_say_it_again() -> None:
    first, second = log_of(1, begun("t"), *wrote("t")), log_of(2, begun("t"), *wrote("t"))
    tell_both([first, second], second, FILE)
    again = [Log(fold(log.state.session_id, log.since(0)), _Nowhere(), entries=log.since(0)) for log in (first, second)]
    assert tell_both(again, again[1], FILE) == []


Moves = Sequence[tuple[int, str, int]]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["begin", "end", "write"]), st.integers(0, 2)), max_size=40)
)
def test_whatever_happens_no_pair_hears_twice_of_one_file_and_both_hear_of_it(moves: Moves) -> None:
    logs = [log_of(slot) for slot in range(4)]
    for number, (who, what, which) in enumerate(moves):
        log, path = logs[who], f"/w/{which}"
        running = log.state.turn
        if what == "begin" and running is None:
            log.emit(begun(f"t{number}"))
        elif what == "end" and running is not None:
            log.emit(ended(running.turn_id))
        elif what == "write" and running is not None:
            for event in wrote(running.turn_id, path):
                log.emit(event)
            tell_both(logs, log, path)
    pairs = [(log.state.session_id, event.other, event.path) for log in logs for event in shared(log)]
    assert len(pairs) == len({*pairs})
    assert {*pairs} == {(other, one, path) for one, other, path in pairs}
    assert all(one != other for one, other, _ in pairs)
    for log in logs:
        assert {(event.path, event.other) for event in shared(log)} == {
            (path, other) for path, others in log.state.shared.items() for other in others
        }


def test_the_warning_names_the_session_and_how_long_ago() -> None:
    me, other = log_of(1).state, log_of(7, begun("t"), *wrote("t"), ended("t"))
    at = other.state.files["t"][FILE].at
    assert warning([other.state], [Path(FILE)], but=me, now=at + 130) == "Session 7 changed this file (2 min ago)."
    assert warning([other.state], [Path("/w/b")], but=me, now=at) == ""


# --- in a workspace


async def one(workspace: Workspace, mode: str = "accept-edits") -> Session:
    session = await workspace.new_session(REFERENCE)
    session.change_mode(mode)  # type: ignore[arg-type]
    return session


async def test_two_sessions_that_write_one_file_are_told_and_the_app_too(work: Work, tmp_path: Path) -> None:
    write = call("write", {"path": "new.txt", "content": "x\n"})
    edit = call("edit", {"path": "new.txt", "old": "x", "new": "y"})
    read = call("read", {"path": "new.txt"})
    models, _ = scripted([write], [text("Done.")], [read], [edit], [text("Done.")])
    workspace = await work(models)
    heard: list[tuple[int, int]] = []
    workspace.shared = lambda state, touch: heard.append((state.slot, touch.slot))
    first, second = await one(workspace), await one(workspace)
    first.submit("Write")
    await first.rest()
    second.submit("Edit")
    await second.rest()
    assert (tmp_path / "project" / "new.txt").read_text() == "y\n"
    assert [(event.slot, event.last) for event in shared(first.log)] == [(second.state.slot, True)]
    assert [(event.slot, event.last) for event in shared(second.log)] == [(first.state.slot, False)]
    assert heard == [(second.state.slot, first.state.slot)]


async def test_a_question_says_who_changed_the_file_before_it_is_changed_again(work: Work) -> None:
    write = call("write", {"path": "new.txt", "content": "x\n"})
    edit = call("edit", {"path": "new.txt", "old": "x", "new": "y"})
    hold = Hold()
    models, _ = scripted([write], [hold, text("Done.")], [call("read", {"path": "new.txt"})], [edit], [text("Done.")])
    workspace = await work(models)
    first, second = await one(workspace), await one(workspace, "ask")
    first.submit("Write")
    await hold.reached()
    second.submit("Edit")
    await eventually(lambda: second.state.asking())
    approval = second.state.asking()[0].approval
    assert approval is not None and f"Session {first.state.slot} is at work on this file (" in approval.why
    second.decide(approval.approval_id, "allow")
    await second.rest()
    hold.release()
    await first.rest()
    assert [event.slot for event in shared(second.log)] == [first.state.slot]


async def test_the_same_name_in_two_worktrees_is_two_files(work: Work, tmp_path: Path) -> None:
    repository(tmp_path / "project")
    write = call("write", {"path": "new.txt", "content": "x\n"})
    models, _ = scripted([write], [text("Done.")], [write], [text("Done.")])
    workspace = await work(models)
    first, second = await one(workspace), await one(workspace)
    await workspace.worktrees.give(second)
    for session in (first, second):
        session.submit("Write")
        await session.rest()
    assert all(call.ended is not None and call.ended.outcome == "ok" for call in second.state.calls.values())
    assert shared(first.log) == shared(second.log) == []
    assert (Path(second.state.cwd) / "new.txt").exists() and (tmp_path / "project" / "new.txt").exists()
