"""A session as one page that stands alone: no script, no network, nothing that a text in it could do.

It looks like the screen, in both of the house's colours, and can be read on a phone. Every text is escaped and has
its controls shown; the page's content policy allows its own style sheet and pictures inside it, and nothing else.
Like the other exports it is a pure function of the entries.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from html import escape

from markdown_it import MarkdownIt

from tui.events import ContextCompacted, Entry, ModelChanged, SessionForked, SessionImported
from tui.lines import deed, one_line
from tui.messages import DiffDisplay, ImagePart, ReasoningPart, TodoDisplay, ToolCallPart, Usage
from tui.plain import plain
from tui.state import CallState, PartState, Prompt, StepState, TurnState, fold
from tui.store.export import Mask
from tui.store.export_style import STYLE

_STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; img-src data:; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_MARKS = {"ok": "✓", "waiting": "·", "running": "…", "asking": "?"}
_NESTING = 24


def to_html(entries: Iterable[Entry], *, mask: Mask = lambda text: text) -> str:
    """The whole conversation as a page."""
    return "\n".join(_Page(list(entries), mask).lines()).encode("utf-8", "replace").decode() + "\n"


class _Page:
    def __init__(self, entries: list[Entry], mask: Mask) -> None:
        self._mask = mask
        self._state = fold(entries[-1].session_id if entries else "", entries)
        self._notes = [(entry.seq, note) for entry in entries for note in self._note(entry)]
        self._markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": _NESTING})
        self._markdown.enable(["table", "strikethrough"]).disable("image")

    def lines(self) -> Iterator[str]:
        state = self._state
        title = self._line(state.title) or "Session"
        yield "<!doctype html>"
        yield '<html lang="en"><head><meta charset="utf-8">'
        yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
        yield '<meta name="referrer" content="no-referrer">'
        yield f"<title>{title}</title><style>{STYLE}</style></head><body>"
        yield f"<header><h1>{title}</h1>{self._facts()}</header><main>"
        for turn in state.turns:
            yield from self._turn(turn)
        yield from self._passed(state.seq + 1)
        for prompt in state.outbox:
            yield f'<div class="note">A prompt that waits:</div>{self._prompt(prompt)}'
        yield from (self._call(call, None) for call in state.calls.values() if call.aside)
        yield "</main></body></html>"

    def _facts(self) -> str:
        state = self._state
        facts = {
            "Session": state.session_id,
            "Folder": state.cwd,
            "Model": state.model,
            "Opened": _time(state.opened_at),
            "Last change": _time(state.changed_at),
            "Tokens": _tokens(state.usage),
            "Cost": _cost(state.cost, state.unpriced_steps),
        }
        if state.parent_call:
            facts["Sub-agent of"] = state.parent_call[0]
        if state.forked_from:
            facts["Forked from"] = f"{state.forked_from[0]}, entry {state.forked_from[1]}"
        rows = "".join(f"<dt>{name}</dt><dd>{self._line(value)}</dd>" for name, value in facts.items() if value)
        return f"<dl>{rows}</dl>"

    # --- turns

    def _turn(self, turn: TurnState) -> Iterator[str]:
        for item in turn.items:
            yield from self._passed(item.seq)
            if isinstance(item, Prompt):
                yield self._prompt(item)
            else:
                yield from self._step(item)
        if turn.outcome == "interrupted":
            yield '<p class="cut">Interrupted.</p>'
        elif turn.outcome == "failed":
            yield f'<p class="failed">Failed: {self._line(f"{turn.error} {turn.hint}")}</p>'
        yield self._sum(turn)

    def _passed(self, seq: int) -> Iterator[str]:
        """What happened beside the conversation before that entry."""
        while self._notes and self._notes[0][0] < seq:
            yield self._notes.pop(0)[1]

    def _prompt(self, prompt: Prompt) -> str:
        images = "".join(self._image(image) for image in prompt.images)
        return f'<div class="prompt">{self._text(prompt.text)}{images}</div>'

    def _step(self, step: StepState) -> Iterator[str]:
        for retry in step.retries:
            yield f'<p class="note">Tried again: {self._line(retry.reason)}</p>'
        for part in step.parts:
            yield self._part(part, step)

    def _part(self, part: PartState, step: StepState) -> str:
        cut = '<p class="cut">Cut here.</p>' if part.cut else ""
        match part.part:
            case ToolCallPart(call_id=call_id) if call_id in self._state.calls:
                return self._call(self._state.calls[call_id], step)
            case ToolCallPart(name=name, arguments=arguments):
                said = f"{self._line(name)}: cut before it was whole, not run"
                return f'<p class="cut">{said}</p><pre>{self._text(arguments)}</pre>'
            case ReasoningPart(text=text):
                if not text.strip():
                    return cut
                inner = f'<div class="text">{self._text(text)}</div>'
                return f'<details class="reasoning"><summary>Reasoning</summary>{inner}</details>{cut}'
            case _:
                return f'<div class="answer">{self._markdown.render(plain(self._mask(part.text)))}</div>{cut}'

    def _sum(self, turn: TurnState) -> str:
        steps = [item for item in turn.items if isinstance(item, StepState) and item.ended is not None]
        ended = [step.ended for step in steps if step.ended is not None]
        prices = [end.price for end in ended if end.price is not None]
        used = Usage()
        for end in ended:
            used += end.usage
        took = max(0.0, (turn.ended_at or turn.started_at) - turn.started_at)
        facts = [_time(turn.started_at), f"{took:.1f} s"]
        if ended:
            facts += [_tokens(used), _cost(sum(prices), len(ended) - len(prices))]
        return f'<div class="sum">{" · ".join(filter(None, facts))}</div>'

    # --- calls

    def _call(self, call: CallState, step: StepState | None) -> str:
        phase, line = call.phase, self._line(deed(call.tool, call.arguments))
        whose = "you ran " if call.aside else ""
        summary = f'<span class="mark">{_MARKS.get(phase, "✗")}</span> {whose}<b>{self._line(call.tool)}</b>'
        summary += f' <span class="line">{line}</span> <span class="facts">{" · ".join(self._call_facts(call, step))}'
        body = "".join(self._call_body(call))
        return f'<details class="call {escape(phase)}"><summary>{summary}</span></summary>{body}</details>'

    def _call_facts(self, call: CallState, step: StepState | None) -> Iterator[str]:
        if call.phase != "ok":
            yield escape(call.phase.replace("_", " "))
        if call.ended is not None and call.started_at is not None:
            yield f"{call.ended.duration:.1f} s"
        price = step.ended.price if step is not None and step.ended is not None else None
        if price:
            calls = sum(isinstance(part.part, ToolCallPart) for part in step.parts) if step is not None else 1
            yield f"about ${price / max(1, calls):.4f}"

    def _call_body(self, call: CallState) -> Iterator[str]:
        yield f"<pre>{self._text(call.arguments)}</pre>"
        if call.approval is not None:
            yield f'<p class="asked">Asked: {self._line(call.approval.why)}</p>'
        if call.decision is not None:
            said = call.decision
            reason = f": {said.reason}" if said.reason else ""
            yield f'<p class="asked">{self._line(f"{said.by} said {said.decision} ({said.scope}){reason}")}</p>'
        displays = call.ended.display if call.ended is not None else ()
        for display in displays:
            if isinstance(display, DiffDisplay):
                yield f"<pre>{self._diff(display.diff)}</pre>"
            elif isinstance(display, TodoDisplay):
                items = "".join(f"<li>{self._line(item.line)}</li>" for item in display.items)
                yield f'<ul class="todo">{items}</ul>'
        text = call.ended.text if call.ended is not None else "".join(call.output)
        if text:
            yield f'<pre class="output">{self._text(text)}</pre>'
        if call.ended is not None and call.ended.pieces:
            yield f'<p class="facts">The whole output has {call.ended.output_bytes:,} bytes.</p>'
        yield from (self._image(image) for image in (call.ended.images if call.ended is not None else ()))

    def _diff(self, diff: str) -> str:
        lines = []
        for line in plain(self._mask(diff)).splitlines():
            kind = {"+": "add", "-": "del", "@": "hunk"}.get(line[:1], "")
            lines.append(f'<span class="{kind}">{escape(line)}</span>' if kind else escape(line))
        return "\n".join(lines)

    # --- pieces

    def _note(self, entry: Entry) -> Iterator[str]:
        match entry.event:
            case ContextCompacted(summary=summary):
                inner = f'<div class="text">{self._text(summary)}</div>'
                said = "Compacted: from here on the model sees this summary"
                yield f'<details class="reasoning note"><summary>{said}</summary>{inner}</details>'
            case SessionForked(parent=parent, title=title):
                yield f'<div class="note">Forked from {self._line(title or parent)}</div>'
            case ModelChanged(model=model, reason=reason):
                yield f'<div class="note">{self._line(f"{model} {reason}")}</div>'
            case SessionImported(program=program, source=source, unread=unread, raw=raw):
                yield f'<div class="note">{self._line(f"Imported from {program}: {source}", 2000)}</div>'
                if raw:
                    said = self._line(f"Kept as it stands: {'; '.join(unread)}")
                    yield f'<details class="note"><summary>{said}</summary><pre>{self._text(raw)}</pre></details>'
            case _:
                return

    def _image(self, image: ImagePart) -> str:
        if image.media_type in _PICTURES and _BASE64.fullmatch(image.data):
            return f'<img alt="image" src="data:{image.media_type};base64,{image.data}">'
        return f'<p class="facts">[image, {self._line(image.media_type)}]</p>'

    def _text(self, text: str) -> str:
        return escape(plain(self._mask(text)))

    def _line(self, text: str, limit: int = 400) -> str:
        return escape(one_line(plain(self._mask(text)), limit))


def _tokens(used: Usage) -> str:
    cached = f" ({used.cache_read_tokens:,} cached)" if used.cache_read_tokens else ""
    return f"{used.input_tokens:,} in{cached}, {used.output_tokens:,} out"


def _cost(cost: float, unpriced: int) -> str:
    if not unpriced:
        return f"${cost:.4f}"
    return f"${cost:.4f} and {unpriced} requests of unknown price" if cost else "cost unknown"


def _time(at: float) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return ""
