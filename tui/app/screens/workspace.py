"""The main screen: strip, panes and footer, and what holds them together.

Every open session stands in one tab of the arrangement; the tab in front is on screen. Choosing a session goes to
its tab and its pane, and a new one gets a tab of its own, so no layout changes unless the person changes it.
The verbs of the keys table are in ``tui.app.verbs``; here is what they are made of.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.timer import Timer
from textual.worker import Worker

from tui.app.footer import Footer, Here
from tui.app.frame import Frame, taking_turns
from tui.app.pane import Pane, Services
from tui.app.tabs.arrangement import Arrangement, Direction, Shape
from tui.app.tabs.elsewhere import read_kept, told_held, told_taken
from tui.app.tabs.layout import DENSITY_KEY, Shelf, density_named, draft_key
from tui.app.tabs.panes import Panes
from tui.app.tabs.strip import Tabs
from tui.engine.session import Session
from tui.engine.workspace import Workspace
from tui.errors import PenstockError, SessionHeld
from widgets.blocks import Density
from widgets.compositor import FrugalScreen
from widgets.split import Split
from widgets.tab_strip import Tab, TabStrip
from widgets.transcript import Transcript

KEEP_AFTER = 0.2
"""Seconds from a change until long drafts and scroll anchors are kept. Short drafts are kept with each key."""
FRESH = "new"
"""Stands in the arrangement for a session that is about to be made."""


class WorkspaceScreen(FrugalScreen):
    """All open sessions. ``known``: what the store says of this workspace's sessions."""

    DEFAULT_CSS = """
    WorkspaceScreen { background: $background; }
    WorkspaceScreen > #footer { background: $panel; }
    """
    BINDINGS = [Binding("escape", "escape", show=False)]

    def __init__(self, workspace: Workspace, shelf: Shelf, services: Services, *, known: dict[str, Tab]) -> None:
        super().__init__()
        self.workspace = workspace
        self.shelf = shelf
        self.tabs = Tabs()
        self.arrangement = Arrangement.from_text(shelf.get(shelf.layout_key))
        self.frame: Frame | None = None
        self.footer = Footer(services.keymap, id="footer")
        self.ready = asyncio.Event()
        """The sessions that are on screen first are there."""
        self._services = services
        self._known = known
        self.strip = TabStrip(id="tabs")
        self._split = Split(id="split")
        self._panes = Panes(self._split, self._make_pane, shelf)
        self._kept_panes: set[Pane] = set()
        self._keeping: Timer | None = None
        self._restored = False
        self._restoring: Worker[None] | None = None
        self._visible: dict[str, Pane] = {}
        self.watchers: dict[str, Callable[[], None]] = {}
        """Called in a frame in which a session (by id) changed: a screen over this one that shows a part of it."""
        self._onlookers: list[Callable[[], None]] = []
        self.heard: Callable[[frozenset[str]], None] = lambda changed: None
        """Called in a frame in which sessions changed, with them; with none when what is on screen did."""

    def compose(self) -> ComposeResult:
        yield self.strip
        yield self.footer

    async def on_mount(self) -> None:
        self.arrangement.only(self._known)
        for session_id in self.arrangement.ids:
            self.tabs.open(self._known[session_id])
        if self.arrangement.front is None:
            self.arrangement.add(FRESH)
        await self.mount(self._split, before="#footer")  # not composed: Textual would style it twice
        await self._show_panes()
        self.frame = Frame(self._draw, self._fail)
        self.workspace.changed = self.frame.touch
        self.workspace.opened = self._agent_opened
        self.workspace.following.freed = lambda session_id: self.run_worker(self._take_over(session_id))
        self.draw_footer()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """After the first frame: what was open opens. Until then the panes are empty and take what is typed."""
        self._restoring = self.run_worker(self._restore(), name="restore")

    def leave(self) -> None:
        """The program ends: what is still being opened would be shown on a screen that is taken apart."""
        if self._restoring is not None:
            self._restoring.cancel()

    def on_unmount(self) -> None:
        self.workspace.changed = lambda session_id: None
        self.workspace.opened = lambda session: None
        self.workspace.following.freed = lambda session_id: None
        if self.frame is not None:
            self.frame.stop()

    # --- parts

    @property
    def split(self) -> Split:
        return self._split

    @property
    def panes(self) -> list[Pane]:
        """The panes of the tab in front, left to right and top to bottom."""
        return list(self._panes)

    @property
    def focused_pane(self) -> Pane:
        pane = self._panes.get(self._split.focused_pane) or self.panes[0]
        assert isinstance(pane, Pane)
        return pane

    @property
    def session(self) -> Session | None:
        """The session of the focused pane."""
        return self.focused_pane.session

    def pane_of(self, session_id: str) -> Pane | None:
        """The pane that shows a session; None where it stands in another tab."""
        pane = self._panes.get(session_id)
        return pane if pane is not None and pane.session is not None else None

    def focus_prompt(self, pane_id: str) -> None:
        """Make a pane the focused one, with the focus in its prompt."""
        pane = next((pane for pane in self.panes if pane.id == pane_id), None)
        if pane is not None:
            # both at once: the next key is meant for it; and by no way round: what a prompt offers goes with its focus
            self._split.focus_pane(self._split.key_of(pane), pane.prompt)

    def _make_pane(self, pane_id: str) -> Pane:
        pane = Pane(pane_id, self._services)
        pane.transcript.set_density("tool", self.density)
        return pane

    @property
    def density(self) -> Density:
        """How much of all tool rows is shown."""
        return density_named(self.shelf.get(DENSITY_KEY)) or "line"

    # --- sessions in tabs and panes

    async def _restore(self) -> None:
        """Open what was open: visible sessions first, then the others, so that what a crash left is closed."""
        held: list[SessionHeld] = []
        try:
            await self._fill_panes(held)
            if all(pane.session is None for pane in self.panes):
                await self.open_new()
        finally:
            self.ready.set()
        self._restored = True
        await self._open_others(held)
        if held:
            self.notify(told_held(held), title="Open elsewhere", markup=False, timeout=10)
        self.screen_changed()

    async def _open_others(self, held: list[SessionHeld], *, again: bool = False) -> None:
        """``again``: also those that were found to be run by another process, which may be gone."""
        for session_id in [each for each in self.tabs.ids if again or not self.tabs.is_held(each)]:
            if self.workspace.session(session_id) is None and not self.app._exit:
                await self._open(session_id, held, follow=False)

    async def _open(
        self, session_id: str, held: list[SessionHeld] | None = None, *, follow: bool = True
    ) -> Session | None:
        """A session in memory; None, and a sentence on screen (or in ``held``), where it cannot be opened or read."""
        was_held = self.tabs.is_held(session_id)
        try:
            try:
                session = await self.workspace.open_session(session_id)
                if was_held:
                    await read_kept(self.shelf, session_id)
            except SessionHeld as error:
                if held is not None:
                    held.append(error)
                self.tabs.hold(session_id, error.pid)
                self._draw_strip()
                if not follow:
                    return None
                session = await self.workspace.following.follow(session_id)
        except PenstockError as error:
            self.notify(error.sentence(), title="Session not opened", severity="error", markup=False, timeout=10)
            self.tabs.close(session_id)
            if session_id in self.arrangement:
                self.arrangement.remove(session_id)
            self._draw_strip()
            return None
        self._enter(session)
        return session

    def _enter(self, session: Session) -> None:
        """A session is open: it has an entry in the strip, and a place."""
        self.tabs.open(Tab(session.id, session.state.slot, session.state.title))
        self.tabs.update(session.state, visible=True, held_by=session.held_by)
        self.arrangement.add(session.id)

    def _agent_opened(self, session: Session) -> None:
        """A sub-agent's session gets a tab of its own, after all others; no pane changes."""
        self._enter(session)
        self._draw_strip()
        self.keep_layout()

    async def open_new(self, *, model: str = "", beside: Direction | None = None) -> Session | None:
        """A new session: in a tab of its own, or beside the focused pane. None, and a sentence, where none can be."""
        try:
            session = await self.workspace.new_session(model or self._services.default_model())
        except PenstockError as error:
            self.notify(error.sentence(), title="No new session", severity="error", markup=False, timeout=10)
            return None
        await self.add_session(session, beside=beside)
        return session

    async def add_session(self, session: Session, *, beside: Direction | None = None) -> None:
        """Show a session that was made: in a tab of its own, or beside the focused pane."""
        if FRESH in self.arrangement:
            self.arrangement.replace(FRESH, session.id)
            self._panes.rename(FRESH, session.id)
        elif beside is not None:
            self.arrangement.add_beside(session.id, self.arrangement.focused, beside)
        self._enter(session)
        await self._go(session.id)

    async def show_session(self, session_id: str) -> None:
        """Go to a session, wherever it stands; one that is not open is opened, in a tab of its own."""
        if await self._open(session_id) is not None:
            await self._go(session_id)

    async def show_together(self, session_ids: Sequence[str], shape: Shape = "grid") -> None:
        """Put these sessions side by side into one tab, and go there."""
        opened = [session_id for session_id in session_ids if await self._open(session_id) is not None]
        if opened:
            self.arrangement.gather(opened, shape, self._split.size)
            await self._go(opened[0])

    async def _go(self, session_id: str) -> None:
        """Bring a session to the front. A new one that was left alone and untouched makes room."""
        left = self.session
        alone = left is not None and self._panes.get(left.id) is not None and len(self.panes) == 1
        self.arrangement.bring_to_front(session_id)
        await self.show_arrangement()
        if left is not None and alone and left.id not in self._visible and self._is_untouched(left):
            self._forget(left.id)
            self.screen_changed()

    async def show_arrangement(self) -> None:
        """Show what the arrangement says, after it was changed."""
        if self.arrangement.front is None:
            self.arrangement.add(FRESH)
        await self._show_panes()
        await self._fill_panes()

    async def _show_panes(self) -> None:
        front = self.arrangement.front
        assert front is not None
        await self._panes.show(front)
        self.focus_prompt(getattr(self._panes.get(front.focused), "id", None) or "")

    async def _fill_panes(self, held: list[SessionHeld] | None = None) -> None:
        """Every pane on screen gets its session, the focused one first."""
        front = self.arrangement.front
        assert front is not None
        for session_id in sorted(front.ids, key=lambda each: each != front.focused):
            pane = self._panes.get(session_id)
            if pane is not None and pane.session is None and session_id != FRESH:
                session = await self._open(session_id, held)
                if session is not None:
                    self._panes.fill(session)
        if FRESH in self.arrangement:
            await self.open_new()
        elif front.ids and any(session_id not in self.tabs for session_id in self._split.panes):
            await self.show_arrangement()  # one of them could not be opened, and is gone
        self.screen_changed()

    async def close_tab(self, session_id: str) -> None:
        """Take a session from the strip; what stood beside it takes its room, or another one comes, or a new one."""
        session = self.workspace.session(session_id)
        pane = self._panes.get(session_id)
        if pane is not None:
            self._panes.keep(pane)
        self._forget(session_id)
        if session is None:
            self.screen_changed()
        await self.show_arrangement()

    def _forget(self, session_id: str) -> None:
        self.tabs.close(session_id)
        if session_id in self.arrangement:
            self.arrangement.remove(session_id)
        session = self.workspace.session(session_id)
        if session is not None:
            self.workspace.close_session(session)

    async def _take_over(self, session_id: str) -> None:
        """The process that ran it is gone: it goes on here. What that left open is closed; nothing runs by itself."""
        pane, followed = self.pane_of(session_id), self.workspace.following.get(session_id)
        if pane is None or followed is None:
            return
        self._panes.keep(pane)
        cut = followed.state.turn is not None
        session = await self._open(session_id)
        if session is None or session.held_by is not None:
            return
        self._panes.fill(session)
        self.notify(told_taken(session, followed.held_by, cut=cut), title="Taken over", markup=False, timeout=10)
        await self._open_others([], again=True)
        self.screen_changed()

    def _is_untouched(self, session: Session) -> bool:
        state = session.state
        kept = state.turns or state.outbox or state.parent_call or state.worktree or state.group or state.calls
        return session.held_by is None and not (kept or self.shelf.get(draft_key(session.id)))

    def action_escape(self) -> None:
        """Escape that no widget took: the pane's affair."""
        self.post_message(Pane.Escaped(self.focused_pane))

    def screen_changed(self) -> None:
        """What is on screen changed."""
        if self.app._exit:  # a session came from the disk while the widgets were going
            return
        self._mark_focused()
        self._visible = {p.session.id: p for p in self.panes if p.session is not None and p.display}
        for session_id in self._visible:
            self.tabs.read(session_id)
        self.workspace.show(p.session.id for p in self.panes if p.session is not None)
        self.heard(frozenset())
        self._draw_strip()
        self._draw_hints()
        self.keep_layout()

    # --- drawing

    def _draw(self, changed: frozenset[str]) -> bool:
        """The frame clock's tick: ``changed`` sessions, or none for the slow beat. True while time must be shown."""
        visible, frame = self._visible, self.frame
        assert frame is not None
        focused = self.session.id if self.session else ""
        for session_id in taking_turns(list(visible), changed, focused, frame.frames):
            visible[session_id].advance()
        for session_id in changed:
            session = self.workspace.session(session_id)
            if session is not None:
                self.tabs.update(session.state, visible=session_id in visible, held_by=session.held_by)
            if session_id in visible and visible[session_id].is_behind:
                frame.touch(session_id)
            if session_id in self.watchers:
                self.watchers[session_id]()
        if changed:
            self.heard(changed)
            self._draw_strip()
            self._draw_hints()
        else:
            for pane in visible.values():
                pane.beat()
        for look in self._onlookers:
            look()
        hangs = self._draw_hanging()
        self.paint_now()
        states = [pane.session.state for pane in visible.values() if pane.session is not None]
        return hangs or any(state.turn or state.open_calls or state.compacting for state in states)

    @contextmanager
    def watched(self, look: Callable[[], None]) -> Iterator[None]:
        """Call ``look`` at each frame in which anything changed, and each second while a turn is on screen."""
        self._onlookers.append(look)
        try:
            yield
        finally:
            self._onlookers.remove(look)

    def _fail(self, error: Exception) -> None:
        """A bug in drawing ends the program as any other does, with the terminal restored and everything kept."""
        self.call_later(_throw, error)

    def _draw_strip(self) -> None:
        self.tabs.arrange(tab.ids for tab in self.arrangement.tabs)
        self.strip.set_tabs(self.tabs.all())
        self.strip.active = self.session.id if self.session else ""

    def draw_footer(self, message: str = "") -> None:
        """The keys that work now; ``message`` stands before them."""
        footer = self.footer
        footer.keymap, footer.mouse = self._services.keymap, self._services.mouse_taken
        footer.draw(self._here(), message)

    def _here(self) -> Here:
        shown = sum(pane.display for pane in self.panes)
        return self.focused_pane.here(panes=max(shown, len(self.panes)), zoomed=self._split.zoomed is not None)

    @on(Transcript.Pointed)
    def _draw_hints(self) -> None:
        """The footer changes with what the person can do, and not with each piece of text."""
        if self.is_mounted and self._here() != self.footer.here:
            self.draw_footer()

    def _draw_hanging(self) -> bool:
        """Say in the footer which tools hang in their threads. Whether any thread is lost."""
        facts, footer = self.workspace.bridge.facts(), self.footer
        if facts.told != footer.hangs:
            footer.hangs = facts.told
            self.draw_footer()
        return bool(facts.lost)

    def show_trouble(self, sentence: str) -> None:
        """Say in the footer, until told otherwise, that something is wrong with the program itself."""
        self.footer.trouble = sentence
        if self.is_mounted:
            self.draw_footer()

    def show_waiting(self, count: int) -> None:
        """Say in the footer how much waits for the person in sessions that are not on screen."""
        self.footer.waiting = count
        if self.is_mounted:
            self.draw_footer()

    def on_descendant_focus(self) -> None:
        self.draw_footer()

    @on(Split.PaneFocused)
    def _pane_focused(self) -> None:
        self._follow_split()
        self._mark_focused()
        self._draw_strip()
        self.keep_layout()

    def _follow_split(self) -> None:
        """The person moved the focus or zoomed: the tab in front remembers it."""
        front = self.arrangement.front
        if front is not None and front.ids == self._split.panes:
            front.focused, front.zoomed = self._split.focused_pane, self._split.zoomed

    def _mark_focused(self) -> None:
        for pane in self.panes:
            pane.set_class(pane is self.focused_pane and len(self.panes) > 1, "-focused")

    @on(Split.LayoutChanged)
    def _layout_changed(self) -> None:
        self._follow_split()
        self.screen_changed()
        for pane in self._visible.values():
            pane.advance()

    @on(TabStrip.Selected)
    async def _tab_selected(self, event: TabStrip.Selected) -> None:
        await self.show_session(event.id)

    # --- keeping

    def keep_layout(self) -> None:
        """Keep the arrangement as it is now, once all of the earlier one is there again."""
        if self._restored:
            self.shelf.put(self.shelf.layout_key, self.arrangement.to_text())

    def keep(self, pane: Pane) -> None:
        """Keep a pane's draft and scroll anchor now."""
        self._kept_panes.discard(pane)
        self._panes.keep(pane)

    def keep_all(self) -> None:
        """Keep everything now: the program ends."""
        for pane in self.panes:
            self.keep(pane)
        self.keep_layout()

    @on(Pane.DraftChanged)
    def _draft_changed(self, event: Pane.DraftChanged) -> None:
        self._kept_panes.add(event.pane)
        self._draw_hints()
        if self._keeping is None:
            self._keeping = self.set_timer(KEEP_AFTER, self._keep_some)

    def _keep_some(self) -> None:
        self._keeping = None
        for pane in list(self._kept_panes):
            if pane.is_attached:
                self.keep(pane)

    def folder(self) -> Path:
        """Where the focused session works."""
        return Path(self.session.state.cwd) if self.session else self.workspace.cwd


def _throw(error: Exception) -> None:
    raise error
