"""``shell``: one command line, its output live, its exit code in the result."""

import asyncio
import shutil

from pydantic import BaseModel, ConfigDict, Field

from tui.errors import ToolError, ToolTimedOut
from tui.messages import TextDisplay
from tui.tools.base import ToolContext, ToolResult
from tui.tools.child import run_child
from tui.tools.sandbox import confined


class ShellArgs(BaseModel):
    """Run a command with bash in the working folder. Nothing can be typed into it. Its exit code is part of the
    result."""

    model_config = ConfigDict(extra="forbid")

    command: str = Field(description="The command line.", min_length=1)
    timeout: int = Field(default=120, description="Seconds until it is ended.", ge=1, le=3600)
    network: bool = Field(default=False, description="Whether it needs the network. The person may be asked.")
    unconfined: bool = Field(default=False, description="Whether to run outside the sandbox. Always asked for.")


async def shell_tool(args: ShellArgs, ctx: ToolContext) -> ToolResult:
    """Run it. An exit code other than 0 is an error for the model, with all of the output."""
    if "\0" in args.command:
        raise ToolError("A command cannot hold a NUL byte.")
    program = shutil.which("bash") or "/bin/sh"
    argv = await confined([program, "-c", args.command], ctx, network=args.network, unconfined=args.unconfined)
    try:
        async with asyncio.timeout(args.timeout):
            done = await run_child(argv, ctx, show=ctx.output)
    except TimeoutError:
        raise ToolTimedOut(f"The command did not end within {args.timeout} s and was stopped.") from None
    except OSError as error:
        raise ToolError(f"The command cannot be started in {ctx.cwd}: {error.strerror}.") from error
    how = f"exit code {done.code}" if done.code >= 0 else f"ended by signal {-done.code}"
    output = done.text if done.text.strip() else "(no output)"
    return ToolResult(
        text=f"{output.rstrip()}\n[{how}]", display=(TextDisplay(text=f"{output.rstrip()}\n[{how}]"),),
        error=done.code != 0,
    )  # fmt: skip
