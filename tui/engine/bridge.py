"""The async bridge: one bounded pool of threads for everything in the program that blocks."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Threads:
    """``tui.tools.base.Bridge`` over asyncio's own pool."""

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """See ``tui.tools.base.Bridge``."""
        return await asyncio.to_thread(work, *arguments)
