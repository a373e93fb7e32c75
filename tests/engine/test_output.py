"""The whole of an output: kept piece by piece while it comes, and never held in memory."""

import asyncio
import tracemalloc
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.conftest import BlobsInMemory
from tui.engine.calls import output as room
from tui.engine.calls.output import KEPT, PIECE, Spool, sound
from tui.tools.base import Spool as Shape


class Sizes(BlobsInMemory):
    """Keeps no bytes, only how many there were."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    async def keep(self, data: bytes) -> str:
        self.sizes.append(len(data))
        return sha256(data).hexdigest()


async def whole(spool: Shape, blobs: BlobsInMemory) -> str:
    return b"".join([await blobs.kept(piece.hash) for piece in spool.pieces]).decode()


async def test_what_the_model_reads_at_once_needs_no_pieces() -> None:
    blobs = BlobsInMemory()
    spool = Spool(blobs, "call")
    await spool.add("x" * KEPT)
    await spool.add("y" * KEPT)
    await spool.end()
    assert (spool.text, spool.pieces, blobs.held) == ("x" * KEPT + "y" * KEPT, (), {})


async def test_a_long_output_is_kept_to_the_letter_and_its_ends_say_how_to_read_the_rest() -> None:
    blobs = BlobsInMemory()
    spool = Spool(blobs, "call_7")
    said = "".join(f"line {number} 日本🦊\n" for number in range(200_000))
    for start in range(0, len(said), 60_000):
        await spool.add(said[start : start + 60_000])
    await spool.end()
    assert await whole(spool, blobs) == said
    assert len(spool.pieces) > 3
    assert all(PIECE <= piece.size < PIECE + 4 * 60_000 for piece in spool.pieces[:-1])
    for piece in spool.pieces:
        data = await blobs.kept(piece.hash)
        assert (piece.size, piece.lines) == (len(data), data.count(b"\n"))
    assert sum(piece.lines for piece in spool.pieces) == 200_000
    assert len(spool.text) < 2 * KEPT + 300
    assert spool.text.startswith("line 0 ") and spool.text.endswith("line 199999 日本🦊\n")
    assert "All 200,000 lines are kept: job_output with id 'call_7' reads them by offset and limit" in spool.text


async def test_beyond_the_cap_the_end_is_shown_and_it_is_said_that_the_middle_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "OUTPUT_CAP", 3 * PIECE + 1)
    blobs = BlobsInMemory()
    spool = Spool(blobs, "call")
    for _ in range(5):
        await spool.add("é" * (PIECE // 2))
    await spool.add("THE END")
    await spool.end()
    assert (spool.size, spool.over) == (3 * PIECE, 2 * PIECE + 7), "no character is torn in two"
    assert sum(piece.size for piece in spool.pieces) == 3 * PIECE
    assert spool.text.endswith("THE END")
    assert f"The first {3 * PIECE:,} bytes, 0 lines, are kept" in spool.text


async def test_memory_stays_flat_however_much_comes() -> None:
    blobs, chunk = Sizes(), "0123456789abcde\n" * 4096
    spool = Spool(blobs, "call")
    tracemalloc.start()
    for _ in range(640):
        await spool.add(chunk)
    await spool.end()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(blobs.sizes) == spool.size == 640 * 65536
    assert peak < 8 * PIECE


async def test_what_is_not_in_a_piece_yet_is_there_to_be_read() -> None:
    blobs = BlobsInMemory()
    spool = Spool(blobs, "job")
    await spool.add("a" * PIECE)
    await spool.add("the newest")
    assert await whole(spool, blobs) + spool.rest == "a" * PIECE + "the newest"


async def test_all_text_goes_through_the_one_filter_also_what_it_held_back() -> None:
    class Held:
        def __init__(self) -> None:
            self.held = ""

        def feed(self, text: str) -> str:
            text, self.held = self.held + text, ""
            if text.endswith("sec"):
                text, self.held = text[:-3], "sec"
            return text.replace("secret", "***")

        def finish(self) -> str:
            return self.held

    shown: list[str] = []
    spool = Spool(BlobsInMemory(), "call", shown.append, Held())
    spool.show("a sec")
    await spool.add("ret, a sec")
    await spool.end()
    assert "".join(shown) == "a ***, a sec"
    assert spool.text == "***, a sec"


@given(st.text(st.characters(codec=None)))
def test_sound_text_is_taken_by_utf8_and_holds_no_nul(text: str) -> None:
    made = sound(text)
    made.encode()
    assert "\0" not in made
    if not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text):
        assert made == text


def test_two_halves_of_a_character_become_one_and_one_half_is_marked() -> None:
    assert sound("\ud83e\udd8a \ud83e \udd8a\0") == "🦊 \ufffd \ufffd\ufffd"


async def test_a_disk_that_is_behind_holds_up_who_writes() -> None:
    gate = asyncio.Event()

    class Slow(BlobsInMemory):
        async def keep(self, data: bytes) -> str:
            await gate.wait()
            return await super().keep(data)

    spool = Spool(Slow(), "call")
    adding = asyncio.ensure_future(spool.add("x" * PIECE))
    await asyncio.sleep(0)
    assert not adding.done()
    gate.set()
    await adding
