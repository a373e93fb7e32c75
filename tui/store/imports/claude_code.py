"""Claude Code's session files, ``~/.claude/projects/FOLDER/SESSION.jsonl``, one record a line.

No format is published; this is what files of versions 1 and 2 hold. A record has ``type``, ``uuid``, ``timestamp``,
``sessionId``, ``cwd``, ``gitBranch`` and ``version``. The blocks of one answer stand in a record each, with the same
``message.id`` and the usage so far. Results come as records of type "user". A sub-agent's records are marked
``isSidechain`` and stand in the same file, beside it (``agent-ID.jsonl``) or in ``SESSION/subagents``. Records are
taken in the file's order: what was asked again from an earlier point follows what it replaced.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from tui.events import ToolOutcome
from tui.messages import (
    DiffDisplay,
    Display,
    ImagePart,
    ReasoningPart,
    StopReason,
    TextPart,
    TodoDisplay,
    TodoItem,
    TodoStatus,
    ToolCallPart,
    Usage,
)
from tui.store.imports.lines import File, Line, Plain, count_of, dumped, object_of, objects_of, text_of, time_of
from tui.store.imports.story import Asked, Compacted, Ended, Result, Step, Story

PROGRAM = "claude-code"
_UNKNOWN = "anthropic/unknown"
_TYPES = {"user", "assistant", "system", "summary"}
_INTERRUPTED = "[Request interrupted by user"
_DENIED = "The user doesn't want to "
_LOCAL = ("<command-name>", "<command-message>", "<local-command-", "<bash-", "Caveat: The messages below")
_STOPS = {"max_tokens": StopReason.MAX_TOKENS, "refusal": StopReason.REFUSAL, "pause_turn": StopReason.PAUSE}
_TODOS: dict[str, TodoStatus] = {"pending": "open", "in_progress": "doing", "completed": "done"}


def is_ours(file: File) -> bool:
    """Whether a file looks like one of Claude Code's."""
    seen = [line.value for line in file.lines[:50] if line.value is not None]
    return any(
        ("sessionId" in value or "leafUuid" in value) and isinstance(value.get("type"), str) and "payload" not in value
        for value in seen
    ) and any(text_of(value.get("type")) in _TYPES for value in seen)


def read_session(file: File, beside: Sequence[File] = ()) -> list[Story]:
    """The session of ``file`` and those of its sub-agents, which may stand in files ``beside``."""
    reading = _Reading(file)
    for each in (file, *beside):
        for line in each.lines:
            reading.take(line, each)
    return reading.stories()


