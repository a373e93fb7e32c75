"""The main screen: tab strip, panes and footer, and what holds them together.

A session in the strip is in at most one pane: choosing one that is on screen goes to its pane,
choosing another puts it in the focused pane. What a pane no longer shows goes on behind the screen.
The verbs of the keys table are in ``tui.app.verbs``; here is what they are made of.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.timer import Timer

from tui.app.frame import Frame, taking_turns
from tui.app.keymap import keys_label
from tui.app.keys import BY_ID, CONTINUE, FOOTER
from tui.app.layout import (
    DENSITY_KEY,
    LAYOUT_KEY,
    Layout,
    Shelf,
    anchor_key,
    anchor_text,
    anchor_value,
    density_named,
    draft_key,
    opened_key,
    opened_text,
    opened_value,
)
from tui.app.pane import Pane, Services
from tui.app.status import can_continue
from tui.app.tabs import Tabs
from tui.engine.session import Session
from tui.engine.workspace import Workspace
from tui.errors import PenstockError, SessionHeld
from widgets.blocks import Density
from widgets.compositor import FrugalScreen
from widgets.split import Split
from widgets.status_line import Segment, StatusLine
from widgets.tab_strip import Tab, TabStrip
from widgets.transcript import Transcript

KEEP_AFTER = 0.5
"""Seconds from a change until drafts and scroll anchors are kept."""


class WorkspaceScreen(FrugalScreen):
    """All open sessions. ``default_model`` gives the model for a new one."""

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
        self.frame: Frame | None = None
        self._services = services
        self._known = known
        self._layout = Layout.from_text(shelf.get(LAYOUT_KEY))
        self._kept_panes: set[Pane] = set()
        self._keeping: Timer | None = None
        self._restored = False
        self._trouble = ""
        self._hanging = ""
        self._continuable = False
        self._visible: dict[str, Pane] = {}
        self.watchers: dict[str, Callable[[], None]] = {}
        """Called in a frame in which a session (by id) changed: a screen over this one that shows a part of it."""

    def compose(self) -> ComposeResult:
        yield TabStrip(id="tabs")
        yield StatusLine(id="footer")

    async def on_mount(self) -> None:
        self.frame = Frame(self._draw, self._fail)
        self.workspace.changed = self.frame.touch
        self.workspace.opened = self._agent_opened
        await self.mount(self._kept_split(), before="#footer")  # not composed: Textual would style it twice
        if not self.split.panes:
            await self.split.split("", "right", self._make_pane(self._free_id()))
        self.focus_prompt(self._layout.focused or self.split.panes[0])
        self.draw_footer()
        self.call_after_refresh(self._begin)

    def _kept_split(self) -> Split:
        try:
            return Split.build(self._layout.split, self._make_pane, id="split")
        except ValueError:
            self._layout = Layout()
            return Split(id="split")

    def _begin(self) -> None:
        """After the first frame: what was open opens. Until then the panes are empty and take what is typed."""
        self.run_worker(self._restore(), name="restore")

    def on_unmount(self) -> None:
        self.workspace.changed = lambda session_id: None
        self.workspace.opened = lambda session: None
        if self.frame is not None:
            self.frame.stop()

    # --- parts

    @property
    def split(self) -> Split:
        return self.query_one("#split", Split)

    @property
    def strip(self) -> TabStrip:
        return self.query_one("#tabs", TabStrip)

    @property
    def panes(self) -> list[Pane]:
        return [self.pane(pane_id) for pane_id in self.split.panes]

    def pane(self, pane_id: str) -> Pane:
        pane = self.split.pane(pane_id)
        assert isinstance(pane, Pane)
        return pane

    @property
    def focused_pane(self) -> Pane:
        return self.pane(self.split.focused_pane or self.split.panes[0])

    @property
    def session(self) -> Session | None:
        """The session of the focused pane."""
        return self.focused_pane.session

    def pane_of(self, session_id: str) -> Pane | None:
        return next((p for p in self.panes if p.session is not None and p.session.id == session_id), None)

    def focus_prompt(self, pane_id: str) -> None:
        """Make a pane the focused one, with the focus in its prompt."""
        if pane_id in self.split.panes:
            self.split.focus_pane(pane_id)  # both at once: the next key is meant for it
            self.set_focus(self.pane(pane_id).prompt)

    def _make_pane(self, pane_id: str) -> Pane:
        pane = Pane(pane_id, self._services)
        pane.transcript.set_density("tool", self.density)
        return pane

    @property
    def density(self) -> Density:
        """How much of all tool rows is shown."""
        return density_named(self.shelf.get(DENSITY_KEY)) or "line"

    def _free_id(self) -> str:
        taken = set(self.split.panes)
        return next(f"pane-{n}" for n in range(1, len(taken) + 2) if f"pane-{n}" not in taken)

    # --- sessions in tabs and panes

    async def _restore(self) -> None:
        """Open what was open: visible sessions first, then the others, so that what a crash left is closed."""
        layout, held = self._layout, []
        for session_id in layout.tabs:
            tab = self._known.get(session_id)
            if tab is not None:
                self.tabs.open(tab)
        for pane in self.panes:
            session_id = layout.panes.get(pane.id or "", "")
            session = await self._open(session_id, held) if session_id in self.tabs else None
            if session is not None:
                self._put(pane, session)
        for pane in self.panes:
            if pane.session is None:
                await self.open_new(pane)
        self._restored = True
        for session_id in self.tabs.ids:
            if self.workspace.session(session_id) is None and not self.tabs.is_held(session_id):
                await self._open(session_id, held)
        if held:
            self._tell_held(held)
        self.screen_changed()

    async def _open(self, session_id: str, held: list[SessionHeld] | None = None) -> Session | None:
        """A session in memory; None, and a sentence on screen (or in ``held``), where it cannot be opened."""
        try:
            session = await self.workspace.open_session(session_id)
        except SessionHeld as error:
            if held is None:
                self._tell_held([error])
            else:
                held.append(error)
            self.tabs.hold(session_id)
            self._draw_strip()
            return None
        except PenstockError as error:
            self.notify(error.sentence(), title="Session not opened", severity="error", markup=False, timeout=10)
            self.tabs.close(session_id)
            self._draw_strip()
            return None
        self.tabs.open(Tab(session.id, session.state.slot, session.state.title))
        self.tabs.update(session.state, visible=True)
        return session

    def _tell_held(self, held: list[SessionHeld]) -> None:
        """One sentence, however many sessions another process runs: their tabs show which."""
        more = f" So are {len(held) - 1} more." if len(held) > 1 else ""
        told = f"{held[0]}{more} {held[0].hint}"
        self.notify(told, title="Open elsewhere", severity="warning", markup=False, timeout=10)

    async def open_new(self, pane: Pane, *, model: str = "") -> Session | None:
        """A new session in ``pane``."""
        try:
            session = await self.workspace.new_session(model or self._services.default_model())
        except PenstockError as error:
            self.notify(error.sentence(), title="No new session", severity="error", markup=False, timeout=10)
            return None
        self.tabs.open(Tab(session.id, session.state.slot, session.state.title))
        self._put(pane, session)
        return session

    def _agent_opened(self, session: Session) -> None:
        """A sub-agent's session gets a tab of its own, after all others; no pane changes."""
        self.tabs.open(Tab(session.id, session.state.slot, session.state.title))
        self.tabs.update(session.state, visible=True)
        self._draw_strip()
        self.keep_layout()

    async def show_session(self, session_id: str, pane: Pane | None = None) -> None:
        """Go to a session: to its pane where it has one, else it comes into ``pane`` (the focused one)."""
        there = self.pane_of(session_id)
        if there is not None:
            self.focus_prompt(there.id or "")
            return
        session = await self._open(session_id)
        if session is not None:
            target = pane or self.focused_pane
            self._put(target, session)
            self.focus_prompt(target.id or "")

    async def split_pane(self, direction: Literal["right", "down"]) -> None:
        """A new pane beside the focused one, with a new session."""
        model = self.session.state.model if self.session else ""
        pane = self._make_pane(self._free_id())
        await self.split.split(self.split.focused_pane, direction, pane)
        await self.open_new(pane, model=model)
        self.focus_prompt(pane.id or "")

    async def close_pane(self, pane: Pane) -> None:
        """The pane goes, its session goes on. The last pane stays."""
        if len(self.split.panes) > 1:
            self.keep(pane)
            await self.split.remove(pane.id)
            self.screen_changed()

    async def close_tab(self, session_id: str) -> None:
        """Take a session from the strip; its pane shows another one, or goes, or gets a new session."""
        pane, other = self.pane_of(session_id), None
        session = self.workspace.session(session_id)
        hidden = [tab for tab in self.tabs.ids if self.pane_of(tab) is None and tab != session_id]
        if hidden:
            other = hidden[0]
        self.tabs.close(session_id)
        if session is not None:
            self.workspace.close_session(session)
        if pane is not None:
            pane.show_session(None)
            if other is not None:
                await self.show_session(other, pane)
            elif len(self.split.panes) > 1:
                await self.close_pane(pane)
            else:
                await self.open_new(pane)
        self.screen_changed()

    def _put(self, pane: Pane, session: Session) -> None:
        """Show ``session`` in ``pane``. An untouched new session that it replaces is closed on the way."""
        self.keep(pane)
        old = pane.session
        pane.show_session(
            session,
            draft=self.shelf.get(draft_key(session.id)),
            anchor=anchor_value(self.shelf.get(anchor_key(session.id))),
            opened=opened_value(self.shelf.get(opened_key(session.id))),
        )
        if old is not None and old.id != session.id and self._is_untouched(old):
            self.tabs.close(old.id)
            self.workspace.close_session(old)
        self.screen_changed()

    def _is_untouched(self, session: Session) -> bool:
        return not (session.state.turns or session.state.outbox or self.shelf.get(draft_key(session.id)))

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
        self._draw_strip()
        self._draw_continue()
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
                self.tabs.update(session.state, visible=session_id in visible)
            if session_id in visible and visible[session_id].is_behind:
                frame.touch(session_id)
            if session_id in self.watchers:
                self.watchers[session_id]()
        if changed:
            self._draw_strip()
            self._draw_continue()
        else:
            for pane in visible.values():
                pane.beat()
        hangs = self._draw_hanging()
        self.paint_now()
        return hangs or any(pane.session is not None and pane.session.state.turn for pane in visible.values())

    def _fail(self, error: Exception) -> None:
        """A bug in drawing ends the program as any other does, with the terminal restored and everything kept."""
        self.call_later(_throw, error)

    def _draw_strip(self) -> None:
        self.strip.set_tabs(self.tabs.all())
        session = self.session
        self.strip.active = session.id if session else ""

    def draw_footer(self, message: str = "") -> None:
        """The keys that work now; ``message`` stands before them."""
        place = "transcript" if isinstance(self.focused, Transcript) else "prompt"
        names = [CONTINUE, *FOOTER] if self.session is not None and can_continue(self.session.state) else FOOTER
        actions = [BY_ID[name] for name in names if BY_ID[name].place in ("app", place)]
        hints = [
            Segment(f"{keys_label(action, self._services.keymap, first=True)} {action.hint}", "dim", -number)
            for number, action in enumerate(actions)
        ]
        trouble = [Segment(told, "bad", 100) for told in (self._trouble, self._hanging) if told]
        said = [Segment(message, "warn", 99)] if message else []
        self.query_one("#footer", StatusLine).show([*trouble, *said, *hints])

    def _draw_continue(self) -> None:
        """The footer changes with the focused session only when there begins or ends something to continue."""
        session = self.session
        possible = session is not None and can_continue(session.state)
        if possible != self._continuable:
            self._continuable = possible
            self.draw_footer()

    def _draw_hanging(self) -> bool:
        """Say in the footer which tools hang in their threads. Whether any thread is lost."""
        facts = self.workspace.bridge.facts()
        if facts.told != self._hanging:
            self._hanging = facts.told
            self.draw_footer()
        return bool(facts.lost)

    def show_trouble(self, sentence: str) -> None:
        """Say in the footer, until told otherwise, that something is wrong with the program itself."""
        self._trouble = sentence
        if self.is_mounted:
            self.draw_footer()

    def on_descendant_focus(self) -> None:
        self.draw_footer()

    @on(Split.PaneFocused)
    def _pane_focused(self) -> None:
        self._mark_focused()
        self._draw_strip()
        self.keep_layout()

    def _mark_focused(self) -> None:
        for pane in self.panes:
            pane.set_class(pane is self.focused_pane and len(self.split.panes) > 1, "-focused")

    @on(Split.LayoutChanged)
    def _layout_changed(self) -> None:
        self.screen_changed()
        for pane in self._visible.values():
            pane.advance()

    @on(TabStrip.Selected)
    async def _tab_selected(self, event: TabStrip.Selected) -> None:
        await self.show_session(event.id)

    # --- keeping

    def keep_layout(self) -> None:
        """Keep the layout as it is now, once all of the earlier one is there again."""
        if not self._restored:
            return
        panes = {p.id or "": p.session.id for p in self.panes if p.session is not None}
        layout = Layout(self.tabs.ids, panes, self.split.layout_value(), self.split.focused_pane)
        self.shelf.put(LAYOUT_KEY, layout.to_text())

    def keep(self, pane: Pane) -> None:
        """Keep a pane's draft and scroll anchor now."""
        self._kept_panes.discard(pane)
        if pane.session is not None:
            self.shelf.put(draft_key(pane.session.id), pane.prompt.draft)
            anchor = None if pane.transcript.follow else pane.transcript.anchor
            self.shelf.put(anchor_key(pane.session.id), anchor_text(anchor))
            self.shelf.put(opened_key(pane.session.id), opened_text(pane.transcript.opened))

    def keep_all(self) -> None:
        """Keep everything now: the program ends."""
        for pane in self.panes:
            self.keep(pane)
        self.keep_layout()

    @on(Pane.DraftChanged)
    def _draft_changed(self, event: Pane.DraftChanged) -> None:
        self._kept_panes.add(event.pane)
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
