"""Searching in a text of any length: counted piece by piece beside everything else, gone through in both directions.

A Field is what is searched: a text in memory, or one whose pages are fetched. Nothing waits for the count: the first
place is gone to as soon as it is known, and the next one is looked for where the count has not come yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from widgets.long_text import LongText
from widgets.paged_text import PagedText, PageLost, TextSource, searchable

STRETCHES_A_TURN = 16
"""Pieces of a text in memory that are counted before something else has its turn."""


AT_ONCE = 3
"""Stretches that are fetched beside each other."""


class Field(Protocol):
    """What is searched, in stretches. ``sought`` is in lower case."""

    @property
    def stretches(self) -> int: ...

    async def count(self, stretch: int, sought: str) -> int:
        """How many places begin in a stretch."""
        ...

    async def row(self, stretch: int, sought: str, number: int) -> int:
        """The row of one of them."""
        ...


class MemoryField:
    """A text in memory."""

    def __init__(self, text: LongText) -> None:
        self._text = text

    @property
    def stretches(self) -> int:
        return self._text.stretches

    async def count(self, stretch: int, sought: str) -> int:
        if stretch % STRETCHES_A_TURN == STRETCHES_A_TURN - 1:
            await asyncio.sleep(0)
        return self._text.count(stretch, sought)

    async def row(self, stretch: int, sought: str, number: int) -> int:
        raise NotImplementedError  # OutputView goes there by itself


class PagedField:
    """A text whose pages are fetched. ``load`` brings a page into the text."""

    def __init__(self, text: PagedText, source: TextSource, load: Callable[[int], Awaitable[bool]]) -> None:
        self._text = text
        self._source = source
        self._load = load
        self._ahead: tuple[int, bytes] = (-1, b"")

    @property
    def stretches(self) -> int:
        return len(self._text)

    async def count(self, stretch: int, sought: str) -> int:
        data = await self._fetch(stretch)
        needle = sought.encode("utf-8", "surrogatepass")
        quick = data.isascii() and b"\x1b" not in data
        hay = searchable(data) if quick else await asyncio.to_thread(searchable, data)
        if not data.endswith(b"\n") and stretch + 1 < len(self._text):  # a place may go on in the next page
            following = await self._fetch(stretch + 1)
            self._ahead = (stretch + 1, following)
            hay += searchable(following[: 4 * len(needle) + 64])[: len(needle) - 1]
        return hay.count(needle)

    async def _fetch(self, page: int) -> bytes:
        number, data = self._ahead
        return data if number == page else await self._source.fetch(page)

    async def row(self, stretch: int, sought: str, number: int) -> int:
        if not await self._load(stretch):
            return self._text.first_row(stretch)
        places = self._text.places(stretch, sought)
        if number < len(places):
            return self._text.row_of(stretch, places[number])
        return self._text.first_row(stretch) + self._text.rows_of(stretch) - 1  # it begins here and ends in the next


class Search:
    """One search. ``tell`` is called when more is known."""

    def __init__(self, field: Field, query: str, tell: Callable[[], None]) -> None:
        self.query = query
        self.sought = query.lower()
        self.at: tuple[int, int] | None = None
        self._field = field
        self._tell = tell
        self._counts: dict[int, int] = {}
        self._locks: dict[int, asyncio.Lock] = {}

    @property
    def total(self) -> int:
        """As far as it was counted."""
        return sum(self._counts.values())

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        stretches = self._field.stretches
        return len(self._counts) / stretches if stretches else 1.0

    @property
    def ordinal(self) -> int:
        """Which of all places is gone to, from 1; 0 where none is, or what stands before it is not counted yet."""
        if self.at is None or any(n not in self._counts for n in range(self.at[0])):
            return 0
        return sum(self._counts[n] for n in range(self.at[0])) + self.at[1] + 1

    async def scan(self) -> None:
        """Count all places, as far as the text can be read."""
        left = iter(range(self._field.stretches))

        async def some() -> None:
            with suppress(PageLost):
                for stretch in left:
                    await self._count(stretch)
                    self._tell()

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(some(), name="scan")

    async def _count(self, stretch: int) -> int:
        async with self._locks.setdefault(stretch, asyncio.Lock()):
            if stretch not in self._counts:
                self._counts[stretch] = await self._field.count(stretch, self.sought)
        return self._counts[stretch]

    async def step(self, *, backwards: bool = False) -> int | None:
        """Go to the next place, around the end. Returns its row, None where there is none.

        Raises:
            PageLost: it lies behind what cannot be read.
        """
        stretches = self._field.stretches
        if not stretches or not self.sought:
            return None
        stretch, number = self.at or ((stretches - 1, 0) if backwards else (0, -1))
        if self.at is None and backwards:
            number = await self._count(stretch)
        number += -1 if backwards else 1
        for _ in range(stretches + 1):
            count = await self._count(stretch)
            if 0 <= number < count:
                self.at = (stretch, number)
                return await self._field.row(stretch, self.sought, number)
            stretch = (stretch + (-1 if backwards else 1)) % stretches
            number = await self._count(stretch) - 1 if backwards else 0
        return None
