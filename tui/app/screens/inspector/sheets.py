"""When a call did what, and by whose leave: two sheets of text, with colours of our own in them.

Colours are SGR sequences, which the output view reads; what comes from elsewhere is cleaned before it stands here.
"""

from collections.abc import Iterator, Sequence
from time import localtime, strftime

from tui.app.words import duration, home_path
from tui.events import ApprovalDecided
from tui.state import CallState, SessionState
from widgets.clean import clean
from widgets.literal import escaped

WIDTH = 40
"""Cells of the longest bar in the waterfall."""
_DIM, _BOLD, _OFF = "\x1b[2m", "\x1b[1m", "\x1b[0m"
_QUEUED, _ASKED, _RAN = ("·", "90"), ("▒", "33"), ("█", "34")
_LABEL = 12


def timing_sheet(call: CallState, state: SessionState, now: float) -> str:
    """The moments of a call, how long it waited and ran, and its turn's calls as bars on one scale."""
    return "\n".join([*_moments(call), "", *_spans(call, now), "", *_waterfall(call, state, now)])


def _moments(call: CallState) -> Iterator[str]:
    for name, at in (
        ("requested", call.requested_at),
        ("asked", call.asked_at),
        ("decided", call.decided_at),
        ("started", call.started_at),
        ("ended", call.ended_at),
    ):
        if at is not None:
            clock = strftime("%H:%M:%S", localtime(at)) + f".{int(at % 1 * 1000):03}"
            yield f"{_label(name)}{clock}  {_DIM}+{duration(at - call.requested_at)}{_OFF}"


def _spans(call: CallState, now: float) -> Iterator[str]:
    queued, asked, ran = parts(call, now)
    yield f"{_label('queued')}{duration(queued)}"
    if call.asked_at is not None:
        yield f"{_label('asked')}{duration(asked)}"
    if call.started_at is not None:
        exact = call.ended.duration if call.ended is not None else ran
        yield f"{_label('ran')}{duration(exact)}{'' if call.ended is not None else ' so far'}"


def parts(call: CallState, now: float) -> tuple[float, float, float]:
    """Seconds that a call was queued, asked about, and run, so far."""
    end = call.ended_at if call.ended_at is not None else now
    started = call.started_at if call.started_at is not None else end
    asked_until = call.decided_at if call.decided_at is not None else end
    asked = max(0.0, asked_until - call.asked_at) if call.asked_at is not None else 0.0
    return max(0.0, started - call.requested_at - asked), asked, max(0.0, end - started)


def _waterfall(call: CallState, state: SessionState, now: float) -> Iterator[str]:
    repeated = call.original or call.call_id
    around = (
        [other for other in state.calls.values() if other.turn_id == call.turn_id and not other.aside]
        if not call.aside
        else [other for other in state.calls.values() if repeated in (other.call_id, other.original)]
    )
    first = min(other.requested_at for other in around)
    last = max(other.ended_at or now for other in around)
    scale = WIDTH / max(last - first, 0.001)
    what = "This call and its re-runs" if call.aside else "Calls of this turn"
    if call.aside:  # they lie far apart: each begins at the left
        scale = WIDTH / max(*((other.ended_at or now) - other.requested_at for other in around), 0.001)
        first = last = 0.0
    span = f", over {duration(last - first)}" if last > first else ""
    yield f"{_BOLD}{what}{span}{_OFF}   " + "  ".join(
        _bar(glyph, 1) + f" {name}" for glyph, name in ((_QUEUED, "queued"), (_ASKED, "asked"), (_RAN, "ran"))
    )
    for other in around:
        queued, asked, ran = parts(other, now)
        lead = int((other.requested_at - first) * scale) if last > first else 0
        bars = "".join(
            _bar(glyph, max(1, round(seconds * scale)) if seconds else 0)
            for glyph, seconds in ((_QUEUED, queued), (_ASKED, asked), (_RAN, ran))
        )
        mark = f"{_BOLD}▸{_OFF}" if other.call_id == call.call_id else " "
        took = duration(queued + asked + ran)
        yield f"{mark} {clean(other.tool)[:12]:<12} {' ' * lead}{bars or _bar(_RAN, 1)} {_DIM}{took}{_OFF}"


def _bar(glyph: tuple[str, str], cells: int) -> str:
    return f"\x1b[{glyph[1]}m{glyph[0] * cells}{_OFF}" if cells else ""


def approval_sheet(call: CallState) -> str:
    """Who allowed or denied it, when, why it was asked, what it touches, and which rule said so."""
    decision, asked = call.decision, call.approval
    if asked is None and decision is None:
        told = "It has not been judged yet." if call.ended is None else "It ended before it was judged."
        return told if call.started_at is None else "It ran by the rules, unasked."
    lines: list[str] = []
    if asked is not None:
        lines += [_row("asked", _clock(call.asked_at)), _row("because", asked.why), _row("effect", asked.effect)]
        lines += _some("by rule", [asked.rule])
        lines += _some("touches", [home_path(place) for place in asked.touches])
        lines += _some("a grant is", [f"{asked.tool} {home_path(asked.pattern)}"] if asked.pattern else [])
    if decision is None:
        return "\n".join([*lines, "", f"{_label('decided')}\x1b[33mnot yet{_OFF}"])
    return "\n".join([*lines, *([""] if lines else []), *_decided(decision, call)])


def _decided(decision: ApprovalDecided, call: CallState) -> Iterator[str]:
    colour = "32" if decision.decision == "allow" else "31"
    yield f"{_label('decision')}\x1b[1;{colour}m{decision.decision}{_OFF}"
    yield _row("by", {"person": "you", "policy": "the policy, unasked"}.get(decision.by, "Penstock itself"))
    yield _row("when", _clock(call.decided_at))
    if decision.by == "person":
        yield _row("for", {"once": "this once", "session": "this session", "always": "always"}[decision.scope])
    yield from _some("by rule", [decision.rule])
    yield from _some("reason", [decision.reason])
    asked = call.approval.arguments if call.approval is not None else ""
    if asked and decision.arguments and decision.arguments != asked:
        yield _row("edited", "what was allowed is not what was asked for; it was:")
        yield f"{' ' * _LABEL}{escaped(asked)}"
    if decision.digest:
        yield _row("bound to", "arguments whose sha256 is")
        yield f"{' ' * _LABEL}{decision.digest}"


def _some(name: str, values: Sequence[str]) -> list[str]:
    """A row for the first value, more below; none where there is nothing to say."""
    said = [value for value in values if value]
    return [f"{_label(name if not number else '')}{_one(value)}" for number, value in enumerate(said)]


def _row(name: str, value: str) -> str:
    return f"{_label(name)}{_one(value)}"


def _one(value: str) -> str:
    return escaped(value).replace("\n", f"\n{' ' * _LABEL}")


def _label(name: str) -> str:
    return f"{_DIM}{name:<{_LABEL}}{_OFF}"


def _clock(at: float | None) -> str:
    return "" if at is None else strftime("%Y-%m-%d %H:%M:%S", localtime(at))
