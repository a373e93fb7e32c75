"""What fills the context of the next request, in tokens, by kind: what a person looks at before they compact.

Nobody but the provider can count tokens, so these are estimates, scaled to the provider's last count where there is
one: the proportions are ours, the sum is its. Pure functions of the state and of what is told beside the history.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tui.engine.window.context import visible
from tui.messages import ImagePart, ReasoningPart, ToolCallPart
from tui.providers.base import ToolSchema
from tui.state import CallState, Prompt, SessionState, StepState
from tui.value import value

INSTRUCTIONS, FILES, NOTES, TOOLS = "instructions", "AGENTS.md", "notes", "tools on offer"
SUMMARY, PROMPTS, ANSWERS, REASONING = "summary", "prompts", "answers", "reasoning"
CALLS, RESULTS, IMAGES = "tool calls", "tool results", "images"

_ASCII_PER_TOKEN, _BYTES_PER_TOKEN = 4, 3
_OF_A_MESSAGE = 4
"""Tokens of what a wire format puts around one."""
_OF_AN_IMAGE = 1600


@value
class Piece:
    """One thing that a model is sent. ``label`` is its text or name; of a call and its result the arguments
    of ``tool``, as they are.

    ``block`` is the id of the transcript's block that shows it, "" for none.
    """

    kind: str
    label: str
    tokens: int
    block: str = ""
    tool: str = ""


@value
class Beside:
    """What a request holds beside the history: the system prompt by what it consists of, and the tools."""

    instructions: str = ""
    files: tuple[tuple[str, str], ...] = ()
    """Paths of instruction files, with what is told of each."""
    notes: str = ""
    tools: tuple[ToolSchema, ...] = ()


@value
class Filling:
    """``pieces`` in the order in which they are sent. ``counted``: the provider's count stands behind the sum."""

    pieces: tuple[Piece, ...]
    window: int | None
    counted: bool

    @property
    def tokens(self) -> int:
        return sum(piece.tokens for piece in self.pieces)

    @property
    def fraction(self) -> float | None:
        """Of the window; None where that is unknown."""
        return self.tokens / self.window if self.window else None

    def kinds(self) -> list[Piece]:
        """The sum of each kind, of results of each tool, largest first. ``label`` says how many things it is."""
        sums: dict[str, list[int]] = {}
        for piece in self.pieces:
            kind = f"{piece.kind}: {piece.tool}" if piece.kind == RESULTS else piece.kind
            sums.setdefault(kind, []).append(piece.tokens)
        found = [Piece(kind=kind, label=f"{len(all_)}", tokens=sum(all_)) for kind, all_ in sums.items()]
        return sorted(found, key=lambda piece: -piece.tokens)

    def biggest(self, most: int) -> list[Piece]:
        """The single things that take most room, largest first."""
        return sorted(self.pieces, key=lambda piece: -piece.tokens)[:most]


def estimate(text: str) -> int:
    """Tokens of a text, roughly."""
    if text.isascii():
        return -(-len(text) // _ASCII_PER_TOKEN)
    return -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES_PER_TOKEN)


def filling(state: SessionState, beside: Beside, window: int | None) -> Filling:
    """What the next request would hold."""
    pieces = (*_beside(beside), *_history(state))
    told = sum(piece.tokens for piece in pieces)
    scale = needed(state, beside) / told if told and state.context_tokens else 1.0
    if scale != 1.0:
        pieces = tuple(replace(piece, tokens=round(piece.tokens * scale)) for piece in pieces)
    return Filling(pieces=pieces, window=window, counted=_last_counted(state) is not None)


def needed(state: SessionState, beside: Beside) -> int:
    """Tokens of the next request: the provider's last count and what came since. Costs what came since."""
    if not state.context_tokens:
        return estimated(state, beside)
    since = 0
    for item in _newest_first(state):
        if item.seq <= state.compacted_seq:
            break
        if isinstance(item, StepState) and _is_counted(item):
            since += sum(piece.tokens for piece in _results(item, state))
            break
        since += weight(item, state)
    return state.context_tokens + since


