"""Tokens that say when they were given out, and the answer that they make up.

A token is ``t`` and six digits of base 36: microseconds of the monotonic clock, which all processes of a machine share.
"""

import time

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PARAGRAPH = 60  # tokens
_FENCE_EVERY = 5  # paragraphs


def stamp() -> str:
    """Now, as six base 36 digits of microseconds; comes round after 36 minutes."""
    number = int(time.monotonic() * 1e6) % 36**6
    digits = []
    for _ in range(6):
        number, digit = divmod(number, 36)
        digits.append(DIGITS[digit])
    return "t" + "".join(reversed(digits))


def token(number: int) -> str:
    """The ``number``-th piece of an answer: prose, and a fence now and then."""
    paragraph, place = divmod(number, _PARAGRAPH)
    fence = paragraph % _FENCE_EVERY == _FENCE_EVERY - 1
    if place == 0:
        return "\n\n```python\n" if fence else "\n\n"
    if fence and place == _PARAGRAPH - 1:
        return "\n```\n"
    if fence:
        return f"x = {stamp()}\n" if place % 6 == 0 else f"{stamp()} "
    return f"{stamp()} "
