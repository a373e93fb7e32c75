"""Codex CLI's rollout files, ``~/.codex/sessions/YYYY/MM/DD/rollout-TIME-ID.jsonl``, one record a line.

A record is ``{timestamp, type, payload}``. Of its types, ``session_meta`` names the session, ``turn_context`` the
model, ``response_item`` is what went to the model and came from it, ``compacted`` a summary, and ``event_msg`` what
the screen was told: that repeats the items, and adds tokens, patches and how turns ended. Files of 2025's first half
hold the items alone, without payloads. Sealed reasoning belongs to the account that asked for it: its readable
summary is taken, the seal is not.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tui.events import ToolOutcome
from tui.messages import DiffDisplay, Display, ImagePart, ReasoningPart, TextPart, ToolCallPart, Usage
from tui.store.imports.lines import File, Line, Plain, count_of, dumped, object_of, objects_of, text_of, time_of
from tui.store.imports.story import Asked, Compacted, Ended, Result, Step, Story

PROGRAM = "codex"
_ITEMS = {
    "message",
    "reasoning",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "local_shell_call",
    "web_search_call",
}
_RECORDS = {"session_meta", "turn_context", "response_item", "event_msg", "compacted"}
_OWN_WORDS = (
    "<environment_context>",
    "<user_instructions>",
    "<permissions",
    "<turn_aborted>",
    "<skill",
    "<collaboration_mode>",
    "<user_shell_command>",
    "<subagent_notification>",
    "<INSTRUCTIONS>",
    "# AGENTS.md instructions",
)
"""How messages in the person's name begin that the program itself wrote."""
_SILENT = {
    "task_started", "task_complete", "turn_started", "turn_complete", "context_compacted", "exec_command_end",
    "mcp_tool_call_end", "web_search_end", "view_image_tool_call",
}  # fmt: skip
"""Events that say again what an item says, or nothing that a session shows."""


def is_ours(file: File) -> bool:
    """Whether a file looks like one of Codex CLI's."""
    seen = [line.value for line in file.lines[:50] if line.value is not None]
    return any(text_of(value.get("type")) in _RECORDS and isinstance(value.get("payload"), dict) for value in seen) or (
        any("sessionId" not in value and text_of(value.get("type")) in _ITEMS for value in seen)
        or any("record_type" in value for value in seen)
    )


def read_session(file: File) -> list[Story]:
    """The session of ``file``."""
    reading = _Reading(file)
    for line in file.lines:
        reading.take(line)
    reading.story.keep_unasked()
    return [reading.story]


