"""The verbs of panes and tabs: splitting, sizing, moving and leaving them, and arrangements by name."""

from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.app.tabs.arrangement import MOST_PANES, SHAPES, Arrangement, Direction
from tui.app.tabs.layout import BEFORE, NAMED_KEY, Named
from tui.app.verbs.base import Group
from tui.errors import UsageError
from widgets.split_tree import Axis

STEP_CELLS = 4
OWN = ""
"""Stands for a tab of its own where one chooses where a pane goes."""


class PaneVerbs(Group):
    """On the focused pane, and on the tab where it stands."""

    def __init__(self, screen: WorkspaceScreen, program: Program) -> None:
        super().__init__(screen, program)
        self._shape = 0

    @property
    def _here(self) -> str:
        """The session of the focused pane, there or not."""
        return self._screen.arrangement.focused

    async def right(self, rest: str) -> None:
        await self._split("right")

    async def down(self, rest: str) -> None:
        await self._split("down")

    async def _split(self, direction: Direction) -> None:
        screen = self._screen
        if len(screen.panes) >= MOST_PANES:
            raise UsageError(f"A tab takes {MOST_PANES} panes.", hint="/new opens a session in a tab of its own.")
        await screen.open_new(model=screen.session.state.model if screen.session else "", beside=direction)

    async def next(self, rest: str) -> None:
        self._step(1)

    async def previous(self, rest: str) -> None:
        self._step(-1)

    def _step(self, step: int) -> None:
        panes = self._screen.panes
        here = panes.index(self._screen.focused_pane)
        self._screen.focus_prompt(panes[(here + step) % len(panes)].id or "")

    async def next_tab(self, rest: str) -> None:
        await self._screen.show_session(self._screen.arrangement.step(1))

    async def previous_tab(self, rest: str) -> None:
        await self._screen.show_session(self._screen.arrangement.step(-1))

    async def zoom(self, rest: str) -> None:
        split = self._screen.split
        split.zoom(None if split.zoomed else split.focused_pane)

    async def close(self, rest: str) -> None:
        """The pane goes, its session goes on in a tab of its own."""
        if len(self._screen.panes) == 1:
            raise UsageError("This is the tab's only pane.", hint="/close takes its session from the strip.")
        self._screen.arrangement.take_out(self._here)
        await self._screen.show_arrangement()

    async def swap(self, rest: str) -> None:
        """Exchange places with the next pane, or with the session of that number."""
        screen, panes = self._screen, [pane for pane in self._screen.panes if pane.session is not None]
        if rest:
            other = self._session_at(rest)
        elif len(panes) < 2 or screen.session is None:
            raise UsageError("There is one pane here.", hint="/swap 3 exchanges it with session 3.")
        else:
            beside = panes[(panes.index(screen.focused_pane) + 1) % len(panes)].session
            other = beside.id if beside is not None else self._here
        here = self._here
        screen.arrangement.swap(here, other)
        await screen.show_session(here)

    async def move(self, rest: str) -> None:
        """Move the pane to another tab, beside a session there, or to a tab of its own."""
        from tui.app.screens.lists import session_list  # noqa: PLC0415

        screen, here = self._screen, self._here
        arrangement = screen.arrangement
        mine = arrangement.tab_of(here).ids
        others = [tab for tab in screen.tabs.all() if tab.id not in mine]
        own = len(mine) > 1
        if rest:
            target = OWN if rest == "own" else self._session_at(rest)
        elif not others and not own:
            raise UsageError("There is no other tab.", hint="/new opens one.")
        else:
            target = await self._program.ask(session_list("Move this pane beside", others, own=own))
        if target is None:
            return
        if target == OWN:
            arrangement.take_out(here)
        else:
            arrangement.move_beside(here, str(target))
        await screen.show_session(here)

    async def bring(self, rest: str) -> None:
        """Bring a session from another tab to the side of this pane."""
        from tui.app.screens.lists import session_list  # noqa: PLC0415

        screen = self._screen
        others = [tab for tab in screen.tabs.all() if tab.id not in screen.arrangement.tab_of(self._here).ids]
        if not others:
            raise UsageError("All sessions are here.", hint=f"{self._way('pane.right')} splits the pane for a new one.")
        if len(screen.panes) >= MOST_PANES:
            raise UsageError(f"A tab takes {MOST_PANES} panes.")
        picked = self._session_at(rest) if rest else await self._program.ask(session_list("Bring beside", others))
        if picked is not None:
            screen.arrangement.move_beside(str(picked), self._here)
            await screen.show_session(str(picked))

    def _session_at(self, slot: str) -> str:
        found = next((tab.id for tab in self._screen.tabs.all() if str(tab.slot) == slot.strip()), None)
        if found is None:
            raise UsageError(f"No open session has the number {slot!r}.", hint="The strip shows their numbers.")
        return found

    async def shape(self, rest: str) -> None:
        """Lay the tab's panes out evenly: as named, or in the next shape."""
        screen, split = self._screen, self._screen.split
        if rest and rest not in SHAPES:
            raise UsageError(f"There is no arrangement {rest!r}.", hint=f"There are: {', '.join(SHAPES)}.")
        if len(screen.panes) < 2:
            raise UsageError("There is one pane here.", hint=f"{self._way('pane.right')} splits it.")
        at = SHAPES.index(rest) if rest in SHAPES else self._shape
        shape, self._shape = SHAPES[at], (at + 1) % len(SHAPES)
        screen.arrangement.reshape(shape, split.size)
        await screen.show_arrangement()
        screen.notify(f"Arranged: {shape}.", timeout=2)

    async def wider(self, rest: str) -> None:
        self._resize(STEP_CELLS, "x")

    async def narrower(self, rest: str) -> None:
        self._resize(-STEP_CELLS, "x")

    async def taller(self, rest: str) -> None:
        self._resize(STEP_CELLS // 2, "y")

    async def shorter(self, rest: str) -> None:
        self._resize(-STEP_CELLS // 2, "y")

    def _resize(self, cells: int, axis: Axis) -> None:
        self._screen.split.resize(self._screen.split.focused_pane, cells, axis)


class LayoutVerbs(Group):
    """On all tabs together."""

    async def pick(self, rest: str) -> None:
        """Arrange all open sessions as a kept layout says; those that it does not name get tabs of their own."""
        from tui.app.screens.lists import layout_list  # noqa: PLC0415

        await self._screen.shelf.read_again(NAMED_KEY)
        screen, named = self._screen, Named(self._screen.shelf)
        if not named.names:
            raise UsageError("No layout was kept yet.", hint="/keep-layout NAME keeps this one.")
        name = rest or await self._program.ask(layout_list(named.names))
        if name is None:
            return
        layout = Arrangement.from_text(named.get(str(name)))
        layout.only(screen.tabs)
        for session_id in screen.arrangement.ids:
            layout.add(session_id)
        await self._arrange(layout)

    async def back(self, rest: str) -> None:
        """Undo what a broadcast did to the panes. Sessions that are newer stay with those of them beside them."""
        screen, named = self._screen, Named(self._screen.shelf)
        if BEFORE not in named.names:
            raise UsageError("No broadcast has moved a pane.", hint="/layout brings back what was kept by name.")
        layout = Arrangement.from_text(named.get(BEFORE))
        layout.only(screen.tabs)
        front = layout.focused
        for tab in screen.arrangement.tabs:
            newer = [session_id for session_id in tab.ids if session_id not in layout]
            if newer:
                layout.gather(newer, "grid", screen.split.size)
        if front:
            layout.bring_to_front(front)
        named.remove(BEFORE)
        await self._arrange(layout)

    async def _arrange(self, layout: Arrangement) -> None:
        here = self._screen.arrangement.focused
        self._screen.arrangement = layout
        await (self._screen.show_arrangement() if layout.focused else self._screen.show_session(here))

    async def keep(self, rest: str) -> None:
        """Keep the arrangement of all tabs under a name."""
        if not rest:
            raise UsageError("A layout needs a name.", hint="/keep-layout review")
        await self._screen.shelf.read_again(NAMED_KEY)
        Named(self._screen.shelf).put(rest, self._screen.arrangement.to_text())
        self._screen.notify(f"Kept. /layout {rest} brings it back.", markup=False)

    async def forget(self, rest: str) -> None:
        """Forget a kept layout; no session and no pane changes."""
        from tui.app.screens.lists import layout_list  # noqa: PLC0415

        await self._screen.shelf.read_again(NAMED_KEY)
        named = Named(self._screen.shelf)
        if not named.names:
            raise UsageError("No layout was kept yet.")
        name = rest or await self._program.ask(layout_list(named.names))
        if name is not None:
            named.remove(str(name))
            self._screen.notify(f"The layout {name} is forgotten; nothing on screen changed.", markup=False)
