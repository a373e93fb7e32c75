"""``todo``: the agent's checklist, which the person sees above the prompt.

The tool keeps nothing: the list is a display of the call's result, and the session's fold takes it from there. So a
resumed session has it, a fork has its own, and what a call says that never ended well is not on it.
"""

from pydantic import BaseModel, ConfigDict, Field

from tui.messages import TodoDisplay, TodoItem, TodoStatus
from tui.tools.base import ToolContext, ToolResult

MOST_ITEMS = 100
LONGEST = 300
"""Characters of an item."""


class TodoEntry(BaseModel):
    """One item."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(description="What is to be done, on one line.", min_length=1, max_length=LONGEST)
    status: TodoStatus = Field(default="open", description="How far it is.")


class TodoArgs(BaseModel):
    """Set your checklist, which the person sees. Give the whole list each time; an empty one clears it. Use it for work
    of several steps, and keep it true: one item is being done at a time."""

    model_config = ConfigDict(extra="forbid")

    items: list[TodoEntry] = Field(description="All items, in order.", max_length=MOST_ITEMS)


async def todo_tool(args: TodoArgs, ctx: ToolContext) -> ToolResult:
    """Set the checklist."""
    items = tuple(TodoItem(text=" ".join(entry.text.split()), status=entry.status) for entry in args.items)
    return ToolResult(text=_summary(items), display=(TodoDisplay(items=items),))


def _summary(items: tuple[TodoItem, ...]) -> str:
    if not items:
        return "The checklist is empty."
    done = sum(item.status == "done" for item in items)
    doing = next((item.text for item in items if item.status == "doing"), "")
    return f"The checklist is set: {done} of {len(items)} done{f', now: {doing}' if doing else ''}."
