"""What each turn did to files: kept before it happens, shown as one diff, undone and done again, by the person alone.

Before the first change of a turn to a file its old contents go to the store by their hash, and the log says so on
disk before the file is touched; after each change the log says what was left. So all of this is read from log
and store, and works after a restart too. A file that is no longer what the turn left has been changed by somebody
else: it is not touched, unless the person insists, and then what stands there is kept first.

Only the tools that write files say so here. What shell commands change is not known, kept or undone.
"""

import asyncio
import os
import stat
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Literal

from tui.diffs import diff_display, sizes_display
from tui.disk_file import Stamp, lock_of, open_regular, remove_file, text_of, write_bytes
from tui.engine.log import Log
from tui.errors import SessionBusy, StoreError, ToolError
from tui.events import FileKept, FileRestored, FileWritten
from tui.messages import DiffDisplay
from tui.state import FileState
from tui.tools.base import Blobs, Bridge
from tui.value import value

FILE_LIMIT = 20_000_000
"""Bytes of a file above which it is not kept."""
TURN_LIMIT = 200_000_000
"""Bytes that are kept for one turn."""
_HASHED = 500_000_000
"""Bytes of a file above which it is not even hashed: it passes for changed."""

ChangeState = Literal["created", "changed", "deleted", "same", "undone", "skipped"]


@value
class FileChange:
    """What a turn did to one file, as it stands now.

    ``diff`` leads from what was before the turn to what is there now, for an undone one to what was undone.
    ``others``: somebody else has changed it since, so the diff shows their work too. ``refusal`` says why it cannot
    be undone, "" where it can; ``forced``: it can when the person insists.
    """

    path: str
    state: ChangeState
    diff: DiffDisplay
    others: bool = False
    refusal: str = ""
    forced: bool = False


@value
class Undone:
    """How an undo (or a redo) of one file ended. ``told`` is a sentence for the person."""

    path: str
    done: bool
    told: str


@value
class _Seen:
    """A file as it stands. ``digest`` and ``stamp`` are empty where there is none; ``data`` is None also for a
    large one. ``trouble`` says why it is nothing that could be written back to."""

    digest: str = ""
    size: int = 0
    mode: int = 0o644
    stamp: Stamp | None = None
    data: bytes | None = None
    trouble: str = ""