def estimated(state: SessionState, beside: Beside) -> int:
    """The same by our estimate alone."""
    return sum(piece.tokens for piece in (*_beside(beside), *_history(state)))


def weight(item: Prompt | StepState, state: SessionState) -> int:
    """Tokens of a prompt, or of a step with its results."""
    return sum(piece.tokens for piece in _item(item, state))


def _newest_first(state: SessionState) -> Iterator[Prompt | StepState]:
    for turn in reversed(state.turns):
        yield from reversed(turn.items)


def _last_counted(state: SessionState) -> StepState | None:
    """The last step whose size the provider has said, since the view changed last."""
    for item in _newest_first(state):
        if item.seq <= state.compacted_seq:
            return None
        if isinstance(item, StepState) and _is_counted(item):
            return item
    return None


def _is_counted(step: StepState) -> bool:
    return step.ended is not None and bool(step.ended.usage.input_tokens)


def _beside(beside: Beside) -> Iterator[Piece]:
    if beside.instructions:
        yield Piece(kind=INSTRUCTIONS, label="system prompt", tokens=estimate(beside.instructions))
    for path, text in beside.files:
        yield Piece(kind=FILES, label=path, tokens=estimate(text))
    if beside.notes:
        yield Piece(kind=NOTES, label="notes", tokens=estimate(beside.notes))
    for tool in beside.tools:
        told = estimate(tool.name) + estimate(tool.description) + estimate(tool.parameters)
        yield Piece(kind=TOOLS, label=tool.name, tokens=told + _OF_A_MESSAGE)


def _history(state: SessionState) -> Iterator[Piece]:
    if state.compacted is not None:
        yield Piece(kind=SUMMARY, label="summary", tokens=_summary_tokens(state))
    for _, items in visible(state):
        for item in items:
            yield from _item(item, state)


def _summary_tokens(state: SessionState) -> int:
    return 0 if state.compacted is None else estimate(state.compacted.summary) + _OF_A_MESSAGE


def _item(item: Prompt | StepState, state: SessionState) -> Iterable[Piece]:
    if isinstance(item, Prompt):
        yield Piece(kind=PROMPTS, label=item.text, tokens=estimate(item.text) + _OF_A_MESSAGE, block=item.prompt_id)
        yield from _images(item.images, item.prompt_id)
        return
    for state_of in item.parts:
        part = state_of.part
        match part:
            case ToolCallPart():
                tokens = estimate(part.arguments) + _OF_A_MESSAGE
                yield Piece(kind=CALLS, label=part.arguments, tokens=tokens, block=state_of.part_id, tool=part.name)
            case ReasoningPart():
                yield Piece(kind=REASONING, label=part.text, tokens=estimate(part.text), block=state_of.part_id)
            case _:
                text = state_of.text
                yield Piece(kind=ANSWERS, label=text, tokens=estimate(text), block=state_of.part_id)
    yield from _results(item, state)


def _results(step: StepState, state: SessionState) -> Iterator[Piece]:
    for state_of in step.parts:
        call = _call(state_of.part, state) if not state_of.cut else None
        if call is not None and call.ended is not None:
            tokens = estimate(call.ended.text) + _OF_A_MESSAGE
            yield Piece(kind=RESULTS, label=call.arguments, tokens=tokens, block=state_of.part_id, tool=call.tool)
            yield from _images(call.ended.images, state_of.part_id)


def _call(part: object, state: SessionState) -> CallState | None:
    return state.calls.get(part.call_id) if isinstance(part, ToolCallPart) else None


def _images(images: tuple[ImagePart, ...], block: str) -> Iterator[Piece]:
    for image in images:
        yield Piece(kind=IMAGES, label=image.media_type, tokens=_OF_AN_IMAGE, block=block)
