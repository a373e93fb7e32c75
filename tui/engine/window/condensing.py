"""What a compaction takes together and how it asks for the summary: pure functions of the state.

The history goes to the model as a text to be read and not as a conversation to go on with: every API takes that,
whatever calls, images and sealed reasoning it held. Where it does not fit, long texts are shortened first and the
oldest things left out last, and the summary says so.
"""

from collections.abc import Iterable, Sequence

from tui.engine.window.context import messages_of, summary_message, visible
from tui.engine.window.filling import estimate, weight
from tui.messages import ImagePart, Message, TextPart, ToolCallPart, ToolResultPart
from tui.state import Prompt, SessionState, StepState, TurnState
from tui.value import value

KEPT_TOKENS = 8000
"""What the last turns may take to stay as they are, and not more than KEPT_FRACTION of the window."""
KEPT_FRACTION = 0.1
KEPT_TURNS = 2
SHORTENED = (8000, 2000, 500)
"""Characters to which texts are shortened, one after the other, until all fit."""

ASKED = """\
You are about to lose sight of the conversation that follows, between a person and an agent with tools: you. Write \
what you need to go on as if nothing had been lost. Say, under short headings:

- what the person wants, with every wish, limit and correction of theirs that still holds, in their own words where \
they matter;
- what was done and found out: files by their paths, commands, names, figures, decisions with their reasons;
- what failed, and what not to try again;
- where the work stands, and what comes next.

Leave out what no longer matters. Do not go on with the work, do not answer the person, call no tools: write the \
summary alone."""
_WISH = "The person asks you to keep this in mind above all: {wish}"
_FRAME = "<conversation>\n{told}\n</conversation>\n\n{asked}"


@value
class Plan:
    """All that is seen up to ``through_seq`` is to be summarised; it takes ``tokens``."""

    through_seq: int
    messages: tuple[Message, ...]
    tokens: int


@value
class Told:
    """The history as text. ``left_out``: a sentence about what is not in it, "" where all of it is."""

    text: str
    left_out: str = ""


def plan(state: SessionState, window: int | None, *, by_person: bool) -> Plan | None:
    """What to summarise now; None where there is nothing.

    The last one or two turns stay as they are while they are small; of a turn that runs, its last steps. A person
    who asks gets more taken together where that would leave nothing to do.
    """
    turns = list(visible(state))
    room = min(KEPT_TOKENS, int(window * KEPT_FRACTION)) if window else KEPT_TOKENS
    kept = _kept(turns, state, room, KEPT_TURNS)
    if by_person and state.turn is None:
        for most in (1, 0):
            if len(kept) == sum(len(items) for _, items in turns):
                kept = _kept(turns, state, room, most)
    done = state.compacted.through_seq if state.compacted is not None else 0
    items = [item for _, items in turns for item in items]
    taken = items[: len(items) - len(kept)]
    if all(item.seq <= done or _is_unanswered(item, state) for item in taken):
        return None
    through = kept[0].seq - 1 if kept else items[-1].seq
    told = [*summary_message(state), *messages_of([item for item in taken if item.seq > done], state)]
    tokens = sum(weight(item, state) for item in taken) + (estimate(state.compacted.summary) if state.compacted else 0)
    return Plan(through_seq=through, messages=tuple(told), tokens=tokens)


def _kept(
    turns: Sequence[tuple[TurnState, list[Prompt | StepState]]], state: SessionState, room: int, most: int
) -> list[Prompt | StepState]:
    """The end of what is seen that stays: whole turns, or the last steps of the turn that runs."""
    kept: list[Prompt | StepState] = []
    for turn, items in list(reversed(turns))[:most]:
        whole = sum(weight(item, state) for item in items)
        if whole > room:
            return kept or (_last_steps(items, state, room) if turn is state.turn else [])
        room -= whole
        kept[:0] = items
    return kept


def _last_steps(items: list[Prompt | StepState], state: SessionState, room: int) -> list[Prompt | StepState]:
    kept: list[Prompt | StepState] = []
    for item in reversed(items):
        room -= weight(item, state)
        if room < 0:
            break
        kept.insert(0, item)
    return kept


def _is_unanswered(item: Prompt | StepState, state: SessionState) -> bool:
    """The prompt of the turn that runs, which is always seen whole."""
    return isinstance(item, Prompt) and state.turn is not None and item in state.turn.items


def told(messages: Iterable[Message], room: int | None) -> Told:
    """Messages as a text of at most ``room`` tokens, None for any number."""
    pieces = [piece for message in messages for piece in _pieces(message)]
    if room is None or _size(pieces) <= room:
        return Told(text="\n\n".join(pieces))
    whole = 1 if _size(pieces[:1]) <= room // 2 else 0  # the summary before it, or what the person began with
    for most in SHORTENED:
        pieces[whole:] = [shortened(piece, most) for piece in pieces[whole:]]
        if _size(pieces) <= room:
            return Told(text="\n\n".join(pieces), left_out=f"Texts over {most:,} characters were read in part.")
    total, first = len(pieces), pieces[:1]
    room -= _size(first)
    rest = list[str]()
    for piece in reversed(pieces[1:]):
        room -= _size([piece])
        if room < 0:
            break
        rest.insert(0, piece)
    left = total - len(rest) - 1
    return Told(
        text="\n\n".join((*first, f"[{left} things were left out here.]", *rest)),
        left_out=f"{left} of {total} things did not fit and were not read; of the others, "
        f"texts over {SHORTENED[-1]:,} characters in part.",
    )


def request_text(told: Told, wish: str) -> str:
    """What the model is sent."""
    asked = f"{ASKED}\n\n{_WISH.format(wish=wish.strip())}" if wish.strip() else ASKED
    return _FRAME.format(told=told.text, asked=asked)


def shortened(text: str, most: int) -> str:
    """Its beginning and its end."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half:,} characters ...]\n{text[-half:]}"


def _size(pieces: Iterable[str]) -> int:
    return sum(estimate(piece) + 1 for piece in pieces)


def _pieces(message: Message) -> Iterable[str]:
    who = "The person" if message.role == "user" else "You"
    for part in message.parts:
        match part:
            case TextPart(text=text) if text.strip():
                yield f"[{who}]\n{text}"
            case ToolCallPart():
                yield f"[You called {part.name}]\n{part.arguments}"
            case ToolResultPart():
                count = len(part.images)
                images = f"\n[{count} image{'s' * (count != 1)}]" if count else ""
                yield f"[{'It failed' if part.is_error else 'Its result'}]\n{part.text}{images}"
            case ImagePart():
                yield f"[{who} showed an image]"
            case _:
                pass  # what was thought led to what was said and done
