"""What turns did to files is undone also by another process: after a restart, and after a kill at the worst moment."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.filing import Filing
from tests.scripts import REFERENCE, ScriptedModels, call, eventually, scripted, text
from tui.engine.session import Session
from tui.engine.workspace import open_workspace
from tui.store.store import Store
from tui.tools.catalog import Catalog

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path.resolve() / "project"
    made.mkdir()
    return made


@pytest.mark.parametrize(
    ("where", "state", "others"), [("done", "changed", False), ("written", "changed", True), ("kept", "same", False)]
)
async def test_a_process_that_is_killed_leaves_nothing_that_cannot_be_undone(
    tmp_path: Path, folder: Path, where: str, state: str, others: bool
) -> None:
    (folder / "file").write_text("old")
    path = tmp_path / "killed" / "penstock.db"
    path.parent.mkdir()
    run = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.engine.filing", where, str(path), str(folder)],
        cwd=ROOT,
        capture_output=True,
        timeout=30,
    )
    assert run.returncode == -signal.SIGKILL, run.stderr
    store = await Store.open(path)
    try:
        filing = await Filing.again(store, folder)
        filing.log.state.turns.clear()  # what closes them after a crash is not at stake here
        change = (await filing.points.changes("t1"))[0]
        assert (change.state, change.others) == (state, others)
        assert [one[0] for one in await filing.undo("t1")] == [where == "done"]
        assert (await filing.undo("t1", force=True))[0][0] is (where == "written")
        assert (folder / "file").read_text() == "old"
    finally:
        await store.close()


def changing() -> ScriptedModels:
    return scripted(
        [call("read", {"path": "notes.txt"})],
        [call("edit", {"path": "notes.txt", "old": "two", "new": "2"}), call("write", {"path": "new", "content": "x"})],
        [text("Done.")],
    )[0]


async def ran(session: Session) -> str:
    """A turn in which everything is allowed; its id."""
    session.submit("Go")

    def allowed() -> bool:
        for asked in session.state.asking():
            if asked.approval is not None:
                session.decide(asked.approval.approval_id, "allow")
        return not session.running

    await eventually(allowed)
    return session.state.turns[-1].turn_id


async def test_a_session_undoes_its_turns_also_after_a_restart(tmp_path: Path, folder: Path) -> None:
    (folder / "notes.txt").write_text("one\ntwo\n")
    path = tmp_path / "restart" / "penstock.db"
    path.parent.mkdir()
    session_id = turn_id = ""
    for visit in range(3):
        store = await Store.open(path)
        async with open_workspace(
            store=store, models=changing(), toolbox=Catalog(), root=folder, cwd=folder
        ) as workspace:
            if not visit:
                session = await workspace.new_session(REFERENCE)
                session_id, turn_id = session.id, await ran(session)
            else:
                session = await workspace.open_session(session_id)
            assert [change.state for change in await session.changes(turn_id)] == [
                ["created", "changed"], ["created", "changed"], ["undone", "undone"]
            ][visit]  # fmt: skip
            if visit == 1:
                assert [one.done for one in await session.undo(turn_id)] == [True, True]
                assert (folder / "notes.txt").read_text() == "one\ntwo\n"
            if visit == 2:
                assert [one.done for one in await session.redo(turn_id)] == [True, True]
        await store.close()
    assert ((folder / "notes.txt").read_text(), (folder / "new").read_text()) == ("one\n2\n", "x")


async def test_a_call_that_the_person_runs_again_is_undone_by_its_own_name(store: Store, folder: Path) -> None:
    (folder / "notes.txt").write_text("one\ntwo\n")
    async with open_workspace(store=store, models=changing(), toolbox=Catalog(), root=folder, cwd=folder) as workspace:
        session = await workspace.new_session(REFERENCE)
        turn_id = await ran(session)
        original = next(one for one in session.state.calls.values() if one.tool == "write")
        (folder / "new").unlink()
        side = session.rerun(original.call_id)

        def allowed() -> bool:
            for asked in session.state.asking():
                if asked.approval is not None:
                    session.decide(asked.approval.approval_id, "allow")
            return session.state.calls[side].ended is not None

        await eventually(allowed)
        assert [change.state for change in await session.changes(side)] == ["created"]
        assert [one.done for one in await session.undo(side)] == [True]
        assert not (folder / "new").exists()
        assert [one.told for one in await session.undo(turn_id, [str(folder / "new")])] == [
            "It is as it was before the turn."
        ]
