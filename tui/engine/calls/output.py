"""What programs and tools put out: cleaned, kept whole, and shown while it comes.

All text of a tool, and of what it runs, comes through here on its way to the model, the person and the store. What is
too long for one event is kept in the store piece by piece as it comes, so that memory stays flat; the model gets
head and tail, and how to read on.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Protocol

from tui.ends import Ends
from tui.engine.log import Log
from tui.errors import StoreError
from tui.events import ToolOutput
from tui.messages import OutputPiece
from tui.secrets import Masks, MaskStream
from tui.tools.base import Blobs

OUTPUT_CAP = 256 * 1024 * 1024
"""Bytes of one call's or one job's output that are kept. Of what comes after, the end is shown and the rest counted."""
PIECE = 1024 * 1024
"""Bytes of a piece, but for the last."""
KEPT = 30_000
"""Characters at each end that the model reads at once."""
LIVE_OUTPUT_LIMIT = 256 * 1024
"""Characters of a call's output that are shown while it runs. The result itself is not bound by it."""
LAST_WORDS_LIMIT = 16 * 1024
"""Characters of the output of a call that did not end by itself: its last ones, which the model reads."""
OUTPUT_INTERVAL = 0.05
"""Seconds in which a tool's live output is joined."""
AT_ONCE = 16 * 1024
"""Characters that are cleaned and masked in one go. The worst text takes some ten milliseconds for as many."""
KEEPING_SECONDS = 5.0
"""How long the end of a call that was stopped waits for its output to be kept."""


class Clean(Protocol):
    """A text cleaned as it comes, in any cuts."""

    def feed(self, text: str) -> str:
        """What may be shown by now."""
        ...

    def finish(self) -> str:
        """What was held back because it might have gone on."""
        ...


class Sound:
    """Cleans of what no reader takes: NUL, and halves of characters, which no UTF-8 can hold."""

    def feed(self, text: str) -> str:
        return sound(text)

    def finish(self) -> str:
        return ""


class Masked:
    """Cleans as ``Sound`` does, and masks what is secret."""

    def __init__(self, masks: Masks) -> None:
        self._stream = MaskStream(masks)

    def feed(self, text: str) -> str:
        return self._stream.feed(sound(text))

    def finish(self) -> str:
        return self._stream.finish()


