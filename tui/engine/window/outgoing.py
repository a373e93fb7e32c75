"""What leaves for a model, with what is secret masked: prompts, instructions, answers, arguments and results.

The log keeps what the person typed and what the model wrote; only its copy on the way out is changed, and a call
runs with its arguments as they are. Reasoning stays as it is: its maker has signed it. A text is looked at once,
however long the history grows.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace

from tui.messages import Message, Part, TextPart, ToolCallPart, ToolResultPart
from tui.secrets import Masks

MOST_TEXTS = 100_000
"""Texts that are remembered as looked at."""
AT_ONCE = 256 * 1024
"""Characters that are looked at before others go on: some ten milliseconds."""


class Outgoing:
    """The way out of one session."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._looked_with = masks.stages
        self._seen: dict[str, str] = {}

    def text(self, text: str) -> str:
        """One text, masked."""
        if self._looked_with is not self._masks.stages or len(self._seen) > MOST_TEXTS:  # a key has become known
            self._looked_with = self._masks.stages
            self._seen.clear()
        masked = self._seen.get(text)
        if masked is None:
            masked = self._seen[text] = self._masks.mask(text)
        return masked

    async def look(self, messages: Iterable[Message]) -> None:
        """Look at the texts of messages beforehand, so that a long history stops nothing on the screen."""
        fresh = 0
        for text in _texts(messages) if self._masks.stages else ():
            fresh += len(text) if text not in self._seen else 0
            self.text(text)
            if fresh > AT_ONCE:
                fresh = 0
                await asyncio.sleep(0)

    def masked(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        """The messages, masked; each is the same object where nothing in it is secret."""
        return tuple(map(self._message, messages)) if self._masks.stages else messages

    def _message(self, message: Message) -> Message:
        parts = tuple(map(self._part, message.parts))
        same = all(new is old for new, old in zip(parts, message.parts, strict=True))
        return message if same else replace(message, parts=parts)

    def _part(self, part: Part) -> Part:
        match part:
            case TextPart(text=text) | ToolResultPart(text=text):
                masked = self.text(text)
                return part if masked == text else replace(part, text=masked)
            case ToolCallPart(arguments=arguments):
                masked = self.text(arguments)
                return part if masked == arguments else replace(part, arguments=masked)
            case _:
                return part


def _texts(messages: Iterable[Message]) -> Iterator[str]:
    for message in messages:
        for part in message.parts:
            match part:
                case TextPart(text=text) | ToolResultPart(text=text) | ToolCallPart(arguments=text):
                    yield text
                case _:
                    pass
