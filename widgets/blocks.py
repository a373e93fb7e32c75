"""Blocks: what a transcript is made of, as plain values.

A block is one thing that a person sees as one: a prompt, a stretch of answer, a tool's row. It is told to the
transcript whole (`Transcript.put`) or grown at its end (`Transcript.grow`); how it is drawn is no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["prompt", "text", "reasoning", "tool", "notice", "divider"]
Status = Literal[
    "", "waiting", "asking", "running", "ok", "error", "denied", "cancelled", "timed_out", "unknown", "cut"
]
Density = Literal["line", "summary", "full"]

# Each state has a glyph of its own, so that nothing rests on colour alone. All are one cell wide.
GLYPHS: dict[Status, str] = {
    "": "•",
    "waiting": "○",
    "asking": "?",
    "running": "◐",
    "ok": "✓",
    "error": "✗",
    "denied": "⊘",
    "cancelled": "■",
    "timed_out": "◷",
    "unknown": "¿",
    "cut": "✂",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a transcript.

    `source` is Markdown for text and reasoning, plain text for prompt and notice, the body for a tool. `title` is a
    tool row's line or a notice's heading; `detail` the facts at its right edge ("0.4 s · 12 KB"). `folded` hides
    the body of a tool or a reasoning block, `opened` shows some of a tool's where those of others are a line.
    `language` names how to highlight a tool's body (a lexer's name, or "diff"). `meta` is the owner's own and never
    read here. All text is expected to be clean of control characters.
    """

    id: str
    kind: Kind
    source: str = ""
    title: str = ""
    status: Status = ""
    detail: str = ""
    folded: bool = False
    opened: bool = False
    streaming: bool = False
    language: str = ""
    meta: Any = None