def sound(text: str) -> str:
    """``text`` as every model, file and database takes it."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class Spool:
    """``tui.tools.base.Spool``. ``name`` is the id that ``job_output`` knows it by; ``show`` is told of all text."""

    def __init__(
        self,
        blobs: Blobs,
        name: str,
        show: Callable[[str], None] = lambda text: None,
        clean: Clean | None = None,
    ) -> None:
        self._blobs = blobs
        self._name = name
        self._show = show
        self._clean = clean or Sound()
        self._ends = Ends(KEPT)
        self._waiting: list[bytes] = []
        self._room = PIECE
        self.pieces: tuple[OutputPiece, ...] = ()
        self.size = 0
        self.lines = 0
        self.over = 0
        """Bytes beyond the cap, which are not kept."""

    def show(self, text: str) -> None:
        """Text that is shown and not kept: what a tool says on its way to a result of its own."""
        self._show(self._clean.feed(text))

    async def add(self, text: str) -> None:
        """See ``tui.tools.base.Spool``. Waits while the disk is far behind, and lets others go first."""
        for start in range(0, len(text), AT_ONCE):
            await self._take(self._clean.feed(text[start : start + AT_ONCE]))
            await asyncio.sleep(0)

    async def end(self) -> None:
        """See ``tui.tools.base.Spool``."""
        await self._take(self._clean.finish())
        if self.is_long:
            await self._cut()

    @property
    def is_long(self) -> bool:
        """Whether it is more than the model reads at once."""
        return self._ends.cut > 0

    @property
    def text(self) -> str:
        """Head and tail, and between them how to read the rest."""
        kept = f"All {self.lines:,} lines" if not self.over else f"The first {self.size:,} bytes, {self.lines:,} lines,"
        return self._ends.with_gap(
            f"characters left out. {kept} are kept: job_output with id {self._name!r} reads them by offset and limit"
        )

    @property
    def last(self) -> str:
        """Its last words."""
        return (self._ends.head + self._ends.tail if not self.is_long else self._ends.tail)[-LAST_WORDS_LIMIT:]

    @property
    def rest(self) -> str:
        """What is in no piece yet."""
        return b"".join(self._waiting).decode()

    async def _take(self, text: str) -> None:
        if not text:
            return
        self._show(text)
        self._ends.add(text)
        data = text.encode()
        if self.over or self.size + len(data) > OUTPUT_CAP:
            kept = data[: 0 if self.over else OUTPUT_CAP - self.size].decode("utf-8", "ignore").encode()
            self.over += len(data) - len(kept)
            data = kept
        self.size += len(data)
        self.lines += data.count(b"\n")
        self._waiting.append(data)
        self._room -= len(data)
        if self._room <= 0:
            await self._cut()

    async def _cut(self) -> None:
        data = b"".join(self._waiting)
        if data:
            piece = OutputPiece(hash=await self._blobs.keep(data), size=len(data), lines=data.count(b"\n"))
            self.pieces = (*self.pieces, piece)
        self._waiting, self._room = [], PIECE


class LiveOutput:
    """What a running call shows: joined in intervals, timed, and bounded. Its ``spool`` keeps the whole."""

    def __init__(self, log: Log, call_id: str, blobs: Blobs, *, masks: Masks | None = None) -> None:
        self._log = log
        self._call_id = call_id
        self._pending: list[str] = []
        self._room = LIVE_OUTPUT_LIMIT
        self._timer: asyncio.TimerHandle | None = None
        self._began: float | None = None
        self.spool = Spool(blobs, call_id, self._take, None if masks is None else Masked(masks))

    def show(self, text: str) -> None:
        """See ``Spool.show``. What there is no room for costs nothing."""
        if self._room > 0:
            self.spool.show(text[:LIVE_OUTPUT_LIMIT])

    def begin(self) -> None:
        """The tool starts now."""
        self._began = monotonic()

    @property
    def begun(self) -> bool:
        return self._began is not None

    @property
    def duration(self) -> float:
        """Seconds since ``begin``, 0 if the tool never started."""
        return 0.0 if self._began is None else round(monotonic() - self._began, 4)

    def after(self, sentence: str) -> str:
        """The result of a call that was stopped: why, and the end of what it had shown."""
        if self.spool.is_long:
            how = f"job_output with id {self._call_id!r} reads all of it."
            return f"{sentence} {how} The last of its output until then:\n{self.spool.last}"
        return with_last_words(sentence, "".join(self._log.state.calls[self._call_id].output + self._pending))

    def close(self) -> None:
        """What was not shown yet need not be: the result supersedes it."""
        self._room = 0
        if self._timer is not None:
            self._timer.cancel()

    async def keep(self) -> None:
        """The call was stopped: keep what its spool still holds, in a bounded time."""
        if self.spool.is_long:
            with suppress(TimeoutError, StoreError):
                async with asyncio.timeout(KEEPING_SECONDS):
                    await self.spool.end()

    def _take(self, text: str) -> None:
        if not text or self._room <= 0:
            return
        self._pending.append(text[: self._room])
        self._room -= len(text)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(OUTPUT_INTERVAL, self._write)

    def _write(self) -> None:
        self._timer = None
        self._log.emit(ToolOutput(call_id=self._call_id, text="".join(self._pending)))
        self._pending.clear()


def with_last_words(sentence: str, shown: str) -> str:
    """``sentence``, and the end of what a call had shown when it was stopped."""
    if not shown:
        return sentence
    if len(shown) <= LAST_WORDS_LIMIT:
        return f"{sentence} Its output until then:\n{shown}"
    return f"{sentence} The last of its output until then:\n{shown[-LAST_WORDS_LIMIT:]}"
