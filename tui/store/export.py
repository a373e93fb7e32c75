"""A session as a file: Markdown for people, JSON lines for programs. The HTML page is in ``export_html``.

Pure functions of a session's entries, so that a session can be exported while the disk fails.
JSON lines lose nothing but what ``mask`` takes: ``from_json_lines`` gives the same entries again. Neither form holds a
character that a terminal would obey: JSON has escapes for them, Markdown shows them.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from tui.errors import StoreDamaged
from tui.events import ContextCompacted, Entry
from tui.messages import ReasoningPart, TodoDisplay, ToolCallPart
from tui.plain import plain
from tui.state import CallState, PartState, Prompt, SessionState, StepState, TurnState, fold
from tui.store.codec import from_plain, to_plain
from tui.store.export_blobs import Blobs, line_of, masked_entry, names_in

_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_dump_ascii = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


Mask = Callable[[str], str]
"""A text without its secrets. See ``tui.secrets.Masks.mask``."""


def to_json_lines(
    entries: Iterable[Entry], *, ascii_only: bool = False, mask: Mask = lambda text: text, blobs: Blobs | None = None
) -> Iterator[str]:
    """One entry a line, without line ends: ``session, seq, at, kind, version, event``.

    Always fits UTF-8 (``ascii_only``: ASCII). What cannot be seen is escaped, as JSON allows everywhere. Of ``blobs``
    each stands in a line of its own (``blob`` and ``text`` or ``base64``) before the first entry that names it.
    """
    data = dict(blobs.data) if blobs is not None else {}
    for original in entries:
        entry = masked_entry(original, blobs.named_anew) if blobs is not None else original
        for name in names_in(entry.event):
            if name in data:
                yield line_of(name, data.pop(name))
        kind, version, event = to_plain(entry.event)
        row = {
            "session": entry.session_id,
            "seq": entry.seq,
            "at": entry.at,
            "kind": kind,
            "version": version,
            "event": event,
        }
        yield mask(_dump_ascii(row)).replace("…", r"\u2026") if ascii_only else _seen(mask(_dump(row)))


def from_json_lines(lines: Iterable[str]) -> Iterator[Entry]:
    """The entries that ``to_json_lines`` was given; empty lines and those of kept bytes are passed over.

    Raises:
        StoreDamaged: a line is not one of ours; the sentence gives its number.
        StoreError: an event is of a newer program.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if "blob" in row:
                continue
            where, what = (row["session"], row["seq"], row["at"]), (row["kind"], row["version"], row["event"])
        except (ValueError, KeyError, TypeError):
            raise StoreDamaged(f"Line {number} is not an entry of a session.") from None
        yield Entry(*where, from_plain(*what))


def to_markdown(entries: Iterable[Entry], *, mask: Mask = lambda text: text) -> str:
    """The whole conversation: prompts, answers, reasoning, calls with their results, what each turn came to.

    Where a summary took the place of what the model saw before, that is said, and all before it is there all the same.
    """
    entries = list(entries)
    marks = [(entry.seq, entry.event) for entry in entries if isinstance(entry.event, ContextCompacted)]
    state = fold(entries[-1].session_id if entries else "", entries)  # a fork's own come last
    blocks = [f"# {_line(state.title) or 'Session'}", _facts(state)]
    for turn in state.turns:
        blocks += _turn_blocks(state, turn, marks)
    blocks += [block for _, mark in marks for block in _mark_blocks(mark)]
    blocks += [f"## Waiting prompt\n\n{prompt.text}" for prompt in state.outbox]
    if state.imported is not None and state.imported.raw:
        blocks += [f"## Kept as it stands: {_line('; '.join(state.imported.unread))}", _fenced(state.imported.raw)]
    side = [call for call in state.calls.values() if call.aside]
    blocks += [block for call in side for block in _call_blocks(call)]
    text = plain(mask("\n\n".join(block.strip("\n") for block in blocks if block)))
    return text.encode("utf-8", "replace").decode() + "\n"


