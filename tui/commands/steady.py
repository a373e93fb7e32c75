"""The events of a replayed run without what no two runs share, so that two runs of one recording can be compared.

Ids are counted in the order in which they come, times and durations are 0, entries are numbered without the pieces in
which text came (the whole text of each part is in its end), and the session has the slot 1. Calls run side by side:
what they did is told call by call, before the next step. All else is as it was.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

PIECES = ("PartDelta", "ToolOutput")
RESTS = ("StepStarted", "TurnEnded", "PromptSubmitted")
"""Before these no call of an earlier step runs."""
TIMES = frozenset({"at", "duration", "first_token", "wait"})
COUNTED = frozenset({"hash", "session"})
_ID = re.compile(
    r"\b(ask|call|compaction|grant|group|job|part|prompt|question|side|step|turn)_[0-9a-hjkmnp-tv-z]{12}\b"
)


class Steady:
    """One run's events. ``lines`` goes on counting where it was."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._numbers: dict[int, int] = {}
        self._calls: dict[str, list[dict[str, Any]]] = {}
        """Of each call what it did, in the order in which they were asked for."""

    def lines(self, lines: Iterable[str]) -> Iterator[str]:
        """Lines of ``tui.store.export.to_json_lines``, made the same for every run."""
        for line in lines:
            row = json.loads(line)
            if row["kind"] in PIECES:
                continue
            event = row["event"]
            asked = (event.get("part") or {}).get("call_id")
            if asked:
                self._calls.setdefault(asked, [])
            if event.get("call_id") in self._calls:
                self._calls[event["call_id"]].append(row)
                continue
            if row["kind"] in RESTS:
                yield from self._told_calls()
            yield self._line(row)

    def _told_calls(self) -> Iterator[str]:
        calls, self._calls = self._calls, {}
        for rows in calls.values():
            yield from map(self._line, rows)

    def _line(self, row: dict[str, Any]) -> str:
        self._numbers[row["seq"]] = row["seq"] = len(self._numbers) + 1
        return json.dumps(self._settled("", row), separators=(",", ":"))

    def _settled(self, key: str, value: Any) -> Any:
        match value:
            case dict():
                return {name: self._settled(name, one) for name, one in value.items()}
            case list():
                return [self._settled("", one) for one in value]
            case str() if key in COUNTED and value:
                return self._counted(key, value)
            case str():
                return _ID.sub(lambda found: self._counted(found[1], found[0]), value)
            case float() | int() if key in TIMES:
                return 0.0
            case int() if key == "slot":
                return 1
            case int() if key == "through_seq":
                return max((new for old, new in self._numbers.items() if old <= value), default=0)
            case _:
                return value

    def _counted(self, kind: str, name: str) -> str:
        if name not in self._names:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._names[name] = f"{kind}_{self._counts[kind]}"
        return self._names[name]