class Checkpoints:
    """The kept files of one session."""

    def __init__(
        self, log: Log, blobs: Blobs, bridge: Bridge, wrote: Callable[[str], None] = lambda path: None
    ) -> None:
        """``wrote`` is called with each file that a call has changed."""
        self._log = log
        self._wrote = wrote
        self._blobs = blobs
        self._bridge = bridge
        self._keeping = asyncio.Lock()

    # --- while a call runs

    async def before_write(self, turn_id: str, call_id: str, path: Path) -> None:
        """Keep the file as it is, unless this turn has left it so. Returns when that is on disk.

        Raises:
            StoreError: it cannot be kept; the file must not be changed.
        """
        async with self._keeping:  # one at a time: two calls of a turn may be at the same file, and share its limit
            seen = await self._bridge.run(_look, path)
            known = self._files(turn_id).get(str(path))
            if known is None or known.left != seen.digest:
                self._log.emit(await self._kept(turn_id, call_id, path, seen))
        await self._log.settle()

    async def after_write(self, turn_id: str, call_id: str, path: Path, data: bytes | None) -> None:
        """Say what the call left in the file."""
        digest = "" if data is None else (await self._bridge.run(sha256, data)).hexdigest()
        self._log.emit(FileWritten(turn_id=turn_id, call_id=call_id, path=str(path), digest=digest))
        self._wrote(str(path))

    async def _kept(self, turn_id: str, call_id: str, path: Path, seen: _Seen) -> FileKept:
        held = sum(kept.size for file in self._files(turn_id).values() for kept in (file.before, *file.between))
        skipped = seen.trouble
        if not skipped and seen.size > FILE_LIMIT:
            skipped = f"It had {seen.size:,} bytes, and files of over {FILE_LIMIT:,} are not kept."
        elif not skipped and held + seen.size > TURN_LIMIT:
            skipped = f"The files that this turn changed have over {TURN_LIMIT:,} bytes: no more were kept."
        blob = await self._blobs.keep(seen.data) if seen.data is not None and not skipped else ""
        size = 0 if skipped else seen.size
        return FileKept(
            turn_id=turn_id, call_id=call_id, path=str(path), blob=blob, size=size, mode=seen.mode, skipped=skipped
        )

    def _files(self, turn_id: str) -> dict[str, FileState]:
        return self._log.state.files.get(turn_id, {})

    # --- when the person asks

    async def changes(self, turn_id: str) -> tuple[FileChange, ...]:
        """What the turn (or a call that the person ran again, by its id) changed, in the order of the paths.

        Raises:
            StoreError: what was kept cannot be read.
        """
        files = sorted(self._files(turn_id).items())
        return tuple([await self._change(turn_id, path, file) for path, file in files])

    async def _change(self, turn_id: str, path: str, file: FileState) -> FileChange:
        seen = await self._bridge.run(_look, Path(path))
        refusal, forced = self._refusal(turn_id, path, file, seen)
        before = await self._blob(file.before.blob)
        after = await self._blob(file.undone) if file.restored else seen.data
        lost = bool(file.before.skipped) or (seen.size > FILE_LIMIT and not file.restored)
        sizes = (file.before.size, seen.size) if lost else None
        diff = await self._bridge.run(_diff, Path(path), Path(self._log.state.cwd), before, after, sizes)
        return FileChange(
            path=path,
            state=_state(file, seen),
            diff=diff,
            others=bool(seen.trouble) or (seen.digest not in (file.left, file.before.blob) or bool(file.between)),
            refusal=refusal,
            forced=forced,
        )

    async def undo(
        self, turn_id: str, paths: Iterable[str] | None = None, *, force: bool = False
    ) -> tuple[Undone, ...]:
        """Put files back as they were before the turn: all, or those of ``paths``.

        ``force``: also those that others changed since; what they made of it is kept and can be brought back.

        Raises:
            SessionBusy: the turn still runs.
        """
        self._must_rest(turn_id)
        chosen = sorted(self._files(turn_id)) if paths is None else list(paths)
        return tuple([await self._restore(turn_id, path, force=force) for path in chosen])

    async def redo(self, turn_id: str, paths: Iterable[str] | None = None) -> tuple[Undone, ...]:
        """Take an undo back: what it replaced stands there again. Raises as ``undo``."""
        self._must_rest(turn_id)
        undone = [path for path, file in sorted(self._files(turn_id).items()) if file.restored]
        chosen = undone if paths is None else list(paths)
        return tuple([await self._restore(turn_id, path, again=True) for path in chosen])

    async def _restore(self, turn_id: str, path: str, *, force: bool = False, again: bool = False) -> Undone:
        file = self._files(turn_id).get(path)
        if file is None:
            return Undone(path=path, done=False, told="This turn did not change it.")
        async with lock_of(Path(path)):
            seen = await self._bridge.run(_look, Path(path))
            refusal, forced = _redo_refusal(file, seen) if again else self._refusal(turn_id, path, file, seen)
            if refusal and not (force and forced):
                return Undone(path=path, done=False, told=refusal)
            try:
                told = await self._put_back(turn_id, path, seen, file.undone if again else file.before.blob, again)
            except (ToolError, StoreError) as error:
                return Undone(path=path, done=False, told=error.sentence())
        return Undone(path=path, done=True, told=told)

    async def _put_back(self, turn_id: str, path: str, seen: _Seen, wanted: str, again: bool) -> str:
        """What stands there goes to the store first: an undo loses nothing."""
        file = self._files(turn_id)[path]
        data = await self._blob(wanted)
        if seen.data is not None:
            await self._blobs.keep(seen.data)
            await self._log.settle()
        if data is None:
            await self._bridge.run(remove_file, Path(path), seen.stamp)
        else:
            await self._bridge.run(_write, Path(path), data, seen.stamp, file.before.mode)
        self._log.emit(FileRestored(turn_id=turn_id, path=path, digest=wanted, replaced=seen.digest, redone=again))
        if data is None:
            return "It is gone again."
        return "It is as the turn left it." if again else "It is as it was before the turn."

    async def _blob(self, name: str) -> bytes | None:
        return await self._blobs.kept(name) if name else None

    def _must_rest(self, turn_id: str) -> None:
        turn = self._log.state.turn
        if (turn is not None and turn.turn_id == turn_id) or turn_id in self._log.state.open_calls:
            raise SessionBusy("This still runs: its changes can be undone when it has ended.")

    def _refusal(self, turn_id: str, path: str, file: FileState, seen: _Seen) -> tuple[str, bool]:
        """Why a file is not put back as things stand ("" where it is), and whether the person may insist."""
        if file.restored and seen.digest == file.left:
            return "It was undone already.", False
        if file.before.skipped:
            return file.before.skipped, False
        if seen.trouble:
            return seen.trouble, False
        if seen.digest == file.before.blob:
            return "It is as it was before the turn.", False
        if seen.size > FILE_LIMIT:
            return f"Others have changed it since, and it is too large to be kept: {seen.size:,} bytes.", False
        if seen.digest != file.left:
            if self._changed_later(turn_id, path, seen):
                return "A later turn has changed it too: undo that one first.", True
            return "Somebody else has changed it since." if seen.digest else "Somebody else has deleted it since.", True
        if file.between:
            return "Somebody else has changed it while the turn ran.", True
        return "", False

    def _changed_later(self, turn_id: str, path: str, seen: _Seen) -> bool:
        turns = list(self._log.state.files)
        later = (self._files(turn).get(path) for turn in turns[turns.index(turn_id) + 1 :])
        return any(file is not None and not file.restored and file.left == seen.digest for file in later)


