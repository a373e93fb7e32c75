"""``ask_user``: a question to the person, answered whenever they like, in their own words or by one of the options."""

from pydantic import BaseModel, ConfigDict, Field

from tui.errors import ToolError
from tui.tools.base import ToolContext, ToolResult

MOST_OPTIONS = 8
LONGEST_OPTION = 120
LONGEST = 4000
"""Characters of a question."""

NOBODY = "Nobody can be asked: this runs without a screen."
DISMISSED = "The person chose not to answer. Go on without it as well as you can, or end with what you need to know."


class AskUserArgs(BaseModel):
    """Ask the person one question and wait for the answer. Only for what you cannot find out yourself and must not
    guess."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(
        description="The question, with what is needed to answer it.", min_length=1, max_length=LONGEST
    )
    options: list[str] = Field(
        default=[],
        description="Short answers to choose from, 8 at most; the person may always answer in own words.",
        max_length=MOST_OPTIONS,
    )


async def ask_user_tool(args: AskUserArgs, ctx: ToolContext) -> ToolResult:
    """Ask, and wait for as long as it takes."""
    options = tuple(" ".join(option.split()) for option in args.options)
    if any(not option for option in options) or len(set(options)) < len(options):
        raise ToolError("Each option needs a text of its own.")
    if any(len(option) > LONGEST_OPTION for option in options):
        raise ToolError(f"An option has {LONGEST_OPTION} characters at most. Put what is longer into the question.")
    if not args.question.strip():
        raise ToolError("The question is empty.")
    if ctx.ask is None:
        raise ToolError(NOBODY, hint="Decide it yourself, or end with what you need to know.")
    answer = await ctx.ask(args.question.strip(), options)
    return ToolResult(text=DISMISSED if answer is None else f"The person answers: {answer}")