class _Reading:
    def __init__(self, file: File) -> None:
        self._file = file
        self._main = Story(PROGRAM, file.name, file.digest, "", model=_UNKNOWN)
        self._side: dict[str, Story] = {}
        self._side_of: dict[str, str] = {}
        self._seen: set[tuple[str, str]] = set()
        self._agents: dict[str, tuple[str, str]] = {}
        self._titles: dict[str, str] = {}

    def take(self, line: Line, file: File) -> None:
        value = line.value
        if value is None:
            self._main.records += 1
            self._main.keep("broken line", line)
            return
        story = self._story(value, file)
        story.records += 1
        if self._repeated(value):
            return
        at = self._note(story, value)
        kind = text_of(value.get("type"))
        if kind == "user":
            self._user(story, value, line, at)
        elif kind == "assistant":
            self._assistant(story, value, line, at)
        elif not self._title(value, kind) and not _is_boundary(story, value, kind, at):
            story.keep(_named(value, kind), line)

    def stories(self) -> list[Story]:
        main = self._main
        main.title = next((self._titles[kind] for kind in _TITLES if kind in self._titles), "")
        main.foreign_id = main.foreign_id or self._file.name.rpartition("/")[2].removesuffix(".jsonl")
        for key, story in self._side.items():
            parent = self._agents.get(key) or self._asked_for(story)
            story.foreign_id = f"{main.foreign_id}/{key}"
            story.parent = (main.foreign_id, parent[0]) if parent else None
            story.title = parent[1] if parent else ""
            story.cwd = story.cwd or main.cwd
        for story in (main, *self._side.values()):
            story.keep_unasked()
            if not story.items and story is not main:
                main.unread += story.unread
        return [story for story in (main, *self._side.values()) if story.items or story is main]

    def _story(self, value: Plain, file: File) -> Story:
        """The main session's, or that of the sub-agent which a record belongs to."""
        if value.get("isSidechain") is not True:
            return self._main
        uuid, parent = text_of(value.get("uuid")), text_of(value.get("parentUuid"))
        key = text_of(value.get("agentId")) or self._side_of.get(parent) or uuid or "side"
        self._side_of[uuid] = key
        if key not in self._side:
            self._side[key] = Story(PROGRAM, file.name, file.digest, key, model=_UNKNOWN)
        return self._side[key]

    def _repeated(self, value: Plain) -> bool:
        """A session that is gone on with elsewhere carries its earlier records along."""
        uuid = text_of(value.get("uuid"))
        told = [value.get("type"), value["message"]] if value.get("message") else value
        said = sha256(dumped(told).encode("utf-8", "replace")).hexdigest()
        if not uuid or (uuid, said) in self._seen:
            return bool(uuid)
        self._seen.add((uuid, said))
        return False

    def _note(self, story: Story, value: Plain) -> float:
        """What every record says of its session; its time, or that of the record before."""
        at = time_of(value.get("timestamp"))
        story.began = story.began or at or 0.0
        story.cwd = story.cwd or text_of(value.get("cwd"))
        story.branch = text_of(value.get("gitBranch")) or story.branch
        story.version = text_of(value.get("version")) or story.version
        if story is self._main:
            story.foreign_id = text_of(value.get("sessionId")) or story.foreign_id
        return at or story.began

    def _title(self, value: Plain, kind: str) -> bool:
        name = _TITLES.get(kind, "")
        if name and text_of(value.get(name)).strip():
            self._titles[kind] = text_of(value.get(name))
            return True
        return False

    # --- what the person, or a tool, said

    def _user(self, story: Story, value: Plain, line: Line, at: float) -> None:
        content = object_of(value.get("message")).get("content")
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else list(objects_of(content))
        texts, images, results = [], [], 0
        for block in blocks:
            match block.get("type"):
                case "text" if text_of(block.get("text")).strip():
                    texts.append(text_of(block.get("text")))
                case "image" if image := _image(block):
                    images.append(image)
                case "tool_result" if text_of(block.get("tool_use_id")):
                    self._result(story, block, value, line, at)
                    results += 1
                case _:
                    story.keep(f"user block {text_of(block.get('type')) or 'without a type'}", line)
        text = "\n\n".join(texts)
        if not text and not images:
            if not results:
                story.keep("empty prompt", line)
        elif value.get("isCompactSummary") is True and text:
            before = story.items[-1].before if story.items and isinstance(story.items[-1], Compacted) else 0
            if story.items and isinstance(story.items[-1], Compacted) and not story.items[-1].summary:
                story.items.pop()
            story.items.append(Compacted(at, text, before))
        elif text.startswith(_INTERRUPTED):
            story.items.append(Ended(at, "interrupted"))
        elif value.get("isMeta") is True or text.startswith(_LOCAL):
            story.keep("note of the program's own", line)
        else:
            story.items.append(Asked(at, text, tuple(images)))

    def _result(self, story: Story, block: Plain, value: Plain, line: Line, at: float) -> None:
        call_id, content = text_of(block.get("tool_use_id")), block.get("content")
        texts = [content] if isinstance(content, str) else []
        images = []
        for piece in objects_of(content):
            image = _image(piece)
            if image is not None:
                images.append(image)
            else:
                texts.append(text_of(piece.get("text")) if piece.get("type") == "text" else dumped(piece))
        text = "\n".join(texts)
        told = object_of(value.get("toolUseResult"))
        took = told.get("durationMs", told.get("totalDurationMs"))
        result = Result(at, text, _outcome(block, text), tuple(images), *_changes(told))
        result.duration = took / 1000 if isinstance(took, int | float) and 0 <= took < 1e12 else None
        story.answer(call_id, result, line)
        if agent := text_of(told.get("agentId")):
            self._agents[agent] = (call_id, "")

    # --- what the model said

    def _assistant(self, story: Story, value: Plain, line: Line, at: float) -> None:
        message = object_of(value.get("message"))
        model = text_of(message.get("model"))
        content = message.get("content")
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else list(objects_of(content))
        if value.get("isApiErrorMessage") is True:
            error = "\n".join(text_of(block.get("text")) for block in blocks) or "The request failed."
            story.items.append(Ended(at, "failed", error))
            return
        if model and model != "<synthetic>":
            story.model = f"anthropic/{model}"
        if not blocks:
            story.keep("empty answer", line)
            return
        step = story.step(at, text_of(message.get("id")) or text_of(value.get("uuid")) or f"line {line.number}")
        step.model, step.ended_at = story.model, max(step.ended_at, at)
        step.usage = _usage(object_of(message.get("usage")), step.usage)
        step.stop = _STOPS.get(text_of(message.get("stop_reason")), step.stop)
        for block in blocks:
            if not _add_block(story, step, block, at, model):
                story.keep(f"answer block {text_of(block.get('type')) or 'without a type'}", line)

    def _asked_for(self, story: Story) -> tuple[str, str] | None:
        """The call whose prompt is what a sub-agent was asked first."""
        first = next((item.text for item in story.items if isinstance(item, Asked)), "")
        for step in self._main.items:
            for _, part in step.parts if isinstance(step, Step) else ():
                if isinstance(part, ToolCallPart) and first and dumped(first) in part.arguments:
                    return part.call_id, ""
        return None