def _redo_refusal(file: FileState, seen: _Seen) -> tuple[str, bool]:
    if not file.restored:
        return "It was not undone.", False
    if seen.trouble:
        return seen.trouble, False
    return ("" if seen.digest == file.left else "Somebody else has changed it since it was undone."), False


def _state(file: FileState, seen: _Seen) -> ChangeState:
    if file.before.skipped:
        return "skipped"
    if file.restored and seen.digest == file.left:
        return "undone"
    if seen.trouble:
        return "changed"
    if seen.digest == file.before.blob:
        return "same"
    if not file.before.blob:
        return "created"
    return "changed" if seen.digest else "deleted"


def _look(path: Path) -> _Seen:
    """A file as it stands now. Opens nothing that could block, and follows no link."""
    try:
        facts = os.lstat(path)
        if path.parent.resolve() != path.parent:
            return _Seen(digest="?", trouble="A link in its path leads elsewhere now.")
        if not stat.S_ISREG(facts.st_mode):
            what = "a folder" if stat.S_ISDIR(facts.st_mode) else "no regular file"
            return _Seen(digest="?", trouble=f"It is {what} now.")
        with os.fdopen(open_regular(path), "rb") as file:
            facts = os.fstat(file.fileno())
            data = file.read(FILE_LIMIT + 1)
            digest, size = sha256(data), len(data)
            while size > FILE_LIMIT and size <= _HASHED and (more := file.read(1 << 20)):
                digest.update(more)
                size += len(more)
    except (FileNotFoundError, NotADirectoryError):
        return _Seen()
    except (OSError, ToolError) as error:
        told = error.strerror if isinstance(error, OSError) else str(error)
        return _Seen(digest="?", trouble=f"It cannot be read: {told}.")
    return _Seen(
        digest=digest.hexdigest() if size <= _HASHED else "?",
        size=max(size, facts.st_size),
        mode=stat.S_IMODE(facts.st_mode),
        stamp=(facts.st_mtime_ns, facts.st_size),
        data=data if size <= FILE_LIMIT else None,
    )


def _write(path: Path, data: bytes, as_of: Stamp | None, mode: int) -> None:
    write_bytes(path, data, as_of=as_of, mode=mode)


def _diff(
    path: Path, cwd: Path, before: bytes | None, after: bytes | None, sizes: tuple[int, int] | None
) -> DiffDisplay:
    old, new = (None if data is None else text_of(data) for data in (before, after))
    if sizes is None and (old is None) == (before is None) and (new is None) == (after is None):
        return diff_display(path, cwd, old and old.text, new and new.text)
    return sizes_display(path, cwd, *(sizes or (len(before or b""), len(after or b""))), created=before is None)
