"""A toolbox for tests: tools that are functions of the test, under the names that it gives them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from tests.scripts import REFERENCE, ScriptedModels
from tui.engine.session import Session
from tui.engine.workspace import Workspace, open_workspace
from tui.state import CallState
from tui.store.store import Store
from tui.tools.base import LoadedTool, ToolResult, ToolSpec

Tool = Callable[..., Any]


class Arguments(BaseModel):
    """``text`` is there to be filled."""

    model_config = ConfigDict(extra="forbid")

    text: str = ""
    number: int = 0


async def fine(args: Arguments, ctx: Any) -> ToolResult:
    """A tool without faults."""
    return ToolResult(text=f"fine {args.number}")


class Box:
    """``Toolbox`` over functions. Nothing of it is asked about: its tools claim to touch only the session."""

    def __init__(self, tools: dict[str, Tool], timeout: float = 60.0) -> None:
        self._tools = {"fine": fine, **tools}
        self._timeout = timeout

    def specs(self) -> tuple[ToolSpec, ...]:
        return tuple(
            ToolSpec(
                name=name, description="A tool.", parameters=Arguments.model_json_schema(), module="", function="",
                arguments="", effect="own", timeout=self._timeout,
            )
            for name in self._tools
        )  # fmt: skip

    def spec(self, name: str) -> ToolSpec | None:
        return next((spec for spec in self.specs() if spec.name == name), None)

    def load(self, name: str) -> LoadedTool:
        return LoadedTool(run=self._tools[name], arguments=Arguments)


@asynccontextmanager
async def opened(
    store: Store, folder: Path, models: ScriptedModels, *, timeout: float = 60.0, **tools: Tool
) -> AsyncGenerator[tuple[Workspace, Session], None]:
    """A workspace whose agent has ``tools``, and a new session in it."""
    async with open_workspace(
        store=store, models=models, toolbox=Box(tools, timeout), root=folder, cwd=folder
    ) as workspace:
        yield workspace, await workspace.new_session(REFERENCE)


async def ended(session: Session) -> list[CallState]:
    """All calls of the session, once its turn has ended."""
    async with asyncio.timeout(30):
        await session.rest()
    return list(session.state.calls.values())
