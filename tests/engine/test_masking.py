"""A secret that a tool meets reaches no model, no log and no export; what the person types stays as typed, and runs."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.scripts import REFERENCE, Overloaded, called, eventually, fail, prompt, said, scripted
from tui.engine.calls.output import AT_ONCE, Masked, Spool
from tui.engine.calls.told import diff_told
from tui.engine.session import Session
from tui.engine.stream import Limits
from tui.engine.window.outgoing import Outgoing
from tui.engine.workspace import open_workspace
from tui.events import StepRetried, ToolOutput, TurnEnded
from tui.messages import Message, ReasoningPart
from tui.providers.scripted import call, text
from tui.secrets import Masks
from tui.store.codec import to_plain
from tui.store.export import from_json_lines, to_json_lines, to_markdown
from tui.store.store import Store
from tui.tools.base import Kit
from tui.tools.catalog import Catalog

OWN = "my-own-key-0123456789"
KEY = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789"


PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{'MIIabc123+/' * 5}\n{'ABCabc987' * 6}\n-----END RSA PRIVATE KEY-----"
SILENT = Masks(known=False)


@pytest.fixture
def masks() -> Masks:
    return Masks([OWN])


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(tmp_path / "data" / "penstock.db")
    yield opened
    await opened.close()


async def allowed(session: Session) -> None:
    """Say yes to the call that asks."""
    await eventually(session.state.asking)
    approval = session.state.asking()[0].approval
    assert approval is not None
    session.decide(approval.approval_id, "allow")


async def test_what_a_command_prints_is_masked_for_model_screen_and_log_also_in_two_pieces(
    store: Store, tmp_path: Path, masks: Masks
) -> None:
    command = f"printf 'one {KEY[:20]}'; sleep 0.1; printf '{KEY[20:]} two'; echo {OWN} > made"
    models, provider = scripted([call("shell", {"command": command})], [text("Fine.")])
    (tmp_path / "project").mkdir()
    async with open_workspace(
        store=store, models=models, toolbox=Catalog(), root=tmp_path / "project", cwd=tmp_path / "project",
        kit=Kit(masks=masks),
    ) as workspace:  # fmt: skip
        session = await workspace.new_session(REFERENCE)
        session.submit(f"Use {OWN}, please.")
        await allowed(session)
        await session.rest()
        entries = session.log.since(0)
        sent = repr(provider.requests)
    assert (tmp_path / "project" / "made").read_text() == f"{OWN}\n"
    assert KEY[13:] not in sent
    assert OWN not in sent
    assert "Use …[masked ~32], please." in sent
    assert "one sk-ant-…[masked ~64] two" in sent
    told = [to_plain(entry.event) for entry in entries if type(entry.event).__name__ in ("ToolOutput", "ToolEnded")]
    assert told
    assert KEY[20:] not in repr(told)
    assert any(OWN in repr(to_plain(entry.event)) for entry in entries), "the prompt is kept as it was typed"
    for export in (to_markdown(entries, mask=masks.mask), "\n".join(to_json_lines(entries, mask=masks.mask))):
        assert "[masked" in export
        assert OWN not in export
    for ascii_only in (False, True):
        lines = list(to_json_lines(entries, mask=masks.mask, ascii_only=ascii_only))
        assert len(list(from_json_lines(lines))) == len(entries)
        assert OWN not in "".join(lines)


def test_only_what_holds_a_secret_is_changed_on_its_way_out(masks: Masks) -> None:
    signed = Message(role="assistant", parts=(ReasoningPart(text=OWN, provider_data=("anthropic", "signature")),))
    plain, asked = said("Nothing here.", called("1", "shell", {"command": "ls"})), prompt(f"Use {OWN}")
    made = said(called("2", "shell", {"command": f'curl -H "x-api-key: {KEY}"'}))
    told = Outgoing(masks).masked((signed, plain, asked, made))
    assert told[0] is signed
    assert told[1] is plain
    assert told[2] == prompt("Use …[masked ~32]")
    (part,) = told[3].parts
    assert KEY[13:] not in repr(part)
    assert json.loads(getattr(part, "arguments")) == {  # noqa: B009
        "command": 'curl -H "x-api-key: sk-ant-…[masked ~64]"'
    }


def test_a_long_history_is_looked_at_once(masks: Masks, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    mask = masks.mask
    monkeypatch.setattr(masks, "mask", lambda text: looked.append(text) or mask(text))
    outgoing, history = Outgoing(masks), tuple(prompt(f"prompt {number}") for number in range(50))
    outgoing.masked(history)
    outgoing.masked((*history, prompt("one more")))
    assert len(looked) == 51
    masks.add("another-key-of-ours")
    assert outgoing.masked((prompt("another-key-of-ours"), *history))[0] == prompt("…[masked ~32]")
    assert len(looked) == 51 + 51


def test_without_masks_nothing_is_touched() -> None:
    history = (prompt(KEY),)
    assert Outgoing(Masks(known=False)).masked(history) is history


@asynccontextmanager
async def session_of(store: Store, folder: Path, masks: Masks, *script: Any, **limits: Any) -> AsyncIterator[Session]:
    models, _ = scripted(*script)
    await asyncio.to_thread(folder.mkdir)
    async with open_workspace(
        store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder, kit=Kit(masks=masks),
        limits=Limits(**limits),
    ) as workspace:  # fmt: skip
        yield await workspace.new_session(REFERENCE)


async def test_what_a_provider_says_of_its_failure_is_masked_at_each_try(
    store: Store, tmp_path: Path, masks: Masks
) -> None:
    busy = [fail(Overloaded(f"Too much of {OWN} and {KEY}."))]
    async with session_of(store, tmp_path / "p", masks, busy, busy, retries=1, retry_cap=0.001) as session:
        session.submit("Go")
        await session.rest()
        told = [entry.event for entry in session.log.since(0) if isinstance(entry.event, StepRetried | TurnEnded)]
    assert [type(event) for event in told] == [StepRetried, TurnEnded]
    for event in told:
        assert "[masked ~32] and sk-ant-…[masked ~64]." in repr(event)
        assert OWN not in repr(event)


async def test_a_title_and_a_sub_agents_line_are_masked_before_they_are_cut(
    store: Store, tmp_path: Path, masks: Masks
) -> None:
    answer = f"{'x' * 100} {OWN} is it"
    script = [call("task", {"prompt": "Look"})], [text(answer)], [text("Done.")]
    async with session_of(store, tmp_path / "p", masks, *script) as session:
        session.submit(f"Say to the person with the key {OWN} hello")
        await session.rest()
        title, entries = session.state.title, session.log.since(0)
        (task,) = session.state.calls.values()
    assert title.startswith("Say to the person with the key …[masked")
    shown = "".join(entry.event.text for entry in entries if isinstance(entry.event, ToolOutput))
    assert OWN[:12] not in shown
    assert task.ended is not None
    assert OWN not in task.ended.text


async def test_a_checklist_and_a_diff_are_masked_and_what_would_be_written_is_shown_as_it_is(
    store: Store, tmp_path: Path, masks: Masks
) -> None:
    todo = call("todo", {"items": [{"text": f"Take {OWN}", "status": "doing"}]})
    edit = call("edit", {"path": "a", "old": "two", "new": f"two {KEY}"})
    async with session_of(
        store, tmp_path / "p", masks, [todo], [call("read", {"path": "a"})], [edit], [text("So.")]
    ) as session:
        (tmp_path / "p" / "a").write_text(f"{PEM}\none {OWN}\ntwo\n")
        session.submit("Go")
        await eventually(session.state.asking)
        (asking,) = session.state.asking()
        assert asking.approval is not None
        preview = repr(asking.approval.preview)
        session.decide(asking.approval.approval_id, "allow")
        await session.rest()
        listed, (_, read, edited) = session.state.todo, session.state.calls.values()
    assert (tmp_path / "p" / "a").read_text() == f"{PEM}\none {OWN}\ntwo {KEY}\n"
    assert "Take …[masked ~32]" in repr(listed)
    assert f"+two {KEY}" in preview
    assert OWN not in preview
    assert "one …[masked ~32]" in preview
    assert read.ended is not None and edited.ended is not None
    for ended in (read.ended, edited.ended):
        assert OWN not in repr(ended)
        assert KEY not in repr(ended)
        assert PEM.splitlines()[1] not in repr(ended)


@pytest.mark.parametrize("mark", ["+", "-", " "])
def test_a_secret_of_several_lines_is_found_on_each_side_of_a_diff_which_keeps_its_lines(
    masks: Masks, mark: str
) -> None:
    body = "\n".join(f"{mark}{line}" for line in [*PEM.splitlines(), "after"])
    diff = f"--- a/x\n+++ b/x\n@@ -1,5 +1,5 @@\n before\n{body}"
    told = diff_told(diff, masks.mask)
    assert [line[:1] for line in told.split("\n")] == [line[:1] for line in diff.split("\n")]
    assert not [line for line in PEM.splitlines()[1:3] if line in told]
    assert told.endswith(f"\n{mark}after")
    assert diff_told(diff, masks.mask, mark) == diff
    assert diff_told(diff, SILENT.mask) == diff


async def test_a_long_history_is_looked_at_in_stretches(masks: Masks) -> None:
    history = tuple(prompt(f"{number} {OWN} {'word ' * 20_000}") for number in range(30))
    outgoing, turns = Outgoing(masks), 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    await outgoing.look(history)
    beside.cancel()
    assert turns >= 10
    assert OWN not in repr(outgoing.masked(history))


async def test_a_long_output_lets_others_go_on_while_it_is_masked(masks: Masks) -> None:
    spool, turns = Spool(Blobless(), "call", clean=Masked(masks)), 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    await spool.add("sk-" * 200_000)
    beside.cancel()
    assert turns >= 600_000 // AT_ONCE


class Blobless:
    """Keeps nothing."""

    async def keep(self, data: bytes) -> str:
        return str(len(data))

    async def kept(self, name: str) -> bytes:
        raise KeyError(name)
