"""From the provider's stream to the log: when text is written, and what ends a request."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.clock import leaping, takes, the_loop
from tests.engine.rig import PACE, Rig
from tests.scripts import Hold, ServerFailed, StreamBroken, call, cut, fail, pause, reasoning, text, together
from tui.engine.stream import Limits, StreamConsumer
from tui.errors import StreamTimedOut
from tui.events import PartDelta, PartEnded, PartStarted, StepEnded
from tui.messages import ReasoningPart, StopReason, TextPart, ToolCallPart
from tui.providers.base import PartChunk, PartClose, PartOpen

# --- when text is written


@leaping
async def test_the_first_text_is_written_at_once_and_what_follows_is_joined() -> None:
    rig = Rig()
    async with rig.feeding() as (_, queue):
        for n in range(8):
            queue.put_nowait(PartChunk(0, f"{n} "))
            await asyncio.sleep(0.003)
        await asyncio.sleep(1)
    assert rig.journal.deltas == [
        (0.0, "0 "),
        (pytest.approx(0.010), "1 2 3 "),
        (pytest.approx(0.020), "4 5 6 "),
        (pytest.approx(0.030), "7 "),
    ]


@leaping
async def test_text_after_a_silence_is_written_at_once() -> None:
    rig = Rig()
    async with rig.feeding() as (_, queue):
        for at in (0.0, 3.0, 60.0):
            await asyncio.sleep(at - the_loop().now)
            queue.put_nowait(PartChunk(0, "x"))
        await asyncio.sleep(1)
    assert [at for at, _ in rig.journal.deltas] == [0.0, 3.0, 60.0]


@leaping
async def test_nothing_wakes_while_nothing_comes() -> None:
    rig = Rig()
    async with rig.feeding() as (consumer, queue):
        await asyncio.sleep(100)
        assert consumer.wakeups == 0
        for words in ("a", "b"):
            queue.put_nowait(PartChunk(0, words))
            await asyncio.sleep(0.001)
        await asyncio.sleep(1)
        assert consumer.wakeups == 2
        timers = the_loop()._scheduled  # type: ignore[attr-defined]
        assert [timer for timer in timers if not timer.cancelled()] == []
        await asyncio.sleep(100)
        assert consumer.wakeups == 2
    assert [words for _, words in rig.journal.deltas] == ["a", "b"]


@leaping
async def test_the_interval_doubles_while_the_loop_lags_and_shrinks_when_it_keeps_up() -> None:
    rig = Rig()
    intervals: list[float] = []

    async def write(consumer: StreamConsumer, queue: asyncio.Queue[Any], lag: float) -> None:
        queue.put_nowait(PartChunk(0, "x"))
        await asyncio.sleep(0.001)  # the timer is set, and now the loop is busy until it is late
        the_loop().stall(consumer.interval - 0.001 + lag)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        intervals.append(round(consumer.interval, 4))

    async with rig.feeding() as (consumer, queue):
        queue.put_nowait(PartChunk(0, "first"))
        await asyncio.sleep(0)
        for lag in (0.006, 0.011, 0.021, 0.030):
            await write(consumer, queue, lag)
        assert intervals == [0.020, 0.040, 0.050, 0.050]
        await write(consumer, queue, 0.020)  # less than half of it is no lag
        assert intervals[-1] == 0.045
        for _ in range(20):
            await write(consumer, queue, 0.001)
        assert all(later < earlier or later == 0.010 for earlier, later in pairwise(intervals[4:]))
        assert intervals[-1] == 0.010


_pieces = st.lists(
    st.tuples(
        st.integers(0, 2), st.text(min_size=1, max_size=4), st.sampled_from([0.0, 0.0, 0.001, 0.004, 0.012, 0.3])
    ),
    max_size=60,
)


@given(pieces=_pieces)
@leaping
async def test_however_text_comes_it_is_written_once_in_order_and_within_the_interval(
    pieces: list[tuple[int, str, float]],
) -> None:
    rig = Rig()
    sent: dict[int, str] = {}
    arrivals: list[tuple[float, int]] = []
    async with rig.feeding() as (consumer, queue):
        for index, words, gap in pieces:
            queue.put_nowait(PartChunk(index, words))
            sent[index] = sent.get(index, "") + words
            arrivals.append((the_loop().now, sum(map(len, sent.values()))))
            await asyncio.sleep(gap)
        await asyncio.sleep(1)
        assert consumer.interval == PACE.min_interval
    order = [event.part_id for event in rig.journal.of(PartStarted)]
    assert [rig.journal.written[part_id] for part_id in order] == list(sent.values())
    deltas = rig.journal.deltas
    for arrived, length in arrivals:
        there = sum(len(words) for at, words in deltas if at <= arrived + PACE.min_interval + 1e-9)
        assert there >= length
    instants = sorted({at for at, _ in deltas})
    assert all(later - earlier >= PACE.min_interval - 1e-9 for earlier, later in pairwise(instants))


@given(pieces=_pieces, stalls=st.lists(st.sampled_from([0.0, 0.02, 0.2]), min_size=1))
@leaping
async def test_a_busy_loop_loses_nothing_and_nothing_hangs_back(
    pieces: list[tuple[int, str, float]], stalls: list[float]
) -> None:
    rig = Rig()
    sent: dict[int, str] = {}
    async with rig.feeding() as (consumer, queue):
        for number, (index, words, gap) in enumerate(pieces):
            queue.put_nowait(PartChunk(index, words))
            sent[index] = sent.get(index, "") + words
            await asyncio.sleep(gap)
            the_loop().stall(stalls[number % len(stalls)])
            assert PACE.min_interval <= consumer.interval <= PACE.max_interval
        await asyncio.sleep(PACE.max_interval + 0.001)
        order = [event.part_id for event in rig.journal.of(PartStarted)]
        assert [rig.journal.written[part_id] for part_id in order] == list(sent.values())


# --- parts


@leaping
async def test_parts_that_come_at_once_are_kept_apart() -> None:
    words, one, two = "Both of them, please. " * 20, '{"path": "one.txt"}', '{"path": "two.txt"}'
    rig = Rig([together(text(words), call("read", one), reasoning("Hm. " * 9), call("read", two))])
    result = await rig.run()
    assert [c.arguments for c in result.calls] == [one, two]
    assert len({c.call_id for c in result.calls}) == 2
    assert TextPart(text=words) in rig.journal.parts
    assert ReasoningPart(text="Hm. " * 9) in rig.journal.parts


@leaping
async def test_two_calls_of_one_id_are_two_calls() -> None:
    rig = Rig([call("read", "{}", call_id="same"), call("list", "{}", call_id="same"), call("glob", "{}", call_id="x")])
    result = await rig.run()
    assert [c.name for c in result.calls] == ["read", "list", "glob"]
    assert len({c.call_id for c in result.calls}) == 3
    assert {c.call_id for c in result.calls} >= {"same", "x"}


@leaping
async def test_a_part_that_a_server_opens_twice_is_two_parts() -> None:
    rig = Rig([PartOpen(0, "text"), PartChunk(0, "one"), PartOpen(0, "text"), PartChunk(0, "two"), cut()])
    result = await rig.run()
    assert [part.text for part in rig.journal.parts if isinstance(part, TextPart)] == ["one", "two"]
    assert (result.stop, type(result.error)) == (StopReason.CUT, StreamBroken)


_events = st.lists(
    st.tuples(st.integers(0, 3), st.text(max_size=4), st.sampled_from([0.0, 0.0, 0.005, 0.3])), max_size=30
)


@given(
    events=_events, closed=st.sets(st.integers(0, 3)), end=st.sampled_from(["finish", "cut", "fail", "idle", "stop"])
)
@leaping
async def test_whatever_ends_a_stream_every_part_ends_once_with_all_that_came(
    events: list[tuple[int, str, float]], closed: set[int], end: str
) -> None:
    sent: dict[int, str] = {}
    script: list[Any] = [PartOpen(9, "reasoning")]
    for index, words, gap in events:
        if index not in sent:
            script.append(PartOpen(index, "tool_call" if index == 3 else "text", "read", "c"))
        sent[index] = sent.get(index, "") + words
        script += [PartChunk(index, words), pause(gap)]
    for index in sorted(closed & set(sent)):
        whole = ToolCallPart(call_id="c", name="read", arguments=sent[index])
        script.append(PartClose(index, whole if index == 3 else TextPart(text=sent[index])))
    script += {"finish": [], "cut": [cut()], "fail": [fail(ServerFailed("It broke."))]}.get(end, [pause(1e6)])
    rig = Rig(script, request=1e9)
    running = asyncio.create_task(rig.run())
    if end == "stop":
        await asyncio.sleep(20)
        running.cancel()
    await asyncio.wait([running])
    assert running.cancelled() == (end == "stop")
    starts = [event.part_id for event in rig.journal.of(PartStarted)]
    ends = {event.part_id: event for event in rig.journal.of(PartEnded)}
    assert sorted(starts) == sorted(event.part_id for event in rig.journal.of(PartEnded))
    for index, part_id in zip([9, *sent], starts, strict=True):
        part = ends[part_id].part
        assert (part.arguments if isinstance(part, ToolCallPart) else part.text) == sent.get(index, "")
        assert ends[part_id].cut == (index not in closed)
        assert sent.get(index, "").startswith(rig.journal.written.get(part_id, ""))
    (ended,) = rig.journal.of(StepEnded)
    assert ended.stop == (StopReason.END if end == "finish" else StopReason.CUT)
    assert (ended.price is None) == (end != "finish")
    if end != "stop":
        assert [c.arguments for c in running.result().calls] == [sent[3] for _ in closed & {3} & set(sent)]
    assert rig.provider.endings == [{"finish": "finished", "cut": "cut", "fail": "failed"}.get(end, "closed")]


# --- time limits


@pytest.mark.parametrize(
    ("words", "local", "limit", "stage", "kept"),
    [
        ([pause(1000)], False, 60, "first event", []),
        ([pause(1000)], True, 300, "first event", []),
        ([pause(59), text("a ", pause(1000))], False, 59 + 90, "idle", ["a "]),
        ([text("a ", pause(89), "b ", pause(1000))], False, 89 + 90, "idle", ["a b "]),
        ([text("a ", pause(1000))], True, 90, "idle", ["a "]),
        ([PartOpen(0, "text"), pause(1000)], False, 90, "idle", [""]),
        ([pause(50), text(*("a ", pause(80)) * 9)], False, 300, "whole request", ["a a a a "]),
        ([pause(299), text(*("a ", pause(80)) * 9)], True, 600, "whole request", ["a a a a "]),
    ],
)
@leaping
async def test_each_limit_closes_the_stream_and_keeps_what_came(
    words: list[Any], local: bool, limit: float, stage: str, kept: list[str]
) -> None:
    rig = Rig(words, local=local)
    with takes(limit):
        result = await rig.run()
    assert isinstance(result.error, StreamTimedOut)
    assert result.error.stage == stage
    assert "/continue" in result.error.hint
    assert rig.provider.endings == ["closed"]
    assert [part.text for part in rig.journal.parts if isinstance(part, TextPart)] == kept
    assert all(event.cut for event in rig.journal.of(PartEnded))
    assert (rig.journal.retries, len(rig.journal.of(StepEnded))) == ([], 1)


@leaping
async def test_the_limits_are_settings() -> None:
    rig = Rig([pause(1000)], [text("a", pause(1000))], first_event=5, idle=7)
    with takes(5):
        await rig.run()
    with takes(7):
        await rig.run()


@leaping
async def test_a_slow_stream_that_never_pauses_too_long_comes_whole() -> None:
    rig = Rig([pause(59), text("a ", pause(89), "b ", pause(89), "c")])
    with takes(59 + 89 + 89):
        result = await rig.run()
    assert (result.stop, result.error) == (StopReason.END, None)


@leaping
async def test_waiting_for_our_own_disk_is_not_the_providers_silence() -> None:
    pulled: list[int] = []

    class Counting(Hold):
        async def wait(self) -> None:
            pulled.append(len(pulled))

    rig = Rig([text(*(piece for n in range(9) for piece in (f"{n} ", Counting())), pause(1000))], request=10_000)
    rig.journal.blocked = asyncio.Event()
    running = asyncio.create_task(rig.run())
    await asyncio.sleep(1000)
    assert not running.done()
    assert len(pulled) <= 1, "while the disk is behind nothing more is read from the provider"
    rig.journal.blocked.set()
    with takes(Limits().idle):  # and then the provider's own silence counts from here
        result = await running
    assert isinstance(result.error, StreamTimedOut)
    assert len(pulled) == 9
    assert [part.text for part in rig.journal.parts if isinstance(part, TextPart)] == ["0 1 2 3 4 5 6 7 8 "]


@leaping
async def test_the_providers_silence_counts_from_when_we_listen_again() -> None:
    rig = Rig([text("a", pause(1000))])
    rig.journal.drain_seconds = 50.0
    with takes(50 + 50 + 90):  # a part's start and its text
        result = await rig.run()
    assert isinstance(result.error, StreamTimedOut)
    assert result.error.stage == "idle"


@leaping
async def test_a_part_that_ends_before_its_text_was_written_is_written_once() -> None:
    rig = Rig([text("a " * 30, pause(0.02), "b"), text("c")])
    await rig.run()
    assert [part.text for part in rig.journal.parts if isinstance(part, TextPart)] == ["a " * 30 + "b", "c"]
    kinds = [type(entry.event) for entry in rig.log.since(0)]
    assert PartDelta not in kinds, "what is superseded leaves memory"
