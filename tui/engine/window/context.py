"""What the model sees: its instructions, and the history as messages.

The history is a fold of the state and nothing else, so a resumed session sends what a live one
would. What was cut is sent as far as it is sound: cut text stays, a cut tool call and cut
reasoning (it lacks its signature) do not. Every call gets exactly one result.

After a compaction the summary stands for the prompts and steps up to its ``through_seq``; a step is seen with all
its results or not at all, wherever that seq lies, and the prompt of steps that are seen, or of a last turn that did not
come to its end, is always seen as it was written.
"""

import platform
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date

from tui.messages import ImagePart, Message, Part, TextPart, ToolCallPart, ToolResultPart
from tui.state import CallState, PartState, Prompt, SessionState, StepState, TurnState

_INSTRUCTIONS = """\
You are an agent in Penstock, a terminal workspace. You work for one person, in the folder {cwd} on {system}. \
Today is {today}.

Use the tools to look before you answer, and to do what was asked. Read a file before you change it. Paths are \
relative to the folder unless they are absolute. Some calls wait for the person's approval; if one is denied, do \
not try it again in another form: go on without it or ask. Answer in Markdown, briefly, and say what you did and \
what you could not do."""

_SUB_AGENT = """\
You are a sub-agent: another agent gave you the task, and reads nothing of your work but your last answer. Put all \
that it asked for into that answer. The person can see this session, and what they write here comes from them."""

_LOOKED_AT = 4096


def instructions(state: SessionState, notes: str = "", files: str = "") -> str:
    """The system prompt: ``own_instructions``, what the instruction files say, and what the notes say."""
    return "\n\n".join(piece for piece in (own_instructions(state), files, notes) if piece)


def own_instructions(state: SessionState) -> str:
    """The session's own system prompt where it has one, else the usual one."""
    pieces = [state.system or usual_instructions(state), _SUB_AGENT if state.parent_call else ""]
    return "\n\n".join(piece for piece in pieces if piece)


def usual_instructions(state: SessionState) -> str:
    """What a session without a system prompt of its own is told."""
    return _INSTRUCTIONS.format(cwd=state.cwd, system=platform.system() or "this machine", today=date.today())


def history(state: SessionState, *, images: bool = True) -> tuple[Message, ...]:
    """The session so far, as the next request sends it; without ``images`` each is a few words instead."""
    messages = summary_message(state)
    for _, items in visible(state):
        messages += messages_of(items, state)
    return tuple(messages if images else map(in_words, messages))


def summary_message(state: SessionState) -> list[Message]:
    """What stands for all that was compacted; nothing where nothing was."""
    if state.compacted is None:
        return []
    return [_user(TextPart(text=f"What happened before, in short:\n\n{state.compacted.summary}"))]


def visible(state: SessionState) -> Iterator[tuple[TurnState, list[Prompt | StepState]]]:
    """The turns that the model still sees, each with what is seen of it."""
    through = state.compacted.through_seq if state.compacted is not None else 0
    for turn in state.turns:
        items = [item for item in turn.items if item.seq > through]
        unfinished = turn is state.turns[-1] and turn.outcome != "done"
        if turn.seq <= through and (items or unfinished) and not isinstance(next(iter(items), None), Prompt):
            items[:0] = [item for item in turn.items if isinstance(item, Prompt) and item.seq <= through][-1:]
        if items:
            yield turn, items


def title_of(text: str, mask: Callable[[str], str] = lambda text: text) -> str:
    """A session's title from its first prompt: the first line, 48 characters at most, with what is secret masked."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    line = mask(line[:_LOOKED_AT])  # before it is cut: half a key is not known as one
    return line if len(line) <= 48 else line[:47].rstrip() + "…"


def messages_of(items: Iterable[Prompt | StepState], state: SessionState) -> list[Message]:
    """Prompts and steps as messages, each call with its result."""
    messages: list[Message] = []
    for item in items:
        if isinstance(item, Prompt):
            messages.append(_user(TextPart(text=item.text), *item.images))
        else:
            messages.extend(_step(item, state))
    return messages


def _step(step: StepState, state: SessionState) -> list[Message]:
    parts = tuple(part.part for part in step.parts if part.part is not None and _is_sound(part))
    results = [_result(part, state.calls[part.call_id]) for part in parts if isinstance(part, ToolCallPart)]
    cut = [_told_cut(part) for part in step.parts if part.cut and part.kind == "tool_call"]
    messages = [Message(role="assistant", parts=parts)] if parts else []
    return [*messages, _user(*results, *cut)] if results or cut else messages


def _told_cut(part: PartState) -> TextPart:
    """A call that was cut is no call on any wire: the model is told of it in words."""
    name = part.part.name if isinstance(part.part, ToolCallPart) else part.name
    return TextPart(text=f"[Your call of {name} was cut off before its arguments were whole. It was not run.]")


def _is_sound(part: PartState) -> bool:
    if not part.cut:
        return True
    return part.kind == "text" and bool(part.text.strip())


def _result(part: ToolCallPart, call: CallState) -> ToolResultPart:
    ended = call.ended
    if ended is None:
        return ToolResultPart(call_id=part.call_id, text="The call has not ended yet.", is_error=True)
    return ToolResultPart(call_id=part.call_id, text=ended.text, is_error=ended.outcome != "ok", images=ended.images)


def in_words(message: Message) -> Message:
    """A message for a model that takes no images."""
    parts: list[Part] = []
    for part in message.parts:
        if isinstance(part, ImagePart):
            parts.append(TextPart(text=_unseen(part)))
        elif isinstance(part, ToolResultPart) and part.images:
            text = "\n".join((part.text, *map(_unseen, part.images)))
            parts.append(replace(part, text=text, images=()))
        else:
            parts.append(part)
    return Message(role=message.role, parts=tuple(parts))


def _unseen(image: ImagePart) -> str:
    size = len(image.data) * 3 // 4 - image.data[-2:].count("=")
    return f"[image ({image.media_type}, {size:,} bytes): this model takes no images]"


def _user(*parts: Part) -> Message:
    return Message(role="user", parts=parts)
