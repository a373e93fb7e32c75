"""The full-screen program: themes, keys, the one way text reaches the terminal, and the main screen.

The engine is opened around it, by ``tui.cli``; when the app ends, the engine is still there to end
what runs. The app awaits no model and owns no history.
"""

import asyncio
import signal
from collections.abc import Awaitable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from textual import work
from textual.app import App
from textual.filter import LineFilter
from textual.reactive import Reactive
from textual.screen import Screen

from tui.app.attention.watch import Attention
from tui.app.clipboard import copy_by_program
from tui.app.collecting import Collecting
from tui.app.driver import SteadyDriver
from tui.app.keymap import ALWAYS, bindings, check_keymap, keys_label, textual_keymap
from tui.app.keys import COMMANDS, HELP, Action
from tui.app.pane import Pane
from tui.app.prompt.errands import Errands
from tui.app.prompt.files import files_like
from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Health, Library
from tui.app.tabs.layout import Shelf
from tui.app.themes.ground import GroundTold
from tui.app.themes.looks import Looks
from tui.app.themes.printed import PRINTED_ON_DARK, PRINTED_ON_LIGHT
from tui.app.verbs.verbs import Verbs
from tui.app.words import one_line
from tui.engine.session import Session
from tui.engine.workspace import Workspace
from tui.errors import PenstockError
from tui.events import ApprovalRequested
from tui.providers.models import Directory
from tui.settings.config import MODEL_KEY, ScreenConfig, Settings
from tui.settings.notify import NotifyConfig
from tui.settings.prompt import PromptConfig
from widgets.clean import CleanFilter, clean
from widgets.compositor import paint_frugally
from widgets.tab_strip import Tab

TOUR = "offline/tour"
KEYS_WAIT = 3.0
"""Seconds for which keys wait for the action before them: a stuck disk must not take ctrl+c along."""


