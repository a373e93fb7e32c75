"""Turns, the person and others at one file in any order: no bytes are lost, and nobody's work is undone unasked."""

import asyncio
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.filing import SESSION, Filing
from tests.engine.rig import Journal
from tui.state import fold

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("turn"), st.just(0)),
        st.tuples(st.just("others"), st.just(0)),
        st.tuples(st.just("delete"), st.just(0)),
        st.tuples(st.sampled_from(["undo", "redo", "force"]), st.integers(0, 4)),
    ),
    max_size=14,
)


@dataclass
class Memory(Journal):
    """A store in memory."""

    held: dict[str, bytes] = field(default_factory=dict)

    async def keep(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        self.held[name] = data
        return name

    async def kept(self, name: str) -> bytes:
        return self.held[name]


class World:
    """The file, who wrote it last, and all that was ever in it."""

    def __init__(self, folder: Path) -> None:
        self.store = Memory()
        self.filing = Filing(self.store, folder)  # type: ignore[arg-type]
        self.file = folder / "file"
        self.file.unlink(missing_ok=True)
        self.number = 0
        self.before: list[bytes | None] = []
        self.by_others = False

    @property
    def now(self) -> bytes | None:
        return self.file.read_bytes() if self.file.exists() else None

    async def step(self, what: str, turn: int) -> None:
        was = self.now
        self.number += 1
        match what:
            case "turn":
                self.before.append(was)
                await self.filing.turn(f"t{len(self.before) - 1}", file=f"turn {self.number}")
                self.by_others = False
            case "others":
                self.file.write_bytes(f"others {self.number}".encode())
                self.by_others = True
            case "delete":
                self.file.unlink(missing_ok=True)
                self.by_others = True
            case _ if turn < len(self.before):
                await self.put_back(what, turn, was)
            case _:
                pass
        if what not in ("others", "delete") and was is not None and was != self.now:
            assert was in self.store.held.values(), f"{was!r} is lost"

    async def put_back(self, what: str, turn: int, was: bytes | None) -> None:
        name = f"t{turn}"
        if what == "redo":
            done = [ok for ok, _ in await self.filing.redo(name)]
        else:
            done = [ok for ok, _ in await self.filing.undo(name, force=what == "force")]
        if any(done):
            assert what == "force" or not self.by_others
            assert what == "redo" or self.now == self.before[turn]
            self.by_others = False
        else:
            assert self.now == was


@settings(max_examples=60)
@given(steps=STEPS)
def test_nothing_is_lost_whatever_happens_to_a_file(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("world").resolve()

    async def live() -> None:
        world = World(folder)
        for what, turn in steps:
            await world.step(what, turn)
            changes = [await world.filing.points.changes(f"t{turn}") for turn in range(len(world.before))]
            assert all(len(change) == 1 for change in changes)
        assert fold(SESSION, world.filing.log.since(0)) == world.filing.log.state

    asyncio.run(live())
