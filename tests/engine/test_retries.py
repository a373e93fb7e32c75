"""When a request is sent again, after which wait, and when the person is told instead."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.clock import leaping, takes
from tests.engine.rig import Rig
from tests.scripts import (
    AuthFailed,
    ConnectionLost,
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFailed,
    StreamBroken,
    cut,
    eventually,
    fail,
    pause,
    text,
)
from tui.engine.stream import Limits, retry_wait
from tui.errors import ContextTooLong, Retryable, StreamTimedOut
from tui.events import PartStarted, StepEnded, StepStarted
from tui.messages import StopReason, TextPart
from tui.providers.base import PartOpen

BUSY = [fail(Overloaded("Busy.", status=529))]


@pytest.mark.parametrize("error", [RateLimited("A."), Overloaded("B."), ServerFailed("C."), ConnectionLost("D.")])
@leaping
async def test_what_may_work_later_is_tried_again_and_each_wait_is_said(error: Retryable) -> None:
    rig = Rig([fail(error)], [fail(error)], [text("Now.")])
    began = asyncio.get_running_loop().time()
    result = await rig.run()
    spent = asyncio.get_running_loop().time() - began
    assert (result.stop, result.error, rig.journal.parts) == (StopReason.END, None, [TextPart(text="Now.")])
    retries = rig.journal.retries
    assert [(retry.attempt, retry.reason) for retry in retries] == [(1, str(error)), (2, str(error))]
    assert spent == pytest.approx(sum(retry.wait for retry in retries))
    assert 0.75 <= retries[0].wait <= 1.25
    assert 1.5 <= retries[1].wait <= 2.5
    assert (len(rig.journal.of(StepStarted)), len(rig.journal.of(StepEnded))) == (1, 1)


@pytest.mark.parametrize(
    "error", [AuthFailed("No key."), StreamBroken("Odd."), ContextTooLong("Long."), StreamTimedOut("connect", 10)]
)
@leaping
async def test_what_will_not_work_later_is_not_tried_again(error: ProviderError) -> None:
    rig = Rig([fail(error)])
    with takes(0):
        result = await rig.run()
    assert result.error is error
    assert (rig.journal.retries, len(rig.provider.requests)) == ([], 1)


@pytest.mark.parametrize("shown", [[PartOpen(0, "reasoning")], [text("Some.")], [text("Some ")], [text("")]])
@leaping
async def test_nothing_is_tried_again_once_anything_was_shown(shown: list[Any]) -> None:
    rig = Rig([*shown, *BUSY])
    result = await rig.run()
    assert isinstance(result.error, Overloaded)
    assert len(rig.journal.of(PartStarted)) == 1
    assert (rig.journal.retries, len(rig.provider.requests)) == ([], 1)


@leaping
async def test_a_limit_and_a_cut_are_not_tried_again() -> None:
    rig = Rig([pause(1000)], [cut()])
    for kind in (StreamTimedOut, StreamBroken):
        assert isinstance((await rig.run()).error, kind)
    assert rig.journal.retries == []


@leaping
async def test_after_the_last_retry_the_person_is_told_how_often_it_was_tried() -> None:
    rig = Rig(*[BUSY] * 9, retries=3)
    result = await rig.run()
    assert (len(rig.provider.requests), [retry.attempt for retry in rig.journal.retries]) == (4, [1, 2, 3])
    assert isinstance(result.error, Overloaded)
    assert result.error.status == 529
    assert result.error.sentence() == "Busy. It was tried 4 times; /continue tries again."


@leaping
async def test_no_retries_are_a_setting() -> None:
    rig = Rig(BUSY, retries=0)
    result = await rig.run()
    assert result.error is not None
    assert result.error.sentence() == "Busy."


@leaping
async def test_each_try_has_its_own_time_limits() -> None:
    rig = Rig([pause(59), *BUSY], [pause(59), *BUSY], [pause(59), text("Now.")], request=70)
    result = await rig.run()
    assert (result.error, rig.journal.parts) == (None, [TextPart(text="Now.")])


@leaping
async def test_the_wait_that_a_server_asks_for_is_kept() -> None:
    rig = Rig([fail(RateLimited("Slow down.", retry_after=20))], [text("Now.")])
    with takes(20):
        assert (await rig.run()).error is None
    assert [retry.wait for retry in rig.journal.retries] == [20]


@leaping
async def test_a_wait_beyond_the_cap_is_told_and_not_shortened() -> None:
    rig = Rig([fail(RateLimited("Come back.", status=429, retry_after=31))], [text("Never.")])
    with takes(0):
        result = await rig.run()
    assert isinstance(result.error, RateLimited)
    assert result.error.sentence() == "Come back. The server asks to wait 31 s; /continue tries again."
    assert (result.error.status, result.error.retry_after, len(rig.provider.requests)) == (429, 31, 1)


@given(
    attempt=st.integers(1, 12),
    retry_after=st.none() | st.floats(0, 1e5),
    retries=st.integers(0, 12),
    cap=st.floats(0.01, 1e3),
)
def test_a_wait_is_within_its_bounds(attempt: int, retry_after: float | None, retries: int, cap: float) -> None:
    wait = retry_wait(attempt, retry_after, Limits(retries=retries, retry_cap=cap))
    if attempt > retries or (retry_after is not None and retry_after > cap):
        assert wait is None
        return
    assert wait is not None
    backoff = min(cap, 0.5 * 2**attempt)
    assert max(0.75 * backoff, retry_after or 0) - 0.001 <= wait <= cap + 0.001
    assert wait <= max(1.25 * backoff, retry_after or 0) + 0.001


def test_the_waits_of_many_programs_do_not_fall_together() -> None:
    assert len({retry_wait(2, None, Limits()) for _ in range(100)}) > 50


@leaping
async def test_cancelling_in_the_wait_ends_the_step_once() -> None:
    rig = Rig([fail(RateLimited("Slow down.", retry_after=25))], [text("Never.")])
    running = asyncio.create_task(rig.run())
    await asyncio.sleep(3)
    assert len(rig.journal.retries) == 1
    with takes(0):
        running.cancel()
        await asyncio.wait([running])
    assert running.cancelled()
    assert [ended.stop for ended in rig.journal.of(StepEnded)] == [StopReason.CUT]
    assert (len(rig.provider.requests), rig.provider.endings) == (1, ["failed"])


@leaping
async def test_hurry_ends_this_wait_and_no_later_one() -> None:
    slow = fail(RateLimited("Slow down.", retry_after=25))
    rig = Rig([slow], [pause(5), slow], [text("Now.")])
    running = asyncio.create_task(rig.run())
    await asyncio.sleep(3)
    with takes(5 + 25):
        rig.step.hurry.set()
        await eventually(lambda: len(rig.provider.requests) == 2, within=1)
        rig.step.hurry.set()  # the request is on its way: there is no wait to end
        await running
    assert len(rig.provider.requests) == 3


@leaping
async def test_what_a_server_refused_cost_nothing_and_of_what_was_cut_nobody_knows() -> None:
    refused = Rig([fail(AuthFailed("No.", status=401))])
    await refused.run()
    cut_off = Rig([text("Half of "), fail(Overloaded("Busy.", status=529))], [cut()])
    await cut_off.run()
    await cut_off.run()
    unheard = Rig([fail(ConnectionLost("Nobody answers."))], retries=0)
    await unheard.run()
    prices = [[ended.price for ended in rig.journal.of(StepEnded)] for rig in (refused, cut_off, unheard)]
    assert prices == [[0.0], [None, None], [None]]
