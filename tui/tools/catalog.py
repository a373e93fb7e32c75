"""The table of all tools: everything that is known of them without importing any.

The schemas are written out here so that the first frame and the first request pay for no tool and
no pydantic; a test holds them equal to the argument models.
"""

from functools import lru_cache
from importlib import import_module
from typing import Any

from tui.events import Effect
from tui.tools.base import LoadedTool, ToolSpec


def _text(description: str, default: str | None = None, *, least: int = 0) -> dict[str, Any]:
    field: dict[str, Any] = {"type": "string", "description": description}
    if least:
        field["minLength"] = least
    return field if default is None else {**field, "default": default}


def _whole(description: str, default: int, least: int, most: int) -> dict[str, Any]:
    return {"type": "integer", "description": description, "default": default, "minimum": least, "maximum": most}


def _flag(description: str) -> dict[str, Any]:
    return {"type": "boolean", "description": description, "default": False}


def _tool(
    name: str,
    description: str,
    properties: dict[str, Any],
    *,
    module: str,
    effect: Effect,
    preview: str = "",
    mild: tuple[str, tuple[str, ...]] | None = None,
    timeout: float = 60.0,
) -> ToolSpec:
    required = [field for field, schema in properties.items() if "default" not in schema]
    parameters: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        parameters["required"] = required
    return ToolSpec(
        name=name,
        description=description,
        parameters=parameters,
        module=f"tui.tools.{module}",
        function=f"{name}_tool",
        arguments=f"{name.title().replace('_', '')}Args",
        effect=effect,
        path_fields=("path",) if "path" in properties else (),
        url_fields=("url",) if "url" in properties else (),
        preview=preview,
        mild=mild,
        timeout=timeout,
    )


def _choice(description: str, *values: str, default: str | None = None) -> dict[str, Any]:
    field: dict[str, Any] = {"type": "string", "description": description, "enum": [*values]}
    return field if default is None else {**field, "default": default}


