"""``offline/tour``: what answers when there is no model, so that the first minute works everywhere.

A script that reacts to what is in the request: it really calls the tools that it is offered, and goes on
from their results, denials and errors. It reads nothing but the history, keeps no state, and is
labelled as no model in its own first sentence and wherever the program names it.
"""

import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui.ids import new_id
from tui.messages import Message, TextPart, ToolCallPart, ToolResultPart
from tui.providers import tour_text as words
from tui.providers.base import ModelInfo, Request
from tui.providers.scripted import Say, ScriptedProvider, Step, Word, call, pause, reasoning, text

REFERENCE = "offline/tour"
COMMAND = 'uname -sr && echo "It is $(date)" && sleep 1 && echo done'
"""Does no harm, and asks all the same: what runs inside ``$(...)`` is not plain words."""
PACE = 60.0
"""Tokens a second: about what a hosted model does."""
LONGEST = 40
"""Letters of a word of the prompt that are searched for: scripts without spaces have no short ones."""

_FILE = re.compile(r"^(.+?)  [\d,]+ B$", re.MULTILINE)  # as the list tool shows one
_INTERESTING = re.compile(
    r"README(\.(md|rst|txt))?|package\.json|go\.mod|Makefile|[\w.-]+\.(md|txt|py|toml|rs|go|js|ts|c|h|sh|rb|java)"
)
_NO = re.compile(r"The person did not allow this call\.(?: The person says: (.*))?", re.DOTALL)  # as the engine says it
_WORD = re.compile(r"[^\W\d_]{4,}")
_COMMON = frozenset(
    [
        "this",
        "that",
        "what",
        "with",
        "from",
        "have",
        "does",
        "show",
        "tell",
        "about",
        "please",
        "hello",
        "there",
        "would",
        "could",
        "which",
        "your",
    ]
)


def tour(rate: float | None = PACE) -> ScriptedProvider:
    """The provider ``offline``, with its one model ``tour``."""
    return ScriptedProvider(
        [chapter],
        name="offline",
        local=True,
        rate=rate,
        repeat=True,
        remember=False,
        models=[ModelInfo(name="tour", title="A scripted tour: no model", images=False)],
    )