class _Reading:
    def __init__(self, file: File) -> None:
        name = file.name.rpartition("/")[2].removesuffix(".jsonl")
        self.story = Story(PROGRAM, file.name, file.digest, "", model="openai/unknown")
        self._fallback = name
        self._named = False
        self._at = 0.0
        self._total = -1
        self._patched: dict[str, Result] = {}
        self._said = {text for line in file.lines if line.value for text in _texts_of_items(line.value)}
        self._events: Mapping[str, Callable[[Plain, Line], bool]] = {
            "user_message": self._user_event,
            "agent_message": self._agent_event,
            "agent_reasoning": self._reasoning_event,
            "agent_reasoning_raw_content": self._reasoning_event,
            "token_count": self._tokens,
            "patch_apply_end": self._patch,
            "turn_aborted": self._aborted,
            "error": self._failed,
            "thread_name_updated": self._renamed,
        }
        story = self.story
        story.foreign_id = name

    def take(self, line: Line) -> None:
        story, value = self.story, line.value
        story.records += 1
        if value is None:
            story.keep("broken line", line)
            return
        self._at = time_of(value.get("timestamp")) or self._at
        story.began = story.began or self._at
        kind, payload = text_of(value.get("type")), object_of(value.get("payload"))
        if kind == "session_meta" or (not kind and "id" in value and "timestamp" in value):
            self._meta(payload or value, line)
        elif kind == "turn_context":
            self._context(payload)
        elif kind == "compacted":
            self._compacted(payload, line)
        elif kind == "event_msg":
            self._event(payload, line)
        elif kind == "response_item" or kind in _ITEMS:
            self._item(payload if kind == "response_item" else value, line)
        elif "record_type" not in value:
            story.keep(kind or "record without a type", line)

    def _meta(self, payload: Plain, line: Line) -> None:
        story = self.story
        if self._named:  # a fork carries the beginning of the session that it was made from
            story.keep("session_meta of an earlier session", line)
            return
        self._named = True
        story.foreign_id = text_of(payload.get("id")) or self._fallback
        story.cwd, story.version = text_of(payload.get("cwd")), text_of(payload.get("cli_version"))
        story.branch = text_of(object_of(payload.get("git")).get("branch"))
        if provider := text_of(payload.get("model_provider")):
            story.model = f"{provider}/unknown"
        source = object_of(object_of(payload.get("source")).get("subagent"))
        spawned = object_of(source.get("thread_spawn"))
        if parent := text_of(spawned.get("parent_thread_id")):
            story.parent = (parent, "")

    def _context(self, payload: Plain) -> None:
        story = self.story
        if model := text_of(payload.get("model")):
            story.model = f"{story.model.partition('/')[0]}/{model}"
        story.cwd = story.cwd or text_of(payload.get("cwd"))

    def _compacted(self, payload: Plain, line: Line) -> None:
        summary = text_of(payload.get("message"))
        if not summary.strip():
            rest = [text for item in objects_of(payload.get("replacement_history")) for text in _content(item)[0]]
            summary = "\n\n".join(rest)
        if summary.strip():
            self.story.items.append(Compacted(self._at, summary))
        else:
            self.story.keep("compacted without a summary", line)

    # --- what went to the model and came from it

    def _item(self, item: Plain, line: Line) -> None:
        match text_of(item.get("type")):
            case "message":
                self._message(item, line)
            case "reasoning":
                text = _reasoning(item)
                self._part(ReasoningPart(text=text))
            case "function_call" | "custom_tool_call" | "local_shell_call" | "web_search_call" as kind:
                self._call(item, kind)
            case "function_call_output" | "custom_tool_call_output":
                self._result(item, line)
            case kind:
                self.story.keep(kind or "item without a type", line)

    def _message(self, item: Plain, line: Line) -> None:
        texts, images = _content(item)
        text, role = "\n\n".join(texts), item.get("role")
        if role == "assistant" and text:
            self._part(TextPart(text=text))
        elif role == "user" and (text or images) and not text.lstrip().startswith(_OWN_WORDS):
            self.story.items.append(Asked(self._at, text, tuple(images)))
        else:
            self.story.keep(f"{text_of(role) or 'nameless'} message of the program's own", line)

    def _part(self, part: TextPart | ReasoningPart | ToolCallPart) -> None:
        step = self.story.step(self._at)
        step.model, step.ended_at = self.story.model, self._at
        step.parts.append((self._at, part))

    def _call(self, item: Plain, kind: str) -> None:
        name = text_of(item.get("name")) or {"local_shell_call": "shell", "web_search_call": "web_search"}.get(kind, "")
        arguments = item.get("arguments", item.get("input", item.get("action", {})))
        if kind == "custom_tool_call" or not isinstance(arguments, str):
            arguments = dumped({"input": arguments} if isinstance(arguments, str) else arguments)
        call_id = self.story.call_id(text_of(item.get("call_id")) or text_of(item.get("id")))
        self._part(ToolCallPart(call_id=call_id, name=name or "unknown", arguments=arguments))
        if kind == "web_search_call":  # the provider ran it: its result is in the answer
            self.story.results[call_id] = Result(self._at, "Searched by the provider.")

    def _result(self, item: Plain, line: Line) -> None:
        call_id = text_of(item.get("call_id"))
        if not call_id:
            self.story.keep("output of no call", line)
            return
        result = _output(item.get("output"), self._at)
        if (patched := self._patched.pop(call_id, None)) is not None:  # told of before: it knows the files
            result.display, result.paths = patched.display, patched.paths
            self.story.results[call_id] = result
        self.story.answer(call_id, result, line)
        self._close_step()

    def _close_step(self) -> None:
        if self.story.items and isinstance(step := self.story.items[-1], Step):
            step.closed = True

    # --- what the screen was told

    def _event(self, event: Plain, line: Line) -> None:
        kind = text_of(event.get("type"))
        take = self._events.get(kind)
        if kind not in _SILENT and not (take is not None and take(event, line)):
            self.story.keep(f"event {kind or 'without a type'}", line)

    def _user_event(self, event: Plain, line: Line) -> bool:
        text = text_of(event.get("message"))
        if text.strip() and text.strip() not in self._said:
            self.story.items.append(Asked(self._at, text))
        return True

    def _agent_event(self, event: Plain, line: Line) -> bool:
        text = text_of(event.get("message"))
        if text.strip() and text.strip() not in self._said:
            self._part(TextPart(text=text))
        return True

    def _reasoning_event(self, event: Plain, line: Line) -> bool:
        text = text_of(event.get("text"))
        if text.strip() and text.strip() not in self._said:
            self._part(ReasoningPart(text=text))
        return True

    def _tokens(self, event: Plain, line: Line) -> bool:
        info = object_of(event.get("info"))
        last, total = object_of(info.get("last_token_usage")), object_of(info.get("total_token_usage"))
        whole = count_of(total.get("total_tokens"))
        step = next((item for item in reversed(self.story.items) if isinstance(item, Step)), None)
        if last and whole != self._total and step is not None:  # it is told again with each change of the limits
            self._total = whole
            step.usage, step.closed = step.usage + _usage(last), True
        return True

    def _patch(self, event: Plain, line: Line) -> bool:
        result = self.story.results.get(text_of(event.get("call_id")))
        if result is None:
            result = Result(self._at, text_of(event.get("stdout")) or text_of(event.get("stderr")))
            call_id = text_of(event.get("call_id"))
            self._patched[call_id] = self.story.results[call_id] = result
            self.story.told_by[call_id] = line
        changes = object_of(event.get("changes"))
        shown = tuple(_change(path, object_of(change)) for path, change in changes.items())
        result.display, result.paths = tuple(each for each in shown if each is not None), tuple(changes)
        if event.get("success") is False:
            result.outcome = ToolOutcome.ERROR
        return True

    def _aborted(self, event: Plain, line: Line) -> bool:
        self.story.items.append(Ended(self._at, "interrupted"))
        return True

    def _failed(self, event: Plain, line: Line) -> bool:
        self.story.items.append(Ended(self._at, "failed", text_of(event.get("message")) or "The turn failed."))
        return True

    def _renamed(self, event: Plain, line: Line) -> bool:
        self.story.title = text_of(event.get("thread_name")) or text_of(event.get("name")) or self.story.title
        return bool(self.story.title)


