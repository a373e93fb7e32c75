"""kill -9 around a call and a job: what is known is kept, what is not is called unknown, and nothing runs twice."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.call_victim import PLACES
from tests.engine.test_break import assert_whole
from tests.scripts import REFERENCE, call, eventually, scripted, text
from tests.tools.test_child import is_gone, pid_in
from tui.engine.workspace import open_workspace
from tui.events import JobEnded
from tui.messages import ToolResultPart
from tui.state import fold
from tui.store.store import Store
from tui.tools.catalog import Catalog

ROOT = Path(__file__).resolve().parents[2]
FATES = {
    "asked": ("cancelled", "ended before this call ran", 0),
    "approved": ("cancelled", "ended before this call ran", 0),
    "started": ("unknown", "It may have happened, in whole or in part", 0),
    "done": ("unknown", "It may have happened, in whole or in part", 1),
    "ended": ("ok", "seen", 1),
}


@pytest.mark.parametrize("place", PLACES)
async def test_a_call_whose_process_was_killed_has_one_end_and_is_never_run_again(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    session_id = await killed("tests.engine.call_victim", place, tmp_path / "penstock.db", folder)
    phase, told, times = FATES[place]
    store = await Store.open(tmp_path / "penstock.db")
    models, provider = scripted([text("I see.")])
    try:
        async with open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder) as workspace:
            session = await workspace.open_session(session_id)
            (only,) = session.state.calls.values()
            assert only.phase == phase
            assert only.ended is not None and told in only.ended.text
            assert session.state.asking() == []
            session.carry_on()
            await session.rest()
            assert session.state.turns[-1].outcome == "done"
            results = [part for message in provider.requests[0].messages for part in message.parts if
                       isinstance(part, ToolResultPart)]  # fmt: skip
            assert [told in part.text for part in results] == [True], "the model is told"
            await store.settle()
            entries = await store.load(session_id)
            assert_whole(entries)
            assert fold(session_id, entries) == session.state
        ran = folder / "ran.txt"
        assert (ran.read_text().count("ran") if ran.exists() else 0) == times
    finally:
        await store.close()


async def killed(module: str, place: str, path: Path, folder: Path) -> str:
    """Run a victim up to its place and kill it there. The id of its session."""
    victim = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs on this loop while it is read
        [sys.executable, "-m", module, place, str(path), str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert victim.stdout is not None
    said = victim.stdout.readline()
    victim.kill()
    victim.wait()
    assert said, "it came to its place"
    return said.strip()


# --- jobs


async def test_jobs_end_with_the_program_and_their_end_is_on_disk(store: Store, tmp_path: Path) -> None:
    models, _ = scripted([call("shell", {"command": "echo begun; sleep 600", "background": True})], [text("Running.")])
    async with open_workspace(store=store, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path) as workspace:
        session = await workspace.new_session(REFERENCE)
        session.submit("Go")
        await eventually(session.state.asking)
        approval = session.state.asking()[0].approval
        assert approval is not None
        session.decide(approval.approval_id, "allow")
        await session.rest()
        (started,) = session.state.jobs.values()
        workspace.show([])
        workspace.close_session(session)
        assert session.busy and session in workspace._live.values(), "a session with a job stays in memory"
        await eventually(lambda: session.jobs.output(started.job_id).rest == "begun\n")
    await store.settle()
    entries = await store.load(session.id)
    (end,) = [entry.event for entry in entries if isinstance(entry.event, JobEnded)]
    assert (end.job_id, end.code, end.text) == (started.job_id, -signal.SIGTERM, "begun\n")


async def test_a_job_that_a_dead_process_left_is_closed_as_unknown(store: Store, tmp_path: Path) -> None:
    models, _ = scripted([call("shell", {"command": "echo $$ > pid; sleep 600", "background": True})], [text("Yes.")])
    async with open_workspace(store=store, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path) as workspace:
        session = await workspace.new_session(REFERENCE)
        session.submit("Go")
        await eventually(session.state.asking)
        approval = session.state.asking()[0].approval
        assert approval is not None
        session.decide(approval.approval_id, "allow")
        await session.rest()
        await store.settle()
        copy = [entry for entry in await store.load(session.id) if not isinstance(entry.event, JobEnded)]
    other = await Store.open(tmp_path / "other" / "penstock.db")
    try:
        for entry in copy:  # the log as a kill would have left it
            other.add(entry)
        await other.settle()
        async with open_workspace(
            store=other, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path
        ) as workspace:
            again = await workspace.open_session(session.id)
            (end,) = again.state.ended_jobs.values()
            assert end.code is None
            assert not again.jobs.running
            assert "nobody knows how" in again.jobs.output(end.job_id).state
    finally:
        await other.close()
    await eventually(lambda: is_gone(pid_in(tmp_path / "pid")))
