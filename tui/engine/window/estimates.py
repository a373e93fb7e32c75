"""What a prompt may cost before it is sent: a range in USD, and None where the price is not known.

A request's size is the provider's own last count where the session has one, and is guessed from its characters
where it has not. How much will be answered, in how many requests, nobody knows beforehand: the session's own past
says it as far as there is one. Pure functions; what a cache will save is not counted.
"""

from collections.abc import Iterable, Sequence
from statistics import median, quantiles

from tui.engine.window.context import history, instructions
from tui.messages import ImagePart, Message, TextPart, ToolCallPart, ToolResultPart, Usage
from tui.providers.base import Models, ToolSchema
from tui.state import SessionState, StepState
from tui.value import value

Range = tuple[int, int]

FIRST_ANSWER: Range = (200, 2_000)
"""Tokens of an answer where no past says more."""
FIRST_TURN = 5
"""Requests of a turn with tools where no past says more."""
ENOUGH = 4
"""Answers that make a past."""
IMAGE_TOKENS = 1_500
_ASCII, _OTHER = 4.0, 1.5  # characters a token, of English and code, and of other scripts


@value
class Estimate:
    """What one prompt may cost, in USD; ``low`` and ``high`` are both None where the price is not known.

    ``low``: one request with a short answer; ``high``: ``requests`` of them with long ones. ``tokens_in``: what the
    first one sends.
    """

    tokens_in: int
    requests: int
    low: float | None
    high: float | None


def tokens_of(text: str, images: int = 0) -> int:
    """About how many tokens a text is."""
    plain = len(text) if text.isascii() else sum(letter.isascii() for letter in text)
    return round(plain / _ASCII + (len(text) - plain) / _OTHER) + images * IMAGE_TOKENS


def estimate(
    models: Models,
    reference: str,
    prompt: str,
    *,
    images: int = 0,
    state: SessionState | None = None,
    tools: Sequence[ToolSchema] = (),
    answer: Range | None = None,
) -> Estimate:
    """What ``prompt`` may cost when ``reference`` answers it.

    Args:
        images: how many go with it.
        state: the session that it is sent to, None for a fresh one.
        tools: what the model is offered.
        answer: tokens of a short and of a long answer, where the caller knows better than the session's past.
    """
    tokens_in = _before(state, tools) + tokens_of(prompt, images)
    short, long = answer or _answers(state)
    requests = _requests(state, tools)
    low = models.price(reference, Usage(input_tokens=tokens_in, output_tokens=short))
    inputs = requests * tokens_in + long * requests * (requests - 1) // 2  # each reads what those before it wrote
    high = models.price(reference, Usage(input_tokens=inputs, output_tokens=requests * long))
    if low is None or high is None:
        low = high = None
    return Estimate(tokens_in=tokens_in, requests=requests, low=low, high=high)


def _before(state: SessionState | None, tools: Sequence[ToolSchema]) -> int:
    """What a request holds before the prompt."""
    if state is not None and state.context_tokens:
        return state.context_tokens
    offered = sum(tokens_of(tool.description) + tokens_of(tool.parameters) for tool in tools)
    told = instructions(state if state is not None else SessionState(""))
    return offered + tokens_of(told) + (_size(history(state)) if state is not None else 0)


def _size(messages: Iterable[Message]) -> int:
    total = 0
    for message in messages:
        for part in message.parts:
            match part:
                case TextPart(text=text) | ToolCallPart(arguments=text):
                    total += tokens_of(text)
                case ToolResultPart(text=text, images=images):
                    total += tokens_of(text, len(images))
                case ImagePart():
                    total += IMAGE_TOKENS
                case _:
                    pass
    return total


def _answers(state: SessionState | None) -> Range:
    """The middle half of the session's answers."""
    ended = [step.ended for step in state.steps.values() if step.ended] if state is not None else []
    past = [end.usage.output_tokens for end in ended if end.usage.output_tokens]
    if len(past) < ENOUGH:
        return FIRST_ANSWER
    first, _, third = quantiles(past, n=4, method="inclusive")
    return round(first), round(third)


def _requests(state: SessionState | None, tools: Sequence[ToolSchema]) -> int:
    """How many requests a turn of the session takes."""
    ended = [turn for turn in state.turns if turn.outcome == "done"] if state is not None else []
    past = [sum(isinstance(item, StepState) for item in turn.items) for turn in ended]
    if len(past) >= ENOUGH:
        return max(1, round(median(past)))
    return FIRST_TURN if tools else 1