def _content(item: Plain) -> tuple[list[str], list[ImagePart]]:
    texts, images = [], []
    content = item.get("content")
    for piece in [{"text": content}] if isinstance(content, str) else objects_of(content):
        if text := text_of(piece.get("text")):
            texts.append(text)
        elif url := text_of(piece.get("image_url")):
            image = _image(url)
            if image is not None:
                images.append(image)
            else:
                texts.append(f"[image: {url}]")
    return texts, images


def _image(url: str) -> ImagePart | None:
    head, comma, data = url.partition(",")
    if not (comma and head.startswith("data:image/") and head.endswith(";base64")):
        return None
    return ImagePart(media_type=head[5:-7], data=data)


def _reasoning(item: Plain) -> str:
    pieces = [*objects_of(item.get("summary")), *objects_of(item.get("content"))]
    return "\n\n".join(text for piece in pieces if (text := text_of(piece.get("text"))))


def _texts_of_items(value: Plain) -> list[str]:
    """What the items say: events that say the same are not said twice."""
    item = object_of(value.get("payload")) if value.get("type") == "response_item" else value
    if item.get("type") == "message":
        texts = _content(item)[0]
        return [text.strip() for text in (*texts, "\n\n".join(texts))]
    if item.get("type") == "reasoning":
        pieces = [*objects_of(item.get("summary")), *objects_of(item.get("content"))]
        return [text_of(piece.get("text")).strip() for piece in pieces]
    return []


def _output(told: Any, at: float) -> Result:
    """An output is text, a list of content, or (as text) an object with ``output`` and ``metadata``."""
    if not isinstance(told, str):
        inner = object_of(told)
        texts, images = _content({"content": told if isinstance(told, list) else inner.get("content", "")})
        failed = inner.get("success") is False
        return Result(at, "\n".join(texts), ToolOutcome.ERROR if failed else ToolOutcome.OK, tuple(images))
    try:
        inner = object_of(json.loads(told)) if told.startswith("{") else {}
    except (ValueError, RecursionError):
        inner = {}
    if not isinstance(inner.get("output"), str) or "metadata" not in inner:
        first = told.partition("\n")[0]
        failed = first.startswith("Exit code: ") and first != "Exit code: 0"
        return Result(at, told, ToolOutcome.ERROR if failed else ToolOutcome.OK)
    facts = object_of(inner.get("metadata"))
    took = facts.get("duration_seconds")
    result = Result(at, inner["output"], ToolOutcome.ERROR if facts.get("exit_code") else ToolOutcome.OK)
    result.duration = float(took) if isinstance(took, int | float) and 0 <= took < 1e9 else None
    return result


def _usage(told: Plain) -> Usage:
    return Usage(
        input_tokens=count_of(told.get("input_tokens")),
        output_tokens=count_of(told.get("output_tokens")),
        cache_read_tokens=count_of(told.get("cached_input_tokens")),
        reasoning_tokens=count_of(told.get("reasoning_output_tokens")),
    )


def _change(path: str, change: Plain) -> Display | None:
    kind, inner = next(((kind, object_of(inner)) for kind, inner in change.items() if kind != "type"), ("", change))
    kind = text_of(change.get("type")) or kind
    inner = inner if change.get("type") is None else change
    if diff := text_of(inner.get("unified_diff")):
        return DiffDisplay(path=path, diff=f"--- a/{path}\n+++ b/{path}\n{diff}")
    content = text_of(inner.get("content"))
    if kind not in ("add", "delete") or not content:
        return None
    lines, sign = content.splitlines(), "+" if kind == "add" else "-"
    spans = f"-0,0 +1,{len(lines)}" if kind == "add" else f"-1,{len(lines)} +0,0"
    body = "".join(f"{sign}{line}\n" for line in lines)
    return DiffDisplay(path=path, diff=f"--- a/{path}\n+++ b/{path}\n@@ {spans} @@\n{body}", created=kind == "add")