class PenstockApp(App[int]):
    """``known``: what the store says of this workspace's sessions, for tabs that are not loaded yet.

    ``model`` is the configured one, ``wanted`` the one that was asked for at this start.
    """

    TITLE = "Penstock"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [*bindings()]
    ansi_theme_dark = Reactive(PRINTED_ON_DARK, init=False)
    ansi_theme_light = Reactive(PRINTED_ON_LIGHT, init=False)
    CSS = """
    Screen { layers: base overlay; }
    ToastRack { dock: top; align: right top; margin: 1 0 0 0; }  /* a notice never stands on a prompt or a footer */
    Toast { width: auto; max-width: 60; padding: 0 1; &:light { background: $panel-darken-1; } }
    """

    def __init__(
        self,
        workspace: Workspace,
        models: Directory,
        library: Library,
        shelf: Shelf,
        *,
        known: Mapping[str, Tab],
        model: str,
        wanted: str = "",
        keymap: Mapping[str, str] | None = None,
        theme: str = "",
        screen: ScreenConfig | None = None,
        notify: NotifyConfig | None = None,
        prompt: PromptConfig | None = None,
        config: Path | None = None,
        themes: Path | None = None,
    ) -> None:
        super().__init__(driver_class=SteadyDriver)
        self.workspace = workspace
        self._models = models
        self._library = library
        self._shelf = shelf
        self._configured_model = model
        self._wanted_model = wanted
        self._keymap_by_id = dict(keymap or {})
        screen = screen or ScreenConfig()
        self.looks = Looks(self, shelf, themes, theme, screen)
        self.mouse_taken = screen.mouse
        self.errands = Errands(
            workspace.bridge, models, shelf, root=workspace.root, config=config, prompt=prompt or PromptConfig()
        )
        self.main = WorkspaceScreen(workspace, shelf, self, known=dict(known))
        self.attention = Attention(self.main, self, notify or NotifyConfig())
        self.verbs = Verbs(self.main, self, self.attention)
        self._windows_known = False
        self._collecting = Collecting()
        self._led = asyncio.Event()
        self._wall = CleanFilter()  # one for life: Textual keeps filtered rows by the filter's identity

    def get_default_screen(self) -> Screen[None]:
        return self.main

    def on_mount(self) -> None:
        self.set_keymap(textual_keymap(self._keymap_by_id))
        self._tell_keymap()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._end_by, number)
        self.app_resume_signal.subscribe(self, self._draw_again)
        self._library.on_health = self._tell_health
        self.attention.begin()
        self.call_after_refresh(self._warm)
        self.call_after_refresh(self._look)

    def _tell_keymap(self) -> None:
        for sentence in check_keymap(self._keymap_by_id):
            self.notify(sentence, title="config.toml", severity="warning", markup=False, timeout=10)

    def _look(self) -> None:
        """After the first frame: the terminal is asked how it is, and what is wrong with a theme is said."""
        self.looks.begin([self.main.frame])
        if not self.mouse_taken:
            self.take_mouse(False)
        for sentence in self.looks.problems:
            self.notify(sentence, title="Themes", severity="warning", markup=False, timeout=10)

    def on_ground_told(self, event: GroundTold) -> None:
        self.looks.told(event.dark)

    def take_mouse(self, takes: bool) -> None:
        """Take the mouse, or leave it to the terminal, which then selects text as everywhere else."""
        self.mouse_taken = takes
        if isinstance(self._driver, SteadyDriver):
            self._driver.take_mouse(takes)
        self.main.draw_footer()

    @work
    async def _warm(self) -> None:
        """After the first frame: load the prices, and the SDK of the default model, in a thread."""
        try:
            await asyncio.to_thread(self._models.window, self.default_model())
            self._windows_known = True
            with suppress(PenstockError):  # the first prompt will say it
                await self._models.resolve(self.default_model())
            with suppress(PenstockError):  # a store that cannot be read says so where it is read next
                await self._close_what_a_crash_left()
        finally:
            self._collecting.begin()

    async def _close_what_a_crash_left(self) -> None:
        """Turns without an end, of sessions that no tab shows: opening such a session closes them."""
        for row in await self._library.sessions(workspace=self.root):
            if row.left_open and row.id not in self.main.tabs:
                with suppress(PenstockError):  # another process was quicker
                    await self.workspace.open_session(row.id)
        self.main.screen_changed()

    def _tell_health(self, health: Health) -> None:
        if health.failing_since is None:
            self.main.show_trouble("")
        else:
            events = f"{health.behind_events} events wait in memory"
            self.main.show_trouble(f"NOT SAVED: {events}. {one_line(clean(health.error))}")

    def post_display_hook(self) -> None:
        self._collecting.drawn()

    def on_unmount(self) -> None:
        self._collecting.end()

    def _draw_again(self, _: object) -> None:
        """After fg: the shell has had the terminal, and what was drawn on it is gone."""
        for screen in self.screen_stack:
            screen.refresh()

    def watch_app_focus(self, focus: bool) -> None:
        if focus:
            self.attention.focused()

    @property
    def terminal(self) -> SteadyDriver | None:
        """What is written to beside the frames; None where there is no terminal."""
        return self._driver if isinstance(self._driver, SteadyDriver) else None

    def _end_by(self, number: int) -> None:
        self.main.keep_all()
        self.main.leave()
        self.exit(return_code=128 + number)

    def get_line_filters(self) -> list[LineFilter]:
        """The last wall: no control character of anybody's text reaches the terminal."""
        return [*super().get_line_filters(), self._wall]

    # --- actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "do" and self.screen is not self.main:
            return parameters[0] in ALWAYS and not (parameters[0] == "app.help" and self.screen.id == HELP)
        return super().check_action(action, parameters)

    async def action_do(self, action_id: str, rest: str = "") -> None:
        """Run an action of the keys table. The keys behind it wait for it, so that they go where it leads."""
        if self.screen is not self.main and action_id == "turn.interrupt":
            stops = getattr(self.screen, "interrupted", None)  # a screen may have something that runs
            if stops is None or not stops():
                self.screen.dismiss(None)
            return
        self._led = led = asyncio.Event()
        self.run_action_by_id(action_id, rest, led=led)
        with suppress(TimeoutError):
            async with asyncio.timeout(KEYS_WAIT):
                await led.wait()

    def run_action_by_id(self, action_id: str, rest: str = "", *, led: asyncio.Event | None = None) -> None:
        self.run_worker(self._run_verb(action_id, rest, led), group="verbs")

    async def _run_verb(self, action_id: str, rest: str, led: asyncio.Event | None) -> None:
        try:
            await self.verbs.run(action_id, rest)
        finally:
            if led is not None:
                led.set()

    async def on_pane_command_entered(self, event: Pane.CommandEntered) -> None:
        event.stop()
        self.run_action_by_id(COMMANDS[event.name].id, event.rest)

    def on_pane_escaped(self, event: Pane.Escaped) -> None:
        event.stop()
        self.run_worker(self.verbs.turns.escape(), group="verbs")

    def on_pane_asked_further(self, event: Pane.AskedFurther) -> None:
        event.stop()
        self.run_worker(self._decide_further(event), group="verbs")

    async def _decide_further(self, event: Pane.AskedFurther) -> None:
        try:
            await self.verbs.decisions.further(event.pane, event.asked, event.value)
        except PenstockError as error:
            self.notify(error.sentence(), severity="warning", markup=False)

    async def decide_further(self, session: Session, asked: ApprovalRequested, value: str) -> None:
        """ "Always" or "edit" was chosen for a call: what it means is shown first. Only from a worker."""
        await self.verbs.decisions.decide(session, asked, value)

    def on_pane_shell_entered(self, event: Pane.ShellEntered) -> None:
        event.stop()
        if isinstance(event.pane, Pane):
            self.run_worker(self._say(self.verbs.draft.shell(event.pane, event.command, event.attach)), group="shell")

    def on_pane_attach_wanted(self, event: Pane.AttachWanted) -> None:
        event.stop()
        session = event.pane.session
        if session is not None:
            try:
                self.verbs.draft.attach(session.id, event.call)
                event.pane.prompt.focus()
            except PenstockError as error:
                self.notify(error.sentence(), severity="warning", markup=False)

    async def _say(self, work: Awaitable[None]) -> None:
        """Do it, and say on screen what it could not do."""
        try:
            await work
        except PenstockError as error:
            self.notify(error.sentence(), severity="warning", markup=False)

    def on_pane_inspect_wanted(self, event: Pane.InspectWanted) -> None:
        event.stop()
        self.run_worker(self.verbs.calls.inspect(event.pane, event.call), group="verbs")

    # --- what the screens may ask (tui.app.services.Program)

    @property
    def keymap(self) -> Mapping[str, str]:
        return self._keymap_by_id

    @property
    def library(self) -> Library:
        return self._library

    @property
    def root(self) -> str:
        return str(self.workspace.root)

    def keys_of(self, action: Action) -> str:
        return keys_label(action, self._keymap_by_id)

    def default_model(self) -> str:
        """The one asked for at the start, else the one that was chosen last, else the configured one, else the tour."""
        return self._wanted_model or self._shelf.get(MODEL_KEY) or self._configured_model or TOUR

    def window(self, model: str) -> int | None:
        return self._models.window(model) if self._windows_known else None

    def sandbox_name(self) -> str:
        """What confines commands; "" while that is not known."""
        sandbox = self.workspace.kit.sandbox
        return sandbox.name if sandbox is not None else ""

    async def files_like(self, folder: Path, query: str) -> list[str]:
        return await files_like(folder, query)

    def copy(self, text: str) -> None:
        """Copy through the terminal and by the desktop's program, and say which way it went."""
        self.copy_to_clipboard(text)
        self.run_worker(self._copy_too(text), group="copy", exclusive=True)

    async def _copy_too(self, text: str) -> None:
        program = await copy_by_program(text)
        way = f"by {program}" if program else "through the terminal (OSC 52)"
        self.notify(f"{len(text):,} characters copied {way}.", timeout=2, markup=False)

    async def attach(self, session_id: str, text: str) -> str:
        """Put text into a session's draft, behind what is there. A sentence that says where it is now."""
        return self.verbs.calls.attach(session_id, text)

    def follow(self, link: str) -> None:
        """Open a link of a transcript in the person's browser; only kinds that a click may open."""
        if link.startswith(("https://", "http://", "mailto:")):
            self.open_url(link)
        self.notify(clean(link), title="Link", markup=False)

    async def ask(self, screen: Screen[Any]) -> Any:
        """Show a screen and wait for what it is dismissed with. Only from a worker."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        paint_frugally(screen)
        await self.push_screen(screen, answer.set_result)
        self._led.set()  # it is up and has the focus
        return await answer

    async def pick_model(self, current: str) -> str:
        """Let the person choose a model. Local servers are asked while the list is open."""
        from tui.app.screens.lists import model_list, offer_models  # noqa: PLC0415

        picker = model_list(current or TOUR)

        async def discover() -> None:
            offer_models(picker, await self._models.discover(), current)

        self.run_worker(discover(), group="discover", exclusive=True)
        return str(await self.ask(picker) or "")

    def forget_wanted(self) -> None:
        """A model was chosen since: the one asked for at the start is the default no longer."""
        self._wanted_model = ""

    async def check_model(self, model: str) -> None:
        """Raises UsageError or ConfigError when no provider could answer as ``model``."""
        await self._models.resolve(model)

    async def recorded(self, steps: Collection[str]) -> Mapping[str, Sequence[tuple[float, int, str]]]:
        """What recordings have of steps: seconds, the number of the part, and the text that came then."""
        return await self._models.told(steps)

    async def export(self, session: Session, path: str) -> Path:
        """Write the session to ``path``, whose name says how, or as Markdown beside its folder's other files."""
        from tui.app.exchanging import export, place_of  # noqa: PLC0415

        place = place_of(session.state.cwd, path or f"penstock-{session.id}.md")
        if lacks := await export(session, place, self._library, self.workspace.kit.masks.mask):
            self.notify(lacks, severity="warning", markup=False)
        return place

    async def rename(self, session_id: str, title: str) -> None:
        """Rename a session, loaded or not. Raises UsageError, SessionHeld or StoreError."""
        (await self.workspace.open_session(session_id)).rename(title)
        self.main.screen_changed()

    async def archive(self, session_id: str, archived: bool) -> None:
        """Archive a session, loaded or not, or take it back. Raises SessionHeld or StoreError."""
        (await self.workspace.open_session(session_id)).archive(archived)
        self.main.screen_changed()

    @property
    def beat(self) -> float:
        """Seconds between two steps of an elapsed time."""
        return self.looks.beat

    def apply_settings(self, settings: Settings, *, chosen: str) -> None:
        """config.toml was changed on screen: what can be otherwise at once is so. ``chosen``: the setting, by name."""
        self.looks.configure(settings.theme, settings.screen, forget=chosen == "theme")
        self.looks.quieten([self.main.frame])
        if settings.keys != self._keymap_by_id:
            self._keymap_by_id = dict(settings.keys)
            self.set_keymap(textual_keymap(self._keymap_by_id))
            self._tell_keymap()
        if settings.screen.mouse != self.mouse_taken and chosen == "screen.mouse":
            self.take_mouse(settings.screen.mouse)
        self.attention.configure(settings.notify)
        if chosen == "model":
            self._configured_model = settings.model
        self.main.draw_footer()

    def suspend_to_shell(self) -> None:
        self.action_suspend_process()

    def leave(self) -> None:
        self.main.leave()
        self.exit(return_code=0)
