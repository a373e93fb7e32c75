"""A secret that a tool meets reaches no model, no log and no export; what the person types stays as typed, and runs."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.scripts import REFERENCE, called, eventually, prompt, said, scripted
from tui.engine.outgoing import Outgoing
from tui.engine.session import Session
from tui.engine.workspace import open_workspace
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
