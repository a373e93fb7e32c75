"""What a transcript shows of the context: what was read into it, and where a summary took the place of the rest.

A compaction is three blocks: a notice while it runs, a line across where the view changed, and the summary, folded.
Nothing above the line is taken away.
"""

from pathlib import Path
from typing import assert_never

from tui.app.words import duration, home_path, money, one_line, size, tokens
from tui.events import (
    CompactionFailed,
    CompactionStarted,
    ContextCompacted,
    InstructionFile,
    InstructionsRead,
    SummaryKept,
    SystemChanged,
)
from widgets.blocks import Block, Status
from widgets.clean import clean

ContextHappening = (
    CompactionStarted | SummaryKept | ContextCompacted | CompactionFailed | InstructionsRead | SystemChanged
)
WHY = {
    "person": "",
    "threshold": "The context window is nearly full. ",
    "overflow": "The model says that the context is too long. ",
}


class ContextBlocks:
    """Makes blocks of events, in their order; a block whose id was there before takes its place."""

    def __init__(self) -> None:
        self._started: CompactionStarted | None = None
        self._kept: SummaryKept | None = None

    def of(self, event: ContextHappening, seq: int, cwd: str) -> list[Block]:
        """The blocks of one event."""
        match event:
            case CompactionStarted():
                self._started, self._kept = event, None
                what = f"Compacting: {one_line(clean(event.model), 60)} summarises some {tokens(event.tokens)} tokens."
                return [_notice(event.compaction_id, f"{WHY[event.by]}{what} An interrupt stops it.", "running")]
            case SummaryKept():
                self._kept = event
                return [_notice(event.compaction_id, f"{self._why()}{self._cost(event)}", "ok")]
            case ContextCompacted():
                self._started = None
                return _line(event, seq)
            case CompactionFailed():
                text = (
                    f"The context was not compacted: {one_line(clean(event.reason), 400)} The model sees all as before."
                )
                return self._ended(text, "error", event.compaction_id)
            case InstructionsRead():
                return [_notice(f"instructions-{seq}", read_line(event.files, cwd), "")]
            case SystemChanged():
                text = one_line(clean(event.system), 200)
                said = f"System prompt: {text}" if text else "The usual system prompt holds again."
                return [_notice(f"system-{seq}", said, "")]
            case _:
                assert_never(event)

    def left(self) -> list[Block]:
        """A fork leaves what its parent was about."""
        return self._ended("The compaction went on in the session that this one left.", "cancelled", "")

    def _ended(self, text: str, status: Status, compaction_id: str) -> list[Block]:
        started, self._started = self._started, None
        name = started.compaction_id if started is not None else compaction_id
        return [_notice(name, text, status)] if name else []

    def _why(self) -> str:
        return WHY[self._started.by] if self._started is not None else ""

    def _cost(self, kept: SummaryKept) -> str:
        price = f", {money(kept.price, 0)}" if kept.price else ""
        asked = self._started.model if self._started is not None else ""
        other = f" by {one_line(clean(kept.model), 60)}" if kept.model and kept.model != asked else ""
        return f"Summarised{other} in {duration(kept.duration)}{price}."


def read_line(files: tuple[InstructionFile, ...], cwd: str) -> str:
    """``AGENTS.md read: ./AGENTS.md 2 KB``; what is not told, and why."""
    read = [f"{near_path(file.path, cwd)} {size(file.size)}{', cut' if file.cut else ''}" for file in files
            if not file.problem]  # fmt: skip
    not_told = [f"{near_path(file.path, cwd)} is not told: {file.problem}." for file in files if file.problem]
    if not files:
        return "AGENTS.md: there is none any more."
    return " ".join(([f"AGENTS.md read: {' · '.join(read)}."] if read else []) + not_told)


def near_path(path: str, cwd: str) -> str:
    """A path as seen from the folder: ``./AGENTS.md``, ``../AGENTS.md``; far away from home."""
    there, here = Path(path), Path(cwd)
    if there.parent == here:
        return clean(f"./{there.name}")
    for up, folder in enumerate(here.parents, 1):
        if there.parent == folder and up <= 4:
            return clean("../" * up + there.name)
    return clean(home_path(path))


def _line(event: ContextCompacted, seq: int) -> list[Block]:
    sizes = f": {tokens(event.before)} → {tokens(event.after)} tokens" if event.before else ""
    title = f"context compacted{sizes} · all above is still here"
    summary = clean(event.summary)
    return [
        Block(id=f"compacted-{seq}", kind="divider", title=title),
        Block(
            id=f"summary-{seq}",
            kind="tool",
            source=summary,
            title="Summary what the model sees instead",
            detail=size(len(summary.encode("utf-8", "replace"))),
            language="markdown",
        ),
    ]


def _notice(block_id: str, text: str, status: Status) -> Block:
    return Block(id=block_id, kind="notice", source=text, status=status)
