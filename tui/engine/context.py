"""What the model sees: its instructions, and the history as messages.

The history is a fold of the state and nothing else, so a resumed session sends what a live one
would. What was cut is sent as far as it is sound: cut text stays, a cut tool call and cut
reasoning (it lacks its signature) do not. Every call gets exactly one result.
"""

import platform
from collections.abc import Callable
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


def instructions(state: SessionState, notes: str = "") -> str:
    """The system prompt: the session's own where it has one, and what the notes say."""
    usual = _INSTRUCTIONS.format(cwd=state.cwd, system=platform.system() or "this machine", today=date.today())
    pieces = [state.system or usual, _SUB_AGENT if state.parent_call else "", notes]
    return "\n\n".join(piece for piece in pieces if piece)


def history(state: SessionState, *, images: bool = True) -> tuple[Message, ...]:
    """The session so far, as the next request sends it; without ``images`` each is a few words instead."""
    messages: list[Message] = []
    compacted = state.compacted
    if compacted is not None:
        messages.append(_user(TextPart(text=f"What happened before, in short:\n\n{compacted.summary}")))
    for turn in state.turns:
        if compacted is None or turn.seq > compacted.through_seq:
            messages.extend(_turn(turn, state))
    return tuple(messages if images else map(_in_words, messages))


def title_of(text: str, mask: Callable[[str], str] = lambda text: text) -> str:
    """A session's title from its first prompt: the first line, 48 characters at most, with what is secret masked."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    line = mask(line[:_LOOKED_AT])  # before it is cut: half a key is not known as one
    return line if len(line) <= 48 else line[:47].rstrip() + "…"


def _turn(turn: TurnState, state: SessionState) -> list[Message]:
    messages: list[Message] = []
    for item in turn.items:
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


def _in_words(message: Message) -> Message:
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
