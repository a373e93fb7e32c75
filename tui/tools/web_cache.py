"""What was fetched from the web, kept for a while, so that reading on or asking again costs no request."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

from cachetools import TTLCache

CACHE_BYTES = 32_000_000
CACHE_ENTRIES = 256
CACHE_SECONDS = 900.0

T = TypeVar("T")


class Kept(Generic[T]):
    """What was fetched, for a while: bounded in entries and in bytes. Who asks for what is under way waits for it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._held: TTLCache[str, T] = TTLCache(CACHE_BYTES, CACHE_SECONDS, clock, self._weight)
        self._under_way: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, key: str) -> bool:
        return key in self._held

    @staticmethod
    def _weight(held: Any) -> int:
        """At least an entry's share, so that bytes bound the entries too."""
        return max(CACHE_BYTES // CACHE_ENTRIES, held.weight if hasattr(held, "weight") else sys.getsizeof(held))

    async def get(self, key: str, make: Callable[[], Awaitable[T]]) -> T:
        """What is kept under ``key``, else what ``make`` gives. A failure is kept for nobody."""
        lock = self._under_way.setdefault(key, asyncio.Lock())  # gone when nobody waits for it any more
        async with lock:
            if key not in self._held:
                made = await make()
                if self._weight(made) > CACHE_BYTES:
                    return made
                self._held[key] = made
                return made
            return self._held[key]
