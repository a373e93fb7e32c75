"""A session belongs to one process at a time, and to the next one however the first ended."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tests.scripts import eventually
from tests.store.histories import opened
from tests.store.test_faults import locked
from tui.errors import SessionHeld, StoreError
from tui.events import Entry, SessionRenamed
from tui.store.owner import Owner
from tui.store.store import Store

OpenStore = Callable[..., Awaitable[Store]]
ROOT = Path(__file__).resolve().parents[2]


class Other:
    """Another process with the same store."""

    def __init__(self, path: Path, session_id: str = "s1") -> None:
        argv = [sys.executable, "-m", "tests.store.owning", str(path), session_id]
        self._process = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid

    def tell(self, word: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        self._process.send_signal(how)
        self._process.communicate()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Other]:
    process = Other(tmp_path / "data" / "penstock.db")
    yield process
    process.end()


async def test_a_session_that_another_process_runs_is_refused_by_its_number_until_that_dies(
    open_store: OpenStore, other: Other
) -> None:
    store = await open_store()
    assert store.holder("s1") is None
    assert other.tell("claim") == "ok"
    with pytest.raises(SessionHeld, match=f"run by process {other.pid}") as caught:
        store.claim("s1")
    assert caught.value.hint
    assert store.holder("s1") == other.pid
    store.claim("s2")
    other.end(signal.SIGKILL)
    assert store.holder("s1") is None
    store.claim("s1")
    store.claim("s1")
    assert store.holder("s1") == os.getpid()


async def test_a_session_that_this_process_runs_is_refused_to_others_until_it_is_let_go(
    open_store: OpenStore, other: Other
) -> None:
    store = await open_store()
    store.claim("s1")
    assert other.tell("claim") == f"SessionHeld: Session s1 is run by process {os.getpid()}."
    store.release("s1")
    store.release("s1")
    assert other.tell("claim") == "ok"
    assert other.tell("release") == "ok"
    store.claim("s1")
    await store.close()
    assert other.tell("claim") == "ok"


async def test_others_read_a_session_while_its_owner_runs_it_and_see_when_it_died(
    open_store: OpenStore, other: Other
) -> None:
    store = await open_store()
    assert [other.tell(word) for word in ("claim", "turn")] == ["ok", "ok"]
    assert [entry.seq for entry in await store.load("s1")] == [1, 2]
    (row,) = await store.sessions()
    assert (row.status, row.left_open) == ("running", False)
    store.add(opened("s2"))
    await store.settle()
    other.end(signal.SIGKILL)
    assert [(row.status, row.left_open) for row in await store.sessions() if row.id == "s1"] == [("idle", True)]


async def test_what_an_owner_started_does_not_keep_the_session(open_store: OpenStore, other: Other) -> None:
    store = await open_store()
    other.tell("claim")
    heir = int(other.tell("heir"))
    try:
        other.end(signal.SIGKILL)
        os.kill(heir, 0)
        store.claim("s1")
    finally:
        os.kill(heir, signal.SIGKILL)


async def test_a_session_is_let_go_only_when_all_that_was_said_in_it_is_on_disk(
    open_store: OpenStore, other: Other
) -> None:
    store = await open_store()
    store.claim("s1")
    store.add(opened())
    await store.settle()
    with locked(store.path):
        store.add(Entry("s1", 2, 2.0, SessionRenamed(title="Still on its way")))
        store.release("s1")
        assert store.holder("s1") == os.getpid()
    await eventually(lambda: store.holder("s1") is None)
    assert other.tell("claim") == "ok"
    assert [entry.seq for entry in await store.load("s1")] == [1, 2]


async def test_a_session_that_is_claimed_again_before_it_was_let_go_stays_ours(open_store: OpenStore) -> None:
    store = await open_store()
    store.claim("s1")
    store.add(opened())
    store.release("s1")
    store.claim("s1")
    await store.settle()
    store.add(opened("s2"))
    await store.settle()
    assert store.holder("s1") == os.getpid()


def test_any_name_of_a_session_is_a_file_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "locks"
    owner = Owner(folder)
    for name in ("../../up", "a/b", "..", "ü ß", "x" * 80):
        owner.claim(name)
    assert len(list(folder.iterdir())) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["locks"]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    owner.release_all()
    assert list(folder.iterdir()) == []


def test_a_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("keep me")
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "s1.lock").symlink_to(target)
    with pytest.raises(StoreError, match="cannot be made"):
        Owner(tmp_path / "locks").claim("s1")
    assert target.read_text() == "keep me"


def test_who_locks_a_file_that_its_last_owner_has_deleted_looks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (Owner(tmp_path) for _ in range(3))
    first.claim("s1")
    real = fcntl.flock

    def late(descriptor: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", real)
        first.release("s1")  # while ``third`` has the old file open and does not have its lock yet
        second.claim("s1")
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(SessionHeld):
        third.claim("s1")
    assert third.holder("s1") == os.getpid()
    second.release("s1")
    third.claim("s1")
    assert [path.name for path in tmp_path.iterdir()] == ["s1.lock"]


def test_asking_who_owns_a_free_session_does_not_keep_anybody_from_it(tmp_path: Path) -> None:
    owner, asked, done = Owner(tmp_path), threading.Event(), threading.Event()
    left = tmp_path / "s1.lock"  # by a process that died

    def ask() -> None:
        others = Owner(tmp_path)
        while not done.wait(0.0005):
            others.holder("s1")
            asked.set()

    thread = threading.Thread(target=ask)
    left.write_text("1")
    thread.start()
    asked.wait()
    try:
        for _ in range(300):
            left.write_text("1")
            owner.claim("s1")
            owner.release("s1")
    finally:
        done.set()
        thread.join()
