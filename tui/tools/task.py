"""``task``: a piece of work for a sub-agent, in a session of its own that the person can see and steer.

What the sub-agent did stays in its session; the caller gets its last answer and where to find the rest.
"""

from pydantic import BaseModel, ConfigDict, Field

from tui.errors import ToolError
from tui.tools.base import Report, ToolContext, ToolResult

LONGEST_ANSWER = 40_000
"""Characters of a sub-agent's answer that its caller reads."""


class TaskArgs(BaseModel):
    """Give a sub-agent a piece of work and wait for its answer. It works in the same folder with the same tools and
    knows nothing of this conversation. Several calls in one step run at the same time."""

    model_config = ConfigDict(extra="forbid")

    prompt: str = Field(description="All that it must know: what to do, where, and what to answer.", min_length=1)
    title: str = Field(default="", description="A few words for its tab.", max_length=80)
    model: str = Field(default="", description="Another model, as provider/model; empty for your own.")


async def task_tool(args: TaskArgs, ctx: ToolContext) -> ToolResult:
    """Let it work, and return its last answer."""
    if ctx.delegate is None:
        raise ToolError("There are no sub-agents here.")
    if not args.prompt.strip():
        raise ToolError("The prompt is empty.")
    report = await ctx.delegate(args.prompt, " ".join(args.title.split()), args.model.strip())
    return ToolResult(text=_told(report), error=report.outcome != "done")


def _told(report: Report) -> str:
    answer = _shortened(report.answer.strip())
    where = f"[sub-agent's session: {report.session_id}]"
    match report.outcome:
        case "done":
            return f"{answer or '(It ended without an answer.)'}\n\n{where}"
        case "failed":
            how = f"The sub-agent failed: {report.error}".strip()
        case _:
            how = "The person interrupted the sub-agent."
    rest = f" What it last said:\n\n{answer}" if answer else ""
    return f"{how}{rest}\n\n{where}"


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_ANSWER:
        return text
    half = LONGEST_ANSWER // 2
    return f"{text[:half]}\n\n[… {len(text) - 2 * half:,} characters are only in its session …]\n\n{text[-half:]}"
