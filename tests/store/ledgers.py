"""Sessions of several days with requests, calls and prices, for tests and pictures of the ledger."""

from collections.abc import Iterator

from tui.events import (
    CompactionStarted,
    Entry,
    PartEnded,
    PartStarted,
    PromptSubmitted,
    SessionEvent,
    SessionOpened,
    StepEnded,
    StepStarted,
    SummaryKept,
    ToolEnded,
    ToolOutcome,
    ToolStarted,
    TurnEnded,
)
from tui.messages import StopReason, ToolCallPart, Usage
from tui.value import value

DAY = 86_400.0


@value
class Asked:
    """One request: of which model, what it used and cost, and the tool that it called, if any. ``at`` is epoch time."""

    at: float
    model: str = "anthropic/claude-opus-5"
    usage: Usage = Usage(input_tokens=1_000, output_tokens=100)
    price: float | None = 0.01
    tool: str = ""
    output: str = "out"
    outcome: ToolOutcome = ToolOutcome.OK
    summary: bool = False
    ended: bool = True


def session(session_id: str, slot: int, title: str, asked: list[Asked], workspace: str = "/w") -> list[Entry]:
    """Its whole log."""
    begun = asked[0].at - 1 if asked else 0.0
    opened = SessionOpened(workspace=workspace, cwd=workspace, title=title, model="m", slot=slot, system="")
    timed = [(begun, opened), (begun, PromptSubmitted(prompt_id="p", turn_id="t", text="Go"))]
    for number, one in enumerate(asked):
        timed += [(one.at + index * 0.01, event) for index, event in enumerate(_events(one, f"{session_id}-{number}"))]
    return [Entry(session_id, seq, at, event) for seq, (at, event) in enumerate(timed, 1)]


def _events(one: Asked, name: str) -> Iterator[SessionEvent]:
    if one.summary:
        yield CompactionStarted(compaction_id=name, model=one.model, through_seq=1)
        if one.ended:
            yield SummaryKept(compaction_id=name, summary="So far.", usage=one.usage, price=one.price, duration=2.0)
        return
    yield StepStarted(step_id=name, turn_id="t", model=one.model)
    if one.tool:
        yield PartStarted(part_id=name, step_id=name, kind="tool_call", name=one.tool)
        yield PartEnded(part_id=name, part=ToolCallPart(call_id=name, name=one.tool, arguments="{}"))
    if one.ended:
        stop = StopReason.TOOL_USE if one.tool else StopReason.END
        yield StepEnded(step_id=name, stop=stop, usage=one.usage, price=one.price, first_token=0.6, duration=2.0)
    if one.tool:
        yield ToolStarted(call_id=name, turn_id="t", tool=one.tool, arguments="{}")
        yield ToolEnded(call_id=name, outcome=one.outcome, text=one.output, duration=1.5)
    if not one.tool and one.ended:
        yield TurnEnded(turn_id="t", outcome="done")


def three_weeks(now: float) -> list[Entry]:
    """Five sessions, two models of known price and one of none, on some of the last 21 days."""
    found: list[Entry] = []
    titles = ("Valves of the north canal", "Pump tests", "運河の水位", "Release notes", "Leaks [not markup]")
    for number, title in enumerate(titles):
        days = range(number, 21, number + 2)
        asked = []
        for day in reversed(days):
            begin = now - day * DAY - 3_600 * (number + 1)
            size = 4_000 * (1 + (day * 7 + number * 3) % 9)
            used = Usage(input_tokens=size, output_tokens=size // 20, cache_read_tokens=size // 2, reasoning_tokens=40)
            known = number != 3
            model = "openai/gpt-6-luna" if number % 2 else "anthropic/claude-opus-5"
            price = size / 90_000 if known else None
            model = model if known else "company/unheard-of"
            asked.append(Asked(at=begin, model=model, usage=used, price=price, tool=("shell", "read", "edit")[day % 3]))
            asked.append(Asked(at=begin + 60, model=model, usage=used, price=price))
        found += session(f"s{number}", number + 1, title, asked, "/w" if number != 1 else "/other")
    return found
