"""An answer counts once, for exactly what was shown or edited, and every decision is history."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.scripts import REFERENCE, call, eventually, scripted, text
from tui.engine.policy.rules import Rule
from tui.engine.policy.surroundings import look
from tui.engine.policy.verdict import judge
from tui.engine.session import Session
from tui.engine.workspace import Workspace, open_workspace
from tui.errors import AlreadyDecided, ConfigError, UsageError
from tui.events import ApprovalDecided, ApprovalRequested, Mode, ToolEnded
from tui.settings.rulebook import RuleFiles
from tui.state import SessionState, fold
from tui.store.store import Store
from tui.tools.catalog import Catalog

Opened = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    (made / "notes.txt").write_text("one\n")
    return made


@pytest.fixture
def config(home: Path) -> Path:
    (home / "penstock").mkdir()
    return home / "penstock" / "config.toml"


@pytest_asyncio.fixture
async def ruled(store: Store, folder: Path, config: Path) -> AsyncIterator[Opened]:
    """``await ruled(*calls)``: a session whose model makes these calls, one a step, with rules in ``config``."""
    async with AsyncExitStack() as stack:

        async def open_(*calls: Any, mode: Mode = "ask", files: RuleFiles | None = None) -> tuple[Session, Workspace]:
            models, _ = scripted(*([one] for one in calls), [text("Done.")])
            workspace = await stack.enter_async_context(
                open_workspace(
                    store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder, mode=mode,
                    book=files or RuleFiles(config, (config.parent,)),
                )
            )  # fmt: skip
            return await workspace.new_session(REFERENCE), workspace

        yield open_


def run(command: str, **more: Any) -> Any:
    return call("shell", {"command": command, **more})


async def question(session: Session) -> ApprovalRequested:
    await eventually(session.state.asking)
    approval = session.state.asking()[0].approval
    assert approval is not None
    return approval


async def result(session: Session) -> ToolEnded:
    await session.rest()
    ended = list(session.state.calls.values())[-1].ended
    assert ended is not None
    return ended


def decisions(session: Session) -> list[ApprovalDecided]:
    return [entry.event for entry in session.log.since(0) if isinstance(entry.event, ApprovalDecided)]


def put(file: Path, content: str) -> None:
    file.write_text(content)


def got(file: Path) -> str:
    return file.read_text()


# --- what is shown, and what is kept


async def test_a_question_says_why_and_what_it_touches(ruled: Opened) -> None:
    session, _ = await ruled(run("touch made > out.txt"))
    session.submit("Go")
    asked = await question(session)
    assert "writes to a file" in asked.why
    assert asked.touches == ("runs touch", "writes to out.txt")
    assert asked.pattern == "touch made > out.txt"
    session.interrupt()
    await session.rest()


async def test_what_the_policy_decides_without_a_question_is_history_too(
    ruled: Opened, config: Path, store: Store
) -> None:
    put(config, '[[policy.rules]]\naction = "deny"\ntool = "shell"\ncommand = "rm"\n')
    session, _ = await ruled(run("echo hi"), run("rm -f notes.txt"), run("echo x > .git/config"))
    session.submit("Go")
    ended = await result(session)
    assert ended.outcome == "denied" and "git's own folder" in ended.text
    found = decisions(session)
    assert [(one.decision, one.by, one.rule) for one in found] == [
        ("allow", "policy", ""), ("deny", "policy", "deny shell rm"), ("deny", "policy", ""),
    ]  # fmt: skip
    assert all(one.reason for one in found) and len({one.approval_id for one in found}) == 3
    denied = list(session.state.calls.values())[1]
    assert denied.decision is not None and denied.decision.rule == "deny shell rm"
    assert denied.ended is not None and "[deny shell rm]" in denied.ended.text
    await store.settle()
    assert fold(session.id, await store.load(session.id)) == session.state


# --- edited arguments


async def test_what_was_edited_is_what_runs_and_what_the_digest_covers(ruled: Opened, folder: Path) -> None:
    session, _ = await ruled(run("touch one"))
    session.submit("Go")
    asked = await question(session)
    session.decide(asked.approval_id, "allow", arguments='{"command": "touch two"}')
    assert (await result(session)).outcome == "ok"
    assert (folder / "two").exists() and not (folder / "one").exists()
    (decided,) = decisions(session)
    assert decided.digest != asked.digest and json.loads(decided.arguments) == {"command": "touch two"}
    made = next(iter(session.state.calls.values()))
    assert json.loads(made.arguments) == {"command": "touch two"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ('{"command": 1}', "do not fit shell: command"), ("{", "not JSON"), ("[]", "not a JSON object"),
        ('{"comand": "ls"}', "do not fit shell"), ('{"command": "echo x > .git/config"}', "can never run"),
        ('{"command": "rm ~/.bashrc"}', "can never run"), ('{"command": "rm x"}', "A rule denies it."),
        ('{"command": "a", "command": "b"}', "stands in it twice"), ('{"command": ""}', "do not fit"),
    ],
)  # fmt: skip
async def test_edited_arguments_that_cannot_run_leave_the_question_open(
    ruled: Opened, config: Path, arguments: str, words: str
) -> None:
    put(config, '[[policy.rules]]\naction = "deny"\ntool = "shell"\ncommand = "rm"\n')
    session, _ = await ruled(run("touch one"))
    session.submit("Go")
    asked = await question(session)
    with pytest.raises(UsageError) as error:
        session.decide(asked.approval_id, "allow", arguments=arguments)
    assert words in str(error.value)
    assert session.state.asking() and not decisions(session)
    session.decide(asked.approval_id, "allow")
    assert (await result(session)).outcome == "ok"


async def test_an_edit_through_a_link_into_a_protected_place_is_refused_when_it_would_run(
    ruled: Opened, folder: Path
) -> None:
    """As it is written nothing forbids it: only the disk knows where it leads."""
    (folder / ".git").mkdir()
    (folder / "link").symlink_to(".git")
    session, _ = await ruled(call("write", {"path": "fine", "content": "x"}))
    session.submit("Go")
    asked = await question(session)
    session.decide(asked.approval_id, "allow", arguments='{"path": "link/config", "content": "x"}')
    ended = await result(session)
    assert ended.outcome == "denied" and "git's own folder" in ended.text
    assert os.listdir(folder / ".git") == []


async def test_what_was_edited_is_not_allowed_for_longer(ruled: Opened) -> None:
    session, _ = await ruled(run("touch one"))
    session.submit("Go")
    asked = await question(session)
    with pytest.raises(UsageError, match="once only"):
        session.decide(asked.approval_id, "allow", scope="session", arguments='{"command": "touch two"}')
    assert session.state.asking()
    session.decide(asked.approval_id, "deny", reason="No.", arguments='{"command": "touch two"}')
    assert "No." in (await result(session)).text


# --- once, late, elsewhere


async def test_of_many_answers_at_once_one_counts(ruled: Opened) -> None:
    session, _ = await ruled(run("touch one"))
    session.submit("Go")
    asked = await question(session)
    refused = []

    async def answer() -> None:
        try:
            session.decide(asked.approval_id, "allow")
        except AlreadyDecided as error:
            refused.append(str(error))

    await asyncio.gather(*(answer() for _ in range(5)))
    assert refused == ["This question is no longer open."] * 4
    await session.rest()
    assert len(decisions(session)) == 1


async def test_an_answer_after_a_restart_is_refused_with_a_sentence(ruled: Opened, store: Store) -> None:
    session, workspace = await ruled(run("touch one"))
    session.submit("Go")
    asked = await question(session)
    session.interrupt()
    await session.rest()
    for late in ("decide", "always"):
        with pytest.raises(AlreadyDecided):
            if late == "decide":
                session.decide(asked.approval_id, "allow")
            else:
                await session.allow_always(asked.approval_id)
    workspace.close_session(session)
    workspace._live.clear()
    workspace._cold.clear()
    store.release(session.id)
    again = await workspace.open_session(session.id)
    assert again is not session
    with pytest.raises(AlreadyDecided, match="no longer open"):
        again.decide(asked.approval_id, "allow")


async def test_a_link_that_is_turned_while_the_person_thinks_is_not_followed(
    ruled: Opened, folder: Path, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    for calls, made in ((call("write", {"path": "link/made", "content": "x"}), 1), (run("touch link/made"), 2)):
        (folder / "link").unlink(missing_ok=True)
        (folder / "link").symlink_to(tmp_path / "one")
        session, _ = await ruled(calls)
        session.submit("Go")
        asked = await question(session)
        (folder / "link").unlink()
        (folder / "link").symlink_to(tmp_path / "two")
        session.decide(asked.approval_id, "allow")
        ended = await result(session)
        assert (ended.outcome, ended.text) == ("denied", "What was allowed is not what would run. Nothing was run."), (
            made
        )
    assert os.listdir(tmp_path / "one") == os.listdir(tmp_path / "two") == []


async def test_a_rule_that_comes_while_the_person_thinks_counts(ruled: Opened, config: Path, folder: Path) -> None:
    session, _ = await ruled(run("touch one"))
    session.submit("Go")
    asked = await question(session)
    put(config, '[[policy.rules]]\naction = "deny"\ntool = "shell"\ncommand = "touch"\n')
    session.decide(asked.approval_id, "allow")
    assert (await result(session)).outcome == "denied"
    assert not (folder / "one").exists()


# --- grants, rules, modes


async def test_a_grant_is_listed_and_revoked(ruled: Opened) -> None:
    session, _ = await ruled(run("touch a"), run("touch a"), run("touch a"))
    session.submit("Go")
    session.decide((await question(session)).approval_id, "allow", scope="session")
    await session.rest()
    assert [phase.phase for phase in session.state.calls.values()] == ["ok", "ok", "ok"]
    ((grant_id, grant),) = session.state.grants.items()
    assert (grant.tool, grant.pattern) == ("shell", "touch a")
    session.revoke(grant_id)
    assert not session.state.grants
    with pytest.raises(AlreadyDecided):
        session.revoke(grant_id)


async def test_always_writes_the_rule_first_and_the_next_call_runs_by_it(ruled: Opened, config: Path) -> None:
    put(config, '# mine\nmodel = "a/b"  # the good one\n')
    session, workspace = await ruled(run("touch a"), run("touch a"), run("touch b"))
    session.submit("Go")
    asked = await question(session)
    rule = session.suggested_rule(asked.approval_id)
    assert rule is not None and rule.text == "allow shell touch a (exactly)"
    await session.allow_always(asked.approval_id)
    await eventually(lambda: len(session.state.calls) == 3 and session.state.asking())
    assert [(one.by, one.scope, one.rule) for one in decisions(session)] == [
        ("person", "always", rule.text), ("policy", "once", rule.text),
    ]  # fmt: skip
    assert got(config).startswith('# mine\nmodel = "a/b"  # the good one\n')
    assert (await workspace.rulings.rules()).rules == (rule,)
    assert await workspace.rulings.remove(rule) and not await workspace.rulings.remove(rule)
    session.interrupt()
    await session.rest()


async def test_a_rule_that_cannot_be_written_leaves_the_question_open(ruled: Opened, config: Path) -> None:
    session, _ = await ruled(run("touch a"))
    session.submit("Go")
    asked = await question(session)
    put(config, "not toml")
    with pytest.raises(ConfigError, match="not TOML"):
        await session.allow_always(asked.approval_id)
    assert session.state.asking() and not decisions(session)
    session.interrupt()
    await session.rest()


async def test_past_calls_that_a_rule_would_have_matched_are_counted(ruled: Opened, store: Store) -> None:
    session, workspace = await ruled(run("ls"), run("touch a"), run("touch a"), run("touch b"), run("touch 'a' && ls"))
    session.submit("Go")
    while session.running:
        await eventually(lambda: session.state.asking() or not session.running)
        for asking in session.state.asking():
            assert asking.approval is not None
            session.decide(asking.approval.approval_id, "deny")
    await store.settle()
    matches = workspace.rulings.past_matches
    assert await matches(Rule(action="allow", tool="shell", command="touch a", exact=True)) == 3
    assert await matches(Rule(action="allow", tool="shell", command="touch")) == 4
    assert await matches(Rule(action="allow", tool="write", path="**")) == 0


async def test_a_session_changes_its_mode_and_the_next_call_is_judged_by_it(ruled: Opened, folder: Path) -> None:
    write = call("write", {"path": "new.txt", "content": "x"})
    session, _ = await ruled(write)
    assert session.mode == "ask"
    session.change_mode("accept-edits")
    session.change_mode("accept-edits")
    assert (session.mode, session.state.mode) == ("accept-edits", "accept-edits")
    session.submit("Go")
    assert (await result(session)).outcome == "ok"
    assert (folder / "new.txt").read_text() == "x"
    assert sum(type(entry.event).__name__ == "ModeChanged" for entry in session.log.since(0)) == 1


async def test_a_project_s_broken_rules_make_everything_a_question(ruled: Opened, folder: Path) -> None:
    (folder / ".penstock.toml").write_text("[policy]\nmode = 'all'\n")
    session, _ = await ruled(call("read", {"path": "notes.txt"}))
    session.submit("Go")
    asked = await question(session)
    assert ".penstock.toml" in asked.why and "'all'" in asked.why
    session.interrupt()
    await session.rest()


# --- what is looked at on the disk


def looked(folder: Path, command: str, config: Path) -> str:
    spec = Catalog().spec("shell")
    assert spec is not None
    state = SessionState("s", workspace=str(folder), cwd=str(folder))
    return judge(look(spec, {"command": command}, state, RuleFiles(config, (config.parent,)))).action


def test_links_that_lead_out_ask_and_those_that_stay_in_do_not(folder: Path, tmp_path: Path, config: Path) -> None:
    folder = folder.resolve()
    (tmp_path / "secret").write_text("x")
    (folder / "sub").mkdir()
    for link, target in {"out": "../secret", "in": "notes.txt", "up": "..", "sub/back": "../notes.txt"}.items():
        (folder / link).symlink_to(target)
    for command in ("cat in", "cat sub/back", "cd sub && cat back", "ls sub"):
        assert looked(folder, command, config) == "allow", command
    for command in ("cat out", "cat up/secret", "cd up && cat secret", "cat sub/../out", "ls up", "head -n 1 ./out"):
        assert looked(folder, command, config) == "ask", command


def test_a_write_through_a_link_into_git_is_refused(folder: Path, config: Path) -> None:
    folder = folder.resolve()
    (folder / ".git").mkdir()
    (folder / "g").symlink_to(".git")
    for command in ("echo x > g/config", "touch g/hooks", "cd g && touch config", "rm -r g/x"):
        assert looked(folder, command, config) == "deny", command


@pytest.mark.parametrize("setting", ["core.fsmonitor", "diff.external", "filter.x.clean", "diff.x.textconv"])
def test_git_asks_where_the_repository_names_a_program(folder: Path, config: Path, setting: str) -> None:
    folder = folder.resolve()
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    assert looked(folder, "git status", config) == "allow"
    subprocess.run(["git", "-C", str(folder), "config", setting, "./evil"], check=True)
    assert looked(folder, "git status", config) == "ask"
    assert looked(folder, "ls", config) == "allow"


def test_a_program_that_the_workspace_itself_holds_asks(
    folder: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder.resolve()
    (folder / "bin").mkdir()
    (folder / "bin" / "cat").write_text("#!/bin/sh\n")
    (folder / "bin" / "cat").chmod(0o755)
    assert looked(folder, "cat notes.txt", config) == "allow"
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")
    assert looked(folder, "cat notes.txt", config) == "ask"
