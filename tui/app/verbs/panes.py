"""The verbs of panes: splitting, sizing, leaving them."""

from tui.app.verbs.base import Group

STEP_CELLS = 4


class PaneVerbs(Group):
    """On the focused pane."""

    async def right(self, rest: str) -> None:
        await self._screen.split_pane("right")

    async def down(self, rest: str) -> None:
        await self._screen.split_pane("down")

    async def next(self, rest: str) -> None:
        split = self._screen.split
        panes = split.panes
        here = panes.index(split.focused_pane) if split.focused_pane in panes else -1
        self._screen.focus_prompt(panes[(here + 1) % len(panes)])

    async def zoom(self, rest: str) -> None:
        split = self._screen.split
        split.zoom(None if split.zoomed else split.focused_pane)

    async def close(self, rest: str) -> None:
        await self._screen.close_pane(self._screen.focused_pane)

    async def wider(self, rest: str) -> None:
        self._resize(STEP_CELLS, "x")

    async def narrower(self, rest: str) -> None:
        self._resize(-STEP_CELLS, "x")

    async def taller(self, rest: str) -> None:
        self._resize(STEP_CELLS // 2, "y")

    async def shorter(self, rest: str) -> None:
        self._resize(-STEP_CELLS // 2, "y")

    def _resize(self, cells: int, axis) -> None:
        self._screen.split.resize(self._screen.split.focused_pane, cells, axis)
