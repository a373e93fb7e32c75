"""``memory``: notes for the person and for the project, which the agents of later sessions are told.

Reading them runs unasked. What would change them asks, and shows the change as a diff of the file: a note is told to
every later session, so nothing gets there that the person has not seen.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tui.diffs import diff_display
from tui.errors import ToolError
from tui.messages import Display
from tui.tools.base import Notebook, NotesChange, NoteScope, ToolContext, ToolResult

Found = tuple[NoteScope, str]

MOST_FOUND = 20
SCOPES: tuple[NoteScope, ...] = ("person", "project")
_TITLES: dict[NoteScope, str] = {"person": "For the person", "project": "For this project"}


class MemoryArgs(BaseModel):
    """Notes that outlive this session: facts and wishes of the person, or of this project. Add only what will still be
    true and useful later, one fact a note; search before you add; remove what is no longer true."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["list", "search", "add", "remove"] = Field(description="What to do.")
    scope: Literal["person", "project"] = Field(default="project", description="Whose notes: for add and remove.")
    text: str = Field(default="", description="The words to search for; the note to add; the exact note to remove.")


async def preview_memory(args: MemoryArgs, ctx: ToolContext) -> tuple[Display, ...]:
    """The diff of the notes' file. Touches nothing."""
    if args.action in ("list", "search"):
        return ()
    change = await _changed(args, ctx, dry=True)
    return (diff_display(change.path, ctx.cwd, change.before, change.after),)


async def memory_tool(args: MemoryArgs, ctx: ToolContext) -> ToolResult:
    """Do it."""
    if args.action in ("list", "search"):
        return ToolResult(text=await _told(args, ctx))
    change = await _changed(args, ctx)
    display = diff_display(change.path, ctx.cwd, change.before, change.after)
    done = "Noted" if args.action == "add" else "Removed"
    return ToolResult(text=f"{done}, for the {args.scope}.", display=(display,), paths=(str(change.path),))


async def _changed(args: MemoryArgs, ctx: ToolContext, *, dry: bool = False) -> NotesChange:
    book = _book(ctx)
    change = book.add if args.action == "add" else book.remove
    return await ctx.bridge.run(lambda: change(args.scope, args.text, dry=dry))


async def _told(args: MemoryArgs, ctx: ToolContext) -> str:
    book = _book(ctx)
    notes: list[Found] = []
    for scope in SCOPES:
        for note in await ctx.bridge.run(book.read, scope):
            notes.append((scope, note))
    if args.action == "search":
        notes = found(notes, args.text)[:MOST_FOUND]
        if not notes:
            return f"No note has a word of {args.text.strip()!r}."
        return "\n".join(f"- ({scope}) {note}" for scope, note in notes)
    if not notes:
        return "There are no notes yet."
    lines = []
    for scope in SCOPES:
        mine = [f"- {note}" for of, note in notes if of == scope]
        lines += [f"{_TITLES[scope]}:", *mine] if mine else []
    return "\n".join(lines)


def found(notes: list[Found], query: str) -> list[Found]:
    """Notes that hold a word of ``query``, in any case: those with most of its words first, then the newest.

    Raises:
        ToolError: there is no word in it.
    """
    words = set(query.casefold().split())
    if not words:
        raise ToolError("Give the words to search for as text.")
    hits = [(sum(word in note.casefold() for word in words), at) for at, (_, note) in enumerate(notes)]
    return [notes[at] for count, at in sorted(hits, reverse=True) if count]


def _book(ctx: ToolContext) -> Notebook:
    if ctx.kit.notes is None:
        raise ToolError("No notes are kept here.")
    return ctx.kit.notes