_NO_LIMIT = 1e9
"""Seconds, for what waits for the person or for a whole session: some thirty years."""
_FOLDER = "The folder, relative to the working folder or absolute."
_EVERYTHING = "Whether folders of dependencies and caches (node_modules, .venv, .git and such) are searched too."
_SPECS = (
    _tool(
        "list",
        "List a folder: names in order, folders with a slash at the end, files with their size.",
        {"path": _text(_FOLDER, "."), "depth": _whole("How many levels to list.", 1, 1, 5)},
        module="files",
        effect="read",
    ),
    _tool(
        "glob",
        "Find files by name, newest first. ** stands for any folders: src/**/*.py",
        {
            "pattern": _text("The pattern, relative to path.", least=1),
            "path": _text(_FOLDER, "."),
            "everything": _flag(_EVERYTHING),
        },
        module="search",
        effect="read",
    ),
    _tool(
        "grep",
        "Search file contents by a regular expression. Gives path:line:text, ordered by path.",
        {
            "pattern": _text("The regular expression.", least=1),
            "path": _text("A file or a folder to search in.", "."),
            "glob": _text("Only files whose name or path matches this pattern; empty for all.", ""),
            "ignore_case": _flag("Whether upper and lower case are the same."),
            "everything": _flag(_EVERYTHING),
        },
        module="search",
        effect="read",
    ),
    _tool(
        "read",
        "Read a text file with line numbers, or look at an image (png, jpeg, gif, webp).",
        {
            "path": _text("The file."),
            "offset": _whole("The first line to read, from 1.", 1, 1, 10_000_000),
            "limit": _whole("How many lines to read.", 2000, 1, 10_000),
        },
        module="files",
        effect="read",
    ),
    _tool(
        "write",
        "Write a whole file, new or in place of an old one, which must have been read before. Folders are made.",
        {"path": _text("The file."), "content": _text("All of its text.")},
        module="edits",
        effect="write",
        preview="preview_write",
    ),
    _tool(
        "edit",
        "Replace text in a file that was read before. The old text must match exactly, and once unless all is true.",
        {
            "path": _text("The file."),
            "old": _text("The exact text to replace, with enough around it to be unique.", least=1),
            "new": _text("What stands there instead."),
            "all": _flag("Whether every match is replaced."),
        },
        module="edits",
        effect="write",
        preview="preview_edit",
    ),
    _tool(
        "multi_edit",
        "Replace several texts in one file that was read before: in order, each in what the one before left, all or "
        "none. Each old text must match exactly, and once unless its all is true.",
        {
            "path": _text("The file."),
            "edits": {
                "type": "array",
                "description": "The replacements.",
                "minItems": 1,
                "maxItems": 500,
                "items": {
                    "type": "object",
                    "description": "One of several replacements in a file; as for edit.",
                    "properties": {
                        "old": _text("The exact text to replace, with enough around it to be unique.", least=1),
                        "new": _text("What stands there instead."),
                        "all": _flag("Whether every match is replaced."),
                    },
                    "required": ["old", "new"],
                    "additionalProperties": False,
                },
            },
        },
        module="edits",
        effect="write",
        preview="preview_edit",
    ),
    _tool(
        "shell",
        "Run a command with bash in the working folder. Nothing can be typed into it. Its exit code is part of the "
        "result. What it leaves running is ended with it, unless background is true: then it goes on as a job.",
        {
            "command": _text("The command line.", least=1),
            "timeout": _whole("Seconds until it is ended; not for a job.", 120, 1, 3600),
            "network": _flag("Whether it needs the network. The person may be asked."),
            "unconfined": _flag("Whether to run outside the sandbox. Always asked for."),
            "background": _flag("Whether to return at once with a job's id, for job_output and job_kill."),
        },
        module="shell",
        effect="run",
        timeout=3700.0,
    ),
    _tool(
        "job_output",
        "Read the output of a job, or all of an earlier call's output that was too long, by lines. Says also how a "
        "job is doing.",
        {
            "id": _text("The id of the job or of the call.", least=1),
            "offset": _whole("The first line, from 1; 0: what is new since it was read last.", 0, 0, 1_000_000_000),
            "limit": _whole("How many lines.", 500, 1, 10_000),
        },
        module="jobs",
        effect="own",
    ),
    _tool(
        "job_kill",
        "End a job and all that it started.",
        {"id": _text("The id of the job.", least=1)},
        module="jobs",
        effect="own",
    ),
    _tool(
        "todo",
        "Set your checklist, which the person sees. Give the whole list each time; an empty one clears it. Use it for "
        "work of several steps, and keep it true: one item is being done at a time.",
        {
            "items": {
                "type": "array",
                "description": "All items, in order.",
                "maxItems": 100,
                "items": {
                    "type": "object",
                    "description": "One item.",
                    "properties": {
                        "text": {**_text("What is to be done, on one line.", least=1), "maxLength": 300},
                        "status": _choice("How far it is.", "open", "doing", "done", default="open"),
                    },
                    "required": ["text"],
                    "additionalProperties": False,
                },
            }
        },
        module="todo",
        effect="own",
    ),
    _tool(
        "memory",
        "Notes that outlive this session: facts and wishes of the person, or of this project. Add only what will still "
        "be true and useful later, one fact a note; search before you add; remove what is no longer true.",
        {
            "action": _choice("What to do.", "list", "search", "add", "remove"),
            "scope": _choice("Whose notes: for add and remove.", "person", "project", default="project"),
            "text": _text("The words to search for; the note to add; the exact note to remove.", ""),
        },
        module="memory",
        effect="write",
        mild=("action", ("list", "search")),
        preview="preview_memory",
    ),
    _tool(
        "ask_user",
        "Ask the person one question and wait for the answer. Only for what you cannot find out yourself and must not "
        "guess.",
        {
            "question": {**_text("The question, with what is needed to answer it.", least=1), "maxLength": 4000},
            "options": {
                "type": "array",
                "description": "Short answers to choose from, 8 at most; the person may always answer in own words.",
                "items": {"type": "string"},
                "maxItems": 8,
                "default": [],
            },
        },
        module="ask",
        effect="own",
        timeout=_NO_LIMIT,
    ),
    _tool(
        "task",
        "Give a sub-agent a piece of work and wait for its answer. It works in the same folder with the same tools and "
        "knows nothing of this conversation. Several calls in one step run at the same time.",
        {
            "prompt": _text("All that it must know: what to do, where, and what to answer.", least=1),
            "title": {**_text("A few words for its tab.", ""), "maxLength": 80},
            "model": _text("Another model, as provider/model; empty for your own.", ""),
        },
        module="task",
        effect="own",
        timeout=_NO_LIMIT,
    ),
    _tool(
        "web_search",
        "Search the web. Gives titles, addresses and snippets; read a page with web_extract.",
        {
            "query": _text("What to search for.", least=1),
            "count": _whole("How many results.", 8, 1, 20),
        },
        module="web_search",
        effect="fetch",
    ),
    _tool(
        "web_extract",
        "Fetch a page of the web and read it as Markdown, part by part. For http and https; what needs a login or a "
        "browser is not read.",
        {
            "url": _text("The whole address, with http:// or https://.", least=1),
            "offset": _whole("The first character to read, to read on.", 0, 0, 10_000_000),
        },
        module="web_extract",
        effect="fetch",
        timeout=300.0,
    ),
)
_BY_NAME = {spec.name: spec for spec in _SPECS}


class Catalog:
    """``Toolbox`` over the table."""

    def specs(self) -> tuple[ToolSpec, ...]:
        return _SPECS

    def spec(self, name: str) -> ToolSpec | None:
        return _BY_NAME.get(name)

    def load(self, name: str) -> LoadedTool:
        """See ``Toolbox.load``."""
        return _load(name)


@lru_cache
def _load(name: str) -> LoadedTool:
    """The lazy door: a tool's module, and pydantic with the first one, are imported here."""
    spec = _BY_NAME[name]
    module = import_module(spec.module)
    return LoadedTool(
        run=getattr(module, spec.function),
        arguments=getattr(module, spec.arguments),
        preview=getattr(module, spec.preview) if spec.preview else None,
    )
