"""The one place that puts concrete rooms together: store, models and tools around an engine.

``opened`` gives a Program for as long as its block runs; the full screen and ``penstock run`` both
live inside one. Part of ``cli``'s floor of the house: nothing but ``cli`` and what it starts imports it.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tui.engine.policy.places import WORKTREES
from tui.engine.window.guidance import AGENTS_FILE
from tui.engine.workspace import Workspace, open_workspace
from tui.errors import StoreDamaged, UsageError
from tui.paths import (
    RECORDED_STEPS,
    RECORDINGS_FOLDER,
    SESSION_LOG_FOLDER,
    config_path,
    current_folder,
    data_folder,
    make_data_folder,
    notes_paths,
    store_path,
    workspace_root,
)
from tui.providers.models import Directory
from tui.providers.replaying import Recording
from tui.secrets import Masks
from tui.settings.config import Settings, read_settings
from tui.settings.rulebook import RuleFiles
from tui.settings.safety import masks_of, sandbox_of
from tui.store.care.swap import unread
from tui.store.store import Store
from tui.tools.base import Kit
from tui.tools.catalog import Catalog
from tui.tools.notes import Notes
from tui.tools.web import Web
from tui.value import value

PROBE_DELAY = 1.0
"""Seconds after which it is found out which sandbox works, unless a command needs to know before."""


@value
class Launch:
    """What was asked for on the command line and in config.toml."""

    root: Path
    cwd: Path
    store_path: Path
    settings: Settings
    model: str = ""
    recording: Recording = Recording()


def launch(model: str = "", *, record: str = "", record_file: str = "") -> Launch:
    """What to open here: the current folder's workspace, with the person's settings.

    ``record`` is the folder to record into, "-" for the usual one; ``record_file`` one file instead.

    Raises:
        UsageError: the folder or the settings are unusable.
        StoreError: there is nowhere to keep sessions.
    """
    cwd = current_folder()
    settings = read_settings(config_path())
    make_data_folder()
    return Launch(
        root=workspace_root(cwd),
        cwd=cwd,
        store_path=store_path(),
        settings=settings,
        model=model,
        recording=_recording(settings, cwd, record, record_file),
    )


def _recording(settings: Settings, cwd: Path, folder: str, file: str) -> Recording:
    """Where providers are recorded, with the folder made: nothing of an answer may be lost for want of it."""
    usual = settings.record.folder
    if folder == "-":
        folder = usual or str(data_folder() / RECORDINGS_FOLDER)
    found = Recording(
        folder=str(cwd / Path(folder).expanduser()) if folder else usual,
        file=str(cwd / Path(file).expanduser()) if file else "",
        steps=str(data_folder() / RECORDED_STEPS),
    )
    place = Path(found.file).parent if found.file else Path(found.folder) if found.folder else None
    if place is not None:
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{place} cannot be recorded into: {error.strerror}.") from error
    return found


@value
class Program:
    """Everything that runs."""

    workspace: Workspace
    store: Store
    models: Directory
    told: "Told"


class Told:
    """What is to be said of the program itself, kept until somebody listens."""

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._listener: Callable[[str], None] | None = None

    def say(self, sentence: str) -> None:
        if self._listener is None:
            self._waiting.append(sentence)
        else:
            self._listener(sentence)

    def listen(self, listener: Callable[[str], None]) -> None:
        """Tell ``listener`` all that waits, and what comes."""
        self._listener = listener
        waiting, self._waiting = self._waiting, []
        for sentence in waiting:
            listener(sentence)


def rule_files() -> RuleFiles:
    """The rules of the person and of projects. Where they and the store are kept no call may touch."""
    return RuleFiles(config_path(), (data_folder(), config_path().parent))


async def open_store(path: Path) -> Store:
    """The store; a new one in the place of one that is too damaged to be opened, which is set aside to be read.

    Raises:
        StoreError: it cannot be opened, and it is not damage that stands in the way; nothing was changed.
    """
    try:
        return await Store.open(path)
    except StoreDamaged:
        from tui.store.care.merge import make_room  # noqa: PLC0415

        return await make_room(path)


async def _bring_over(store: Store, kept: Path, told: Told) -> None:
    from tui.store.care.merge import bring_over  # noqa: PLC0415

    await bring_over(store, kept, told.say)


def _write_log(store: Store, settings: Settings, masks: Masks, told: Told) -> None:
    from tui.store.mirror import Mirror  # noqa: PLC0415

    wanted = settings.log
    folder = Path(wanted.folder) if wanted.folder else data_folder() / SESSION_LOG_FOLDER
    most_bytes = wanted.compress * 1_000_000
    store.mirror = Mirror(store.path, folder, mask=masks.mask, most_bytes=most_bytes, say=told.say)


@asynccontextmanager
async def opened(launch: Launch, *, attended: bool = True) -> AsyncGenerator[Program, None]:
    """The program, without a screen. ``attended``: a person is there to answer what agents ask.

    Raises:
        StoreError: the store cannot be opened, or could not write everything before it closed.
    """
    settings = launch.settings
    store, told = await open_store(launch.store_path), Told()
    masks = masks_of(settings)
    if settings.log.sessions:
        _write_log(store, settings, masks, told)
    models = Directory(
        settings.providers,
        connect=settings.limits.connect,
        masks=masks if settings.secrets.mask else None,
        recording=launch.recording,
    )
    sandbox = sandbox_of(settings)
    web = Web(settings.web, masks=masks if settings.secrets.mask else None)
    try:
        async with open_workspace(
            store=store,
            models=models,
            toolbox=Catalog(),
            book=rule_files(),
            mode=settings.mode,
            root=launch.root,
            cwd=launch.cwd,
            limits=settings.limits,
            pace=settings.pace,
            plan=settings.models,
            context=settings.context,
            own_instructions=config_path().parent / AGENTS_FILE,
            kit=Kit(notes=Notes(*notes_paths(launch.root)), web=web, sandbox=sandbox, masks=masks),
            attended=attended,
            worktrees=Path(settings.worktrees.folder) if settings.worktrees.folder else data_folder() / WORKTREES,
        ) as workspace:
            probing = workspace.spawn(sandbox.warm(PROBE_DELAY), name="sandbox probe")
            reading = [
                workspace.spawn(_bring_over(store, kept, told), name="damaged store") for kept in unread(store.path)
            ]
            try:
                yield Program(workspace=workspace, store=store, models=models, told=told)
            finally:
                probing.cancel()
                for each in reading:
                    each.cancel()
    finally:
        sandbox.close()
        await web.aclose()
        await models.aclose()
        await store.close()
