"""The verbs of the program itself."""

from collections.abc import Awaitable, Callable

from tui.app.layout import THEME_KEY
from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.app.verbs.base import Group


class ProgramVerbs(Group):
    """On the whole program."""

    def __init__(self, screen: WorkspaceScreen, program: Program, run: Callable[[str, str], Awaitable[None]]) -> None:
        super().__init__(screen, program)
        self._run = run

    async def palette(self, rest: str) -> None:
        from tui.app.screens.lists import command_list  # noqa: PLC0415

        picked = await self._program.ask(command_list(self._program.keys_of))
        if picked is not None:
            await self._run(str(picked), "")

    async def help(self, rest: str) -> None:
        from tui.app.screens.help import HelpScreen  # noqa: PLC0415

        await self._program.ask(HelpScreen(self._program))

    async def theme(self, rest: str) -> None:
        self._screen.shelf.put(THEME_KEY, self._program.next_theme(rest))

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
