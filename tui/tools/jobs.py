"""``job_output`` and ``job_kill``: what goes on behind the conversation, and output too long to be read at once."""

from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from tui.tools.base import Blobs, Output, ToolContext, ToolResult

MOST = 60_000
"""Characters that one call gives."""
MOST_OF_A_LINE = 2_000
"""Characters of one line. What is longer is no text to be read in lines."""


class JobOutputArgs(BaseModel):
    """Read the output of a job, or all of an earlier call's output that was too long, by lines. Says also how a job
    is doing."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="The id of the job or of the call.", min_length=1)
    offset: int = Field(
        default=0, description="The first line, from 1; 0: what is new since it was read last.", ge=0, le=1_000_000_000
    )
    limit: int = Field(default=500, description="How many lines.", ge=1, le=10_000)


class JobKillArgs(BaseModel):
    """End a job and all that it started."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="The id of the job.", min_length=1)


async def job_output_tool(args: JobOutputArgs, ctx: ToolContext) -> ToolResult:
    """The lines, and how far the job is."""
    output = ctx.jobs.output(args.id)
    first = args.offset or output.seen + 1
    page = _Page(first, args.limit)
    await _read(output, page, ctx.blobs)
    if page.taken:
        ctx.jobs.saw(args.id, page.last - page.is_open)
        told = f"lines {first} to {page.last}{', and there are more' if page.is_full else ''}"
    else:
        told = "nothing new" if not args.offset else f"there are only {page.lines:,} lines"
    cut = f"; {page.cut} lines are longer than {MOST_OF_A_LINE:,} characters and cut" if page.cut else ""
    return ToolResult(text=f"{page.text}[{args.id}: {output.state}; {told}{cut}]")


async def job_kill_tool(args: JobKillArgs, ctx: ToolContext) -> ToolResult:
    """End it and wait for it."""
    return ToolResult(text=f"{args.id}: {await ctx.jobs.kill(args.id)}. job_output reads its output.")


@dataclass(slots=True)
class _Page:
    """Takes lines of a text that comes in pieces, from line ``first`` on, as many as there is room for."""

    first: int
    limit: int
    number: int = 1
    """The line that what comes next belongs to."""
    taken: list[str] = field(default_factory=list)
    size: int = 0
    cut: int = 0
    is_full: bool = False
    is_open: bool = False
    """Whether the last line has no end yet."""
    _part: str = ""
    _over: bool = False
    _unended: bool = False

    @property
    def last(self) -> int:
        return self.first + len(self.taken) - 1

    @property
    def lines(self) -> int:
        """All lines so far, the taken and the others."""
        return self.number - 1 + self._unended

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.taken)

    def skip(self, lines: int) -> None:
        self.number += lines
        self._part, self._over = "", False

    def add(self, text: str) -> None:
        start = 0
        self._unended = not text.endswith("\n") if text else self._unended
        while not self.is_full and (end := text.find("\n", start)) >= 0:
            self._grow(text, start, end)
            self._take()
            self.number += 1
            start = end + 1
        if not self.is_full:
            self._grow(text, start, len(text))

    def end(self) -> None:
        """The text ends here, or has not gone on yet."""
        if self._part and not self.is_full:
            self.is_open = True
            self._take()

    def _grow(self, text: str, start: int, end: int) -> None:
        if self.number >= self.first:
            room = MOST_OF_A_LINE - len(self._part)
            self._over = self._over or end - start > room
            self._part += text[start : min(end, start + room)]

    def _take(self) -> None:
        if self.number >= self.first:
            if len(self.taken) == self.limit or self.size + len(self._part) > MOST:
                self.is_full = True
                return
            self.taken.append(self._part)
            self.size += len(self._part) + 1
            self.cut += self._over
            self._part, self._over = "", False


async def _read(output: Output, page: _Page, blobs: Blobs) -> None:
    """Load as few pieces as hold the page."""
    for piece in output.pieces:
        if page.number + piece.lines < page.first and piece is not output.pieces[-1]:
            page.skip(piece.lines)
        else:
            page.add((await blobs.kept(piece.hash)).decode())
        if page.is_full:
            return
    page.add(output.rest)
    page.end()
