"""Which answer of a recording a request gets.

Either the next one, or, by the place in the conversation: the one that was given to a conversation of the same length.
So a fork, a second session and a tape that is played again each get what belongs there, whatever is asked in words.
"""

import json
from collections import defaultdict
from collections.abc import Sequence

from tui.errors import RequestRejected
from tui.providers.tape import Exchange


def asked_of(body: bytes | str) -> int | None:
    """How long the conversation of a request is: messages of two of the formats, items of the third."""
    try:
        found = json.loads(body)
        said = found.get("messages", found.get("input"))
    except (ValueError, AttributeError):
        return None
    return len(said) if isinstance(said, list) else None


class Places:
    """The answers of one recording. ``by_place``: see the module."""

    def __init__(self, name: str, answers: Sequence[Exchange], *, by_place: bool = False) -> None:
        self._name = name
        self._answers = answers
        self._played = 0
        self._there: dict[int, list[Exchange]] = defaultdict(list)
        self._given: dict[int, int] = defaultdict(int)
        for answer in answers if by_place else ():
            length = asked_of(answer.request.get("body", ""))
            if length is not None:
                self._there[length].append(answer)

    def answer(self, length: int | None) -> Exchange:
        """The answer for a conversation of that length, those of one place in turn; else the next that was not given.

        Raises:
            RequestRejected: there is none left.
        """
        if length is not None and length in self._there:
            answers = self._there[length]
            chosen = answers[self._given[length] % len(answers)]
            self._given[length] += 1
            self._played = max(self._played, self._answers.index(chosen) + 1)
            return chosen
        if length is None or self._played >= len(self._answers):
            raise RequestRejected(
                f"The recording {self._name} is over: it holds {len(self._answers)} answers.",
                hint="Start again to play it from its beginning, or choose another model with /model.",
            )
        self._played += 1
        return self._answers[self._played - 1]
