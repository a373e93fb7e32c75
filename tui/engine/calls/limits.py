"""A tool's own time limit, told apart from any other that passes."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from tui.errors import ToolTimedOut
from tui.tools.base import ToolSpec

T = TypeVar("T")


async def within_limit(work: Awaitable[T], spec: ToolSpec) -> T:
    """Raises ToolTimedOut when the tool's own limit passes; a TimeoutError of the tool's own stays what it is."""
    limit = asyncio.timeout(spec.timeout)
    try:
        async with limit:
            return await work
    except TimeoutError:
        if not limit.expired():
            raise
        raise ToolTimedOut(f"{spec.name} did not end within {spec.timeout:g} s.") from None