def chapter(request: Request) -> Step:
    """The next step, for a history that ends in a prompt or in results."""
    scene = _Scene.of(request)
    chapters = (_welcome, _side_by_side, _shell, _kept)
    number = scene.prompts - 1
    return chapters[number if number < 1 else 1 + (number - 1) % (len(chapters) - 1)](scene)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the script may react to: the last prompt, its number, and the calls since then with their results."""

    prompt: str
    prompts: int
    offered: frozenset[str]
    calls: tuple[tuple[ToolCallPart, ToolResultPart | None], ...]
    steps: int

    @classmethod
    def of(cls, request: Request) -> "_Scene":
        prompts = [i for i, message in enumerate(request.messages) if _is_prompt(message)]
        since = request.messages[prompts[-1] :] if prompts else ()
        parts = [part for message in since for part in message.parts]
        results = {part.call_id: part for part in parts if isinstance(part, ToolResultPart)}
        return cls(
            prompt=" ".join(part.text for part in since[0].parts if isinstance(part, TextPart)) if since else "",
            prompts=max(1, len(prompts)),
            offered=frozenset(tool.name for tool in request.tools),
            calls=tuple((part, results.get(part.call_id)) for part in parts if isinstance(part, ToolCallPart)),
            steps=sum(message.role == "assistant" for message in since),
        )

    def last(self, name: str) -> tuple[ToolCallPart, ToolResultPart | None] | None:
        """The last call of a tool since the prompt, and its result."""
        return next((found for found in reversed(self.calls) if found[0].name == name), None)

    def call(self, name: str, **arguments: Any) -> list[Word]:
        """A call, where the tool is offered."""
        return [call(name, arguments, call_id=new_id("call"))] if name in self.offered else []


def _is_prompt(message: Message) -> bool:
    return message.role == "user" and not any(isinstance(part, ToolResultPart) for part in message.parts)


# --- the first prompt


def _welcome(scene: _Scene) -> Step:
    stages: tuple[Callable[[_Scene], Step], ...] = (_greet, _look, _propose, _edit, _teach)
    return stages[min(scene.steps, len(stages) - 1)](scene)


def _greet(scene: _Scene) -> Step:
    calls = [
        *scene.call("list", path="."),
        *scene.call("grep", pattern="|".join(_words(scene.prompt)), ignore_case=True),
    ]
    if not calls:
        return [reasoning(words.THINKING), pause(0.3), text(words.NO_TOOLS, words.KEYS)]
    return [reasoning(words.THINKING), pause(0.3), text(words.GREETING), *calls]


def _look(scene: _Scene) -> Step:
    """What the first reads found, and one file of it."""
    listed = scene.last("list")
    said = _listing(listed) + _search(scene)
    path = _interesting(_result(listed)) if _went_well(listed) and "read" in scene.offered else ""
    if not path:
        return [text(said, words.NOTHING_TO_READ), *_proposal(scene)]
    return [text(said, words.READING.format(path=path)), *scene.call("read", path=path, limit=40)]


def _listing(listed: "_Called") -> str:
    if not _went_well(listed):
        return words.LIST_FAILED.format(why=_why(listed))
    count = len(_result(listed).splitlines())
    if _result(listed) == "(an empty folder)":
        return words.EMPTY
    return words.LISTED.format(count=f"{count:,} line{'s' if count != 1 else ''}")


def _search(scene: _Scene) -> str:
    searched = scene.last("grep")
    if searched is None:
        return "."
    template = words.NOT_FOUND if _went_well(searched) else words.GREP_FAILED
    if _went_well(searched) and re.search(r"^.+?:\d+:", _result(searched), re.MULTILINE):
        template = words.FOUND
    return template.format(words=" and ".join(f"*{word}*" for word in _words(scene.prompt)))


def _propose(scene: _Scene) -> Step:
    if scene.last("write") is not None:  # there was nothing to read, so the note was proposed a step earlier
        return _edit(scene)
    read = scene.last("read")
    return _proposal(scene) if read is None or _went_well(read) else [_setback(read), *_proposal(scene)]


def _proposal(scene: _Scene) -> list[Word]:
    path = Path(tempfile.gettempdir()) / new_id("penstock-tour") / "note.md"
    note = scene.call("write", path=str(path), content=words.NOTE)
    return [text(words.PROPOSING), *note] if note else [text(words.KEYS)]


def _edit(scene: _Scene) -> Step:
    written = scene.last("write")
    if written is None or scene.last("edit") is not None:
        return _teach(scene)
    if not _went_well(written):
        return [_setback(written), text(words.KEYS)]
    path = json.loads(written[0].arguments)["path"]
    change = scene.call("edit", path=path, old=words.NOTE_OLD, new=words.NOTE_NEW)
    return [text(words.EDITING), *change] if change else [text(words.KEYS)]


def _teach(scene: _Scene) -> Step:
    edited = scene.last("edit")
    said = text(words.EDITED) if _went_well(edited) else _setback(edited)
    return [said, text(words.KEYS)] if edited else [text(words.KEYS)]


# --- later prompts


def _side_by_side(scene: _Scene) -> Step:
    if scene.steps == 0 and (found := scene.call("glob", pattern="**/*.md")):
        return [text(words.SIDE_BY_SIDE), *found]
    if scene.steps == 0:
        return [text(words.SIDE_BY_SIDE, words.AFTER_GLOB)]
    searched = scene.last("glob")
    return [text(words.AFTER_GLOB)] if _went_well(searched) else [_setback(searched), text(words.AFTER_GLOB)]


def _shell(scene: _Scene) -> Step:
    if scene.steps == 0 and (run := scene.call("shell", command=COMMAND)):
        return [text(words.SHELL), *run]
    ran = scene.last("shell")
    if ran is None:
        return _kept(scene)
    return [text(words.AFTER_SHELL)] if _went_well(ran) else [_setback(ran)]


def _kept(scene: _Scene) -> Step:
    return [text(words.KEPT)]


# --- reading results

_Called = tuple[ToolCallPart, ToolResultPart | None] | None


def _went_well(called: _Called) -> bool:
    return called is not None and called[1] is not None and not called[1].is_error


def _result(called: _Called) -> str:
    return called[1].text if called is not None and called[1] is not None else ""


def _why(called: _Called) -> str:
    """The first line of a result, short and safe to stand in a code span."""
    line = next(iter(_result(called).strip().splitlines()), "no result").replace("`", "'")
    return line if len(line) <= 100 else line[:99] + "…"


def _setback(called: _Called) -> Say:
    if denied := _NO.match(_result(called)):
        why = " ".join((denied[1] or "").split())
        return text(words.DENIED_WHY.format(why=why[:200]) if why else words.DENIED)
    return text(words.FAILED.format(why=_why(called)))


def _interesting(listing: str) -> str:
    """A file that a person would open first, by its name in the listing; "" where none is."""
    names = [name for name in _FILE.findall(listing) if _INTERESTING.fullmatch(name)]
    names.sort(key=lambda name: (not name.startswith("README"), not name.endswith((".md", ".toml"))))
    return names[0] if names else ""


def _words(prompt: str) -> list[str]:
    """Up to two long words of the prompt, cut to LONGEST; they need no escaping, being letters alone."""
    found = dict.fromkeys(word[:LONGEST] for word in _WORD.findall(prompt) if word.lower() not in _COMMON)
    longest = sorted(found, key=len, reverse=True)[:2]
    return longest or ["TODO", "Penstock"]