def _facts(state: SessionState) -> str:
    used = state.usage
    cost = f"${state.cost:.4f}"
    if state.unpriced_steps:
        cost = f"{cost} and {state.unpriced_steps} requests of unknown price" if state.cost else "unknown"
    return "\n".join(
        (
            f"- Session: `{state.session_id}`",
            *([f"- Sub-agent of: `{state.parent_call[0]}`"] if state.parent_call else []),
            *([f"- Forked from: `{state.forked_from[0]}`, entry {state.forked_from[1]}"] if state.forked_from else []),
            f"- Folder: `{_line(state.cwd)}`",
            f"- Model: `{_line(state.model)}`",
            f"- Opened: {_time(state.opened_at)}, last change: {_time(state.changed_at)}",
            f"- Tokens: {used.input_tokens} in, {used.output_tokens} out; cost: {cost}",
        )
    )


def _turn_blocks(state: SessionState, turn: TurnState, marks: list[tuple[int, ContextCompacted]]) -> list[str]:
    """A turn; and before what came after them the first of ``marks``, which are taken out."""
    blocks: list[str] = []
    for item in turn.items:
        while marks and marks[0][0] < item.seq:
            blocks += _mark_blocks(marks.pop(0)[1])
        blocks += _prompt_blocks(item) if isinstance(item, Prompt) else _step_blocks(state, item)
    if turn.outcome == "interrupted":
        blocks.append("*Interrupted.*")
    elif turn.outcome == "failed":
        blocks.append(f"**Failed:** {_line(f'{turn.error} {turn.hint}')}")
    return blocks


def _mark_blocks(mark: ContextCompacted) -> list[str]:
    sizes = f", {mark.before:,} tokens to {mark.after:,}" if mark.before else ""
    told = f"*From here on the model saw this summary in place of all up to entry {mark.through_seq}{sizes}.*"
    return ["## Context compacted", told, _fenced(mark.summary, "markdown")]


def _prompt_blocks(prompt: Prompt) -> list[str]:
    return ["## Prompt", prompt.text, *(f"*[image, {_line(image.media_type)}]*" for image in prompt.images)]


def _step_blocks(state: SessionState, step: StepState) -> list[str]:
    blocks = [f"## Answer ({_line(step.model)})"]
    for part in step.parts:
        blocks += _part_blocks(state, part)
    return blocks if len(blocks) > 1 else []


def _part_blocks(state: SessionState, part: PartState) -> list[str]:
    cut = ["*[cut]*"] if part.cut else []
    match part.part:
        case ToolCallPart(call_id=call_id) if call_id in state.calls:
            return _call_blocks(state.calls[call_id])
        case ToolCallPart(name=name, arguments=arguments):
            return [f"### Call of {_line(name)}", _fenced(arguments, "json"), *cut]
        case ReasoningPart(text=text):
            return [f"<details><summary>Reasoning</summary>\n\n{text}\n\n</details>", *cut] if text.strip() else []
        case _:
            return [part.text, *cut]


def _call_blocks(call: CallState) -> list[str]:
    title = f"### {'Run again by the person' if call.original else 'Call'}: {_line(call.tool)}, {call.phase}"
    blocks = [title, _fenced(call.arguments, "json")]
    if call.decision is not None and call.decision.by == "person":
        reason = f": {_line(call.decision.reason)}" if call.decision.reason else ""
        blocks.append(f"*The person said {call.decision.decision}{reason}.*")
    text = call.ended.text if call.ended is not None else "".join(call.output)
    if text:
        blocks.append(_fenced(text))
    displays = call.ended.display if call.ended is not None else ()
    items = [item for display in displays if isinstance(display, TodoDisplay) for item in display.items]
    if items:
        blocks.append("\n".join(f"- {_line(item.line)}" for item in items))
    return blocks


def _seen(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() else _dump_ascii(char)[1:-1] for char in line)


def _fenced(text: str, language: str = "") -> str:
    """``text`` in a fence that is longer than any that it contains."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    end = "" if text.endswith("\n") else "\n"
    return f"{fence}{language}\n{text}{end}{fence}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
