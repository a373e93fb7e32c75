"""Sessions in every state at once, each with a model of its own, and words for the inbox over them.

async with everything(home) as crowd:
    await crowd.opened()
    assert crowd.kinds() == [...]
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.app.stage import AppModels, Stage, opened_app
from tests.scripts import AuthFailed, Hold, Overloaded, ScriptedProvider, call, fail, text
from tui.app.attention.inbox import InboxItem
from tui.app.screens.inbox import InboxScreen
from tui.engine.session import Session
from tui.engine.stream import Limits
from tui.providers.base import Request
from tui.providers.scripted import Step
from widgets.ask_bar import AskBar

WRITE = call("write", {"path": "src/new.py", "content": "x = 1\n"})
ASK = call("ask_user", {"question": "Two gates could carry the pipe.\nWhich one?", "options": ["north", "south"]})
Played = Step | Callable[[Request], Step]
STATES = ("idle", "running", "asking", "choosing", "failed", "held", "retrying", "budget")


class Crowd:
    """A stage on which several sessions stand, by name."""

    def __init__(self, stage: Stage, holds: dict[str, Hold]) -> None:
        self.stage = stage
        self.holds = holds
        self.sessions: dict[str, Session] = {}

    def __getitem__(self, name: str) -> Session:
        return self.sessions[name]

    async def begin(self, name: str, prompt: str = "Go") -> Session:
        """A new session of this name, on the model of this name, with a prompt under way."""
        session = await self.stage.workspace.new_session(f"{name}/m")
        await self.stage.main.add_session(session)
        self.sessions[name] = session
        session.submit(prompt)
        return session

    async def add(self, *names: str) -> None:
        """Sessions in the states of these names."""
        for name in names:
            session = await self.begin(name, f"{name} it")
            await self.stage.until(lambda name=name, session=session: self._is_there(name, session))
            if name == "budget":  # the first turn has cost it
                session.change_budget(0.5)
                session.submit("And more")
                await self.stage.until(lambda session=session: len(session.state.turns) == 2 and not session.running)
            if name == "held":
                session.submit("And then this")
                session.interrupt()
                await self.stage.until(lambda session=session: not session.running)

    def _is_there(self, name: str, session: Session) -> bool:
        state = session.state
        match name:
            case "idle" | "failed" | "budget":
                return bool(state.turns) and not session.running
            case "asking" | "choosing":
                return state.status == "asking"
            case "retrying":
                return any(step.retries for step in state.steps.values())
            case _:
                return any(part.text for part in state.parts.values())

    # --- the inbox

    @property
    def screen(self) -> InboxScreen:
        screen = self.stage.app.screen
        assert isinstance(screen, InboxScreen), screen
        return screen

    @property
    def bar(self) -> AskBar:
        return self.screen.query_one(AskBar)

    @property
    def selected(self) -> InboxItem:
        item = self.screen.selected
        assert item is not None
        return item

    def kinds(self) -> list[str]:
        return [item.kind for item in self.screen.listed]

    def names(self) -> list[str]:
        """Whose the listed things are."""
        by_id = {session.id: name for name, session in self.sessions.items()}
        return [by_id[item.session_id] for item in self.screen.listed]

    async def opened(self) -> None:
        await self.stage.press("f3")
        await self.stage.until(lambda: isinstance(self.stage.app.screen, InboxScreen) and self.screen.focused)

    async def answerable(self) -> None:
        """A question is shown and takes keys."""
        await self.stage.until(lambda: self.bar.request is not None and self.bar.hears)

    async def closed(self) -> None:
        await self.stage.press("escape")
        await self.stage.until(lambda: not isinstance(self.stage.app.screen, InboxScreen))


def scripts(holds: dict[str, Hold]) -> dict[str, list[Step]]:
    """What each model says."""
    return {
        "idle": [[text("Done.")]],
        "running": [[text("On it.", holds["running"])]],
        "asking": [[WRITE], [text("Written.")]],
        "choosing": [[ASK], [text("Good.")]],
        "failed": [[fail(AuthFailed("The key was refused."))], [text("Now it works.")]],
        "held": [[text("Half.", holds["held"])], [text("The rest.")]],
        "retrying": [[fail(Overloaded("The model is overloaded.", retry_after=25.0))], [text("At last.")]],
        "budget": [[text("It cost something.")], [text("More.")]],
    }


@asynccontextmanager
async def crowded(
    home: Path, *names: str, more: Mapping[str, Sequence[Played]] | None = None, size: tuple[int, int] = (120, 40),
    theme: str = "penstock-dark",
) -> AsyncIterator[Crowd]:  # fmt: skip
    """The app with sessions in these states, in this order, on top of the one that it opens with."""
    holds = {name: Hold() for name in ("running", "held")}
    providers = {name: ScriptedProvider(steps) for name, steps in {**scripts(holds), **(more or {})}.items()}
    models = AppModels({**providers, "scripted": ScriptedProvider([])}, price=1.0)
    async with opened_app(home, models=models, size=size, theme=theme, limits=Limits(retries=3)) as stage:
        crowd = Crowd(stage, holds)
        await crowd.add(*names)
        yield crowd
        for hold in holds.values():
            hold.release()