_TITLES = {"custom-title": "customTitle", "ai-title": "aiTitle", "agent-name": "agentName", "summary": "summary"}
"""Records that name the session, the weightiest first, and where the name stands."""


def _named(value: Plain, kind: str) -> str:
    return f"{kind or 'record without a type'} {text_of(value.get('subtype'))}".strip()


def _is_boundary(story: Story, value: Plain, kind: str, at: float) -> bool:
    """The record before a summary that took the place of what came before; the summary itself follows."""
    if kind != "system" or value.get("subtype") != "compact_boundary":
        return False
    story.items.append(Compacted(at, "", count_of(object_of(value.get("compactMetadata")).get("preTokens"))))
    return True


def _add_block(story: Story, step: Step, block: Plain, at: float, model: str) -> bool:
    match block.get("type"):
        case "text" if isinstance(block.get("text"), str):
            step.parts.append((at, TextPart(text=block["text"])))
        case "thinking" if isinstance(block.get("thinking"), str):
            signature = text_of(block.get("signature"))
            sealed = ("anthropic", dumped({"model": model, "signature": signature})) if signature else None
            step.parts.append((at, ReasoningPart(text=block["thinking"], provider_data=sealed)))
        case "redacted_thinking" if text_of(block.get("data")):
            sealed = ("anthropic", dumped({"model": model, "redacted": block["data"]}))
            step.parts.append((at, ReasoningPart(text="", provider_data=sealed)))
        case "tool_use":
            name, call_id = text_of(block.get("name")) or "unknown", story.call_id(text_of(block.get("id")))
            arguments = dumped(block.get("input", {}))
            step.parts.append((at, ToolCallPart(call_id=call_id, name=name, arguments=arguments)))
        case _:
            return False
    return True


def _usage(told: Plain, before: Usage) -> Usage:
    """Of one answer, whose records each say what was used so far. The prompt is told without what was cached."""
    read, written = count_of(told.get("cache_read_input_tokens")), count_of(told.get("cache_creation_input_tokens"))
    return Usage(
        input_tokens=max(before.input_tokens, count_of(told.get("input_tokens")) + read + written),
        output_tokens=max(before.output_tokens, count_of(told.get("output_tokens"))),
        cache_read_tokens=max(before.cache_read_tokens, read),
        cache_write_tokens=max(before.cache_write_tokens, written),
    )


def _outcome(block: Plain, text: str) -> ToolOutcome:
    if block.get("is_error") is not True:
        return ToolOutcome.OK
    return ToolOutcome.DENIED if text.startswith(_DENIED) else ToolOutcome.ERROR


def _image(block: Plain) -> ImagePart | None:
    source = object_of(block.get("source"))
    media, data = text_of(source.get("media_type")), text_of(source.get("data"))
    return ImagePart(media_type=media, data=data) if block.get("type") == "image" and media and data else None


def _changes(told: Plain) -> tuple[tuple[Display, ...], tuple[str, ...]]:
    """What a result says of files and of the checklist: how it is shown, and which files were touched."""
    path = text_of(told.get("filePath"))
    hunks = list(objects_of(told.get("structuredPatch")))
    if path and hunks:
        created = told.get("type") == "create"
        return (DiffDisplay(path=path, diff=_diff(path, hunks), created=created),), (path,)
    todos = tuple(_todo(item) for item in objects_of(told.get("newTodos")))
    return ((TodoDisplay(items=todos),) if todos else (), (path,) if path else ())


def _todo(item: Plain) -> TodoItem:
    return TodoItem(text=text_of(item.get("content")), status=_TODOS.get(text_of(item.get("status")), "open"))


def _diff(path: str, hunks: Iterable[Plain]) -> str:
    lines = [f"--- a/{path.lstrip('/')}", f"+++ b/{path.lstrip('/')}"]
    for hunk in hunks:
        old, new = ([count_of(hunk.get(f"{side}{what}")) for what in ("Start", "Lines")] for side in ("old", "new"))
        lines.append(f"@@ -{old[0]},{old[1]} +{new[0]},{new[1]} @@")
        told: Any = hunk.get("lines")
        lines += [text for text in told if isinstance(text, str)] if isinstance(told, list) else []
    return "\n".join(lines) + "\n"
