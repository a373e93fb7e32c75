"""The verbs of the program itself."""

from collections.abc import Awaitable, Callable, Mapping

from textual.binding import Binding
from textual.screen import Screen

from tui.app.action import Group as Kind
from tui.app.footer import At
from tui.app.keys import BY_ID
from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.app.verbs.base import Group
from tui.errors import UsageError

GROUPS: Mapping[At, tuple[Kind, ...]] = {
    "prompt": ("Prompt", "Turn"),
    "transcript": ("Transcript",),
    "find": ("Transcript",),
    "queue": ("Queue",),
    "ask": ("Answering",),
}
"""What the help begins with, by where the person stands."""
LISTS: Kind = "Lists and texts"


class ProgramVerbs(Group):
    """On the whole program."""

    def __init__(self, screen: WorkspaceScreen, program: Program, run: Callable[[str, str], Awaitable[None]]) -> None:
        super().__init__(screen, program)
        self._run = run

    async def palette(self, rest: str) -> None:
        from tui.app.screens.lists import OWN, command_list  # noqa: PLC0415

        own = await self._program.errands.own_commands()
        picked = str(await self._program.ask(command_list(self._program.keys_of, own)) or "")
        if picked.startswith(OWN):
            self._screen.focused_pane.begin_command(picked.removeprefix(OWN))
        elif picked:
            await self._run(picked, "")

    async def help(self, rest: str) -> None:
        from tui.app.screens.help import HelpScreen  # noqa: PLC0415

        over = self._screen.app.screen
        here = GROUPS[self._screen.footer.here.at] if over is self._screen else groups_of(over)
        await self._program.ask(HelpScreen(self._program, here, rest))

    help_too = help

    async def theme(self, rest: str) -> None:
        looks = self._program.looks
        if looks.colourless:
            raise UsageError("NO_COLOR is set: no theme shows.", hint="Start Penstock without it.")
        if not rest:
            from tui.app.screens.themes import theme_list  # noqa: PLC0415

            looks.read_own()
            rest = str(await self._program.ask(theme_list(looks)) or "")
        if rest:
            looks.choose(rest)

    async def settings(self, rest: str) -> None:
        from tui.app.screens.settings import SettingsScreen  # noqa: PLC0415

        await self._program.ask(SettingsScreen(self._program, rest))

    async def select_text(self, rest: str) -> None:
        self._program.take_mouse(not self._program.mouse_taken)

    async def suspend(self, rest: str) -> None:
        self._program.suspend_to_shell()

    async def quit(self, rest: str) -> None:
        running = [tab for tab in self._screen.tabs.all() if tab.state in ("running", "asking")]
        if running:
            from tui.app.screens.lists import leave_list  # noqa: PLC0415

            if await self._program.ask(leave_list(len(running))) != "quit":
                return
        self._screen.keep_all()
        self._program.leave()


def groups_of(screen: Screen[object]) -> list[Kind]:
    """The groups of the table that a screen's keys are of, its own first."""
    ids = [binding.id for binding in Binding.make_bindings(screen.__class__.__dict__.get("BINDINGS", []))]
    own: list[Kind] = [BY_ID[name].group for name in ids if name is not None and name in BY_ID]
    return list(dict.fromkeys([*own, LISTS]))
