"""What the store's benchmarks are made of: work that folds, texts counted once, and a peer that may be absent."""

from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import peer, store
from bench.figures import Unavailable
from bench.peer import environment
from tui.events import Entry, PartDelta, PartEnded, PromptSubmitted
from tui.messages import TextPart
from tui.state import fold


def test_made_up_work_is_whole_turns_with_nothing_left_open() -> None:
    entries = store._made(3, 2)
    state = fold(entries[0].session_id, entries)
    assert [turn.outcome for turn in state.turns] == ["done", "done"]
    assert all(call.ended is not None for call in state.calls.values()) and len(state.calls) == 6
    assert entries == [*map(_again, entries, store._made(3, 2))]


def _again(first: Entry, second: Entry) -> Entry:
    """The same work at another time."""
    assert (first.seq, first.event) == (second.seq, second.event)
    return first


def test_a_text_is_counted_once_however_it_streamed() -> None:
    events = (
        PromptSubmitted(prompt_id="p", turn_id="t", text="déjà"),
        PartDelta(part_id="a", text="one "),
        PartDelta(part_id="a", text="two"),
        PartEnded(part_id="a", part=TextPart(text="one two")),
    )
    assert store.text_bytes([Entry("s", seq, 1.0, event) for seq, event in enumerate(events, 1)]) == 6 + 7


@pytest.mark.parametrize("writers", [1, 8])
def test_both_sides_get_the_same_messages_and_the_last_of_each_writer_can_be_found(writers: int) -> None:
    texts = peer.texts_of(80, writers)
    assert texts == peer.texts_of(80, writers)
    assert [len(each) for each in texts] == [80 // writers] * writers
    assert all(each[-1].endswith(peer.LAST) for each in texts)
    assert sum(peer.LAST in text for each in texts for text in each) == writers


async def test_our_side_finds_all_that_it_wrote() -> None:
    taken = await peer.ours(peer.texts_of(24, 2), "full", each=True)
    assert 0 < taken.acknowledged <= taken.found


def test_a_peer_that_is_not_installed_is_skipped_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(environment.VARIABLE, str(tmp_path / "nothing"))
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "latest.json")
    monkeypatch.setattr("sys.argv", ["bench", "peer"])
    assert bench.main() == 0
    said = capsys.readouterr().err
    assert "skipped" in said and str(tmp_path / "nothing") in said and "make bench-peer" in said
    assert not (tmp_path / "latest.json").exists()


def test_what_cannot_be_installed_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*command: object) -> str:
        return "no such version"

    monkeypatch.setenv(environment.VARIABLE, str(tmp_path))
    monkeypatch.setattr(environment, "_fails", refuses)
    with pytest.raises(Unavailable, match="cannot be installed: no such version"):
        environment.install()
