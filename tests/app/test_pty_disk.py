"""The disk fails under a running program: it stays alive, says so, keeps everything, lets it be taken elsewhere.

One program goes through every fault that can be made here: another program's lock, a limit on the size of files, and,
where root and strace are, a full disk and errors of the kernel's own on write and on sync. Between two faults all
that was said meanwhile must have come to the disk by itself.
"""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.app.person import folder_of, leave, on_disk, says, send, serving, start
from tests.app.test_pty_doors import said_before_the_screen
from tests.faults import Answer
from tests.terminal import Terminal, penstock

LONG = os.environ.get("PENSTOCK_LONG") == "1"
UNSAVED = "NOT SAVED"
LASTS = 12.0 if LONG else 0.0
"""Seconds that each fault lasts at the least: longer than whoever settles waits."""
SMALL_DISK = "16m"


@pytest.fixture
def disk(home: Path) -> Iterator[Path]:
    """The program's own folder: on a small disk of its own where we are root."""
    kept = home / "penstock"
    kept.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=700", "tmpfs", str(kept)]
    mounted = sys.platform == "linux" and os.geteuid() == 0 and _run(*mount)
    yield kept
    if mounted:
        _run("umount", "-l", str(kept))


def _run(*argv: str) -> bool:
    try:
        return subprocess.run(argv, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@contextmanager
def locked(terminal: Terminal, kept: Path) -> Iterator[None]:
    """Another process holds the write lock."""
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30);"
        "c.execute('BEGIN IMMEDIATE'); print('locked', flush=True); sys.stdin.read()"
    )
    argv = [sys.executable, "-c", code, str(kept / "penstock.db")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "locked\n"
        yield


@contextmanager
def limited(terminal: Terminal, kept: Path) -> Iterator[None]:
    """No file may grow beyond a few kilobytes."""
    before = resource.prlimit(terminal.child.pid, resource.RLIMIT_FSIZE)  # type: ignore[attr-defined]
    resource.prlimit(terminal.child.pid, resource.RLIMIT_FSIZE, (8192, before[1]))  # type: ignore[attr-defined]
    try:
        yield
    finally:
        resource.prlimit(terminal.child.pid, resource.RLIMIT_FSIZE, before)  # type: ignore[attr-defined]


@contextmanager
def full(terminal: Terminal, kept: Path) -> Iterator[None]:
    """No block is left on the disk, and what the log beside the store had room for is used up."""
    filler = kept / "filler"
    with sqlite3.connect(kept / "penstock.db", timeout=30) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    try:
        yield
    finally:
        filler.unlink()


def injected(what: str) -> Callable[[Terminal, Path], AbstractContextManager[None]]:
    """The kernel answers these system calls of the program with an error."""

    @contextmanager
    def happens(terminal: Terminal, kept: Path) -> Iterator[None]:
        calls = what.partition(":")[0]
        argv = ["strace", "-f", "-p", str(terminal.child.pid), "-e", f"trace={calls}", "-e", f"inject={what}"]
        with subprocess.Popen([*argv, "-o", os.devnull], stderr=subprocess.PIPE, text=True) as tracer:
            assert tracer.stderr is not None and "attached" in tracer.stderr.readline()
            try:
                yield
            finally:
                tracer.send_signal(signal.SIGINT)

    return happens


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """``told``: what the footer says of it. ``syncs``: what is written stays, and only the sync of it fails."""

    name: str
    happens: Callable[[Terminal, Path], AbstractContextManager[None]]
    told: str
    syncs: bool = False
    quick: bool = True
    """Made in each run, and not in the long ones alone."""

    @property
    def answers(self) -> tuple[Answer, ...]:
        last = says(f"Said under {self.name}.")
        return (says("I will look. ", calls=(("read", {"path": "README.md"}),)), last) if self.syncs else (last,)


def possible(kept: Path) -> tuple[list[Fault], list[str]]:
    """The faults that can be made here; and what cannot."""
    faults, missing = [Fault(name="lock", happens=locked, told="locked")], []
    is_disk = os.path.ismount(kept)
    if is_disk:
        faults.append(Fault(name="full", happens=full, told="disk is full"))
    else:
        missing.append("a full disk (needs root)")
    if hasattr(resource, "prlimit"):
        faults.append(Fault(name="size", happens=limited, told="disk fails", quick=not is_disk))
    else:
        missing.append("a limit on the size of another process's files")
    if shutil.which("strace") is not None and os.geteuid() == 0:
        for name, what in (("write", "pwrite64:error=EIO"), ("read-only", "pwrite64,ftruncate:error=EROFS")):
            faults.append(Fault(name=name, happens=injected(what), told="disk fails", quick=False))
        sync = injected("fsync,fdatasync:error=EIO")
        faults.append(Fault(name="sync", happens=sync, told="disk fails", syncs=True))
    else:
        missing.append("errors of the kernel's (needs strace and root)")
    return [fault for fault in faults if LONG or fault.quick], missing


def weathers(terminal: Terminal, kept: Path, folder: Path, fault: Fault) -> None:
    """One fault, from a program that is well to one that is well again."""
    begun, name = time.monotonic(), fault.name
    with fault.happens(terminal, kept):
        send(terminal, f"What of {name}?")
        terminal.wait_for(UNSAVED)
        terminal.wait_for(fault.told)
        if not fault.syncs:  # else a call waits: it is not run before its start is on the disk
            terminal.wait_for(f"Said under {name}.")
        terminal.type(f"keys under {name}")
        terminal.wait_for(f"keys under {name}")
        terminal.press("ctrl+c")
        elsewhere = folder / f"{name}.md"
        send(terminal, f"/export {elsewhere}")
        terminal.wait_for(lambda: elsewhere.exists() and f"What of {name}?" in elsewhere.read_text())
        terminal.wait_for(lambda: time.monotonic() - begun > LASTS)
        assert UNSAVED in terminal.text and on_disk(f"What of {name}?") == fault.syncs
    terminal.wait_until_gone(UNSAVED)
    if fault.syncs and LONG:
        return  # the call was given up after ten seconds, and said so
    terminal.wait_for(f"Said under {name}.")
    terminal.wait_for(lambda: on_disk(f"What of {name}?") and on_disk(f"Said under {name}."))


def test_a_store_that_may_only_be_read_is_said_before_the_screen(home: Path, disk: Path) -> None:
    folder = folder_of(home)
    with start(folder) as terminal:
        assert leave(terminal) == 0
    before = (disk / "penstock.db").read_bytes()
    if os.path.ismount(disk):
        assert _run("mount", "-o", "remount,ro", str(disk))
    elif os.geteuid():
        disk.chmod(0o500)
    else:
        pytest.skip("root may write anywhere, and can mount nothing here")
    try:
        with Terminal(penstock(), cwd=folder) as terminal:
            said_before_the_screen(terminal, str(disk))
    finally:
        if not os.path.ismount(disk):
            disk.chmod(0o700)
    assert (disk / "penstock.db").read_bytes() == before


def test_whatever_the_disk_does_the_program_stays_alive_and_loses_nothing(home: Path, disk: Path) -> None:
    folder = folder_of(home)
    faults, missing = possible(disk)
    answers = [answer for fault in faults for answer in fault.answers]
    with serving(home, says("It is well."), *answers), start(folder, columns=160) as terminal:
        send(terminal, "Hello")
        terminal.wait_for("It is well.")
        terminal.wait_for(lambda: on_disk("It is well."))
        for fault in faults:
            weathers(terminal, disk, folder, fault)
        assert leave(terminal) == 0
    with sqlite3.connect(disk / "penstock.db") as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()
    if missing:
        pytest.skip(f"all else passed; not here: {', '.join(missing)}")
