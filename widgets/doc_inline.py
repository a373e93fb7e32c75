"""Inline Markdown as runs: emphasis, code, links, plain web addresses.

Every newline in a paragraph stays a newline: models break lines where they mean it. Links keep their target only
when it is http, https, file or mailto; any other target is dropped and its text kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from widgets.doc_lines import Run, expand_tabs

if TYPE_CHECKING:
    from markdown_it.token import Token

_SAFE = re.compile(r"(?:https?|file|mailto):[^\s\x00-\x1f]+$", re.IGNORECASE)
_BARE = re.compile(r"https?://[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]}*_]")
_STYLES = {"em_open": "em", "strong_open": "strong", "s_open": "strike"}


def safe_href(href: object) -> str:
    """`href` when it may be followed, else ''."""
    return href if isinstance(href, str) and _SAFE.match(href) else ""


def inline_lines(children: Sequence[Token], style: str = "") -> list[list[Run]]:
    """An inline token's children as logical lines of runs, `style` being under all of them."""
    lines: list[list[Run]] = [[]]
    styles: list[str] = [style] if style else []
    hrefs: list[str] = []

    def add(text: str, extra: str = "") -> None:
        href = hrefs[-1] if hrefs else ""
        names = " ".join([*styles, extra] if extra else styles)
        for number, piece in enumerate(text.split("\n")):
            if number:
                lines.append([])
            if piece:
                lines[-1].append(Run(expand_tabs(piece), names, href))

    for token in children:
        match token.type:
            case "text" | "text_special":
                for text, bare in _bare_links(token.content) if not hrefs else [(token.content, "")]:
                    if bare:
                        hrefs.append(bare)
                        add(text, "link")
                        hrefs.pop()
                    else:
                        add(text)
            case "softbreak" | "hardbreak":
                lines.append([])
            case "code_inline":
                add(token.content, "code")
            case "em_open" | "strong_open" | "s_open":
                styles.append(_STYLES[token.type])
            case "em_close" | "strong_close" | "s_close":
                styles.pop()
            case "link_open":
                href = safe_href(token.attrGet("href"))
                hrefs.append(href)
                styles.append("link" if href else "")
            case "link_close":
                hrefs.pop()
                styles.pop()
            case "image":
                href = safe_href(token.attrGet("src"))
                hrefs.append(href)
                add(f"[image: {token.content or 'untitled'}]", "link" if href else "muted")
                hrefs.pop()
            case _:  # html_inline and whatever a later version adds: shown as written
                add(token.content, "muted")
    return [_merge(line) for line in lines]


def _bare_links(text: str) -> list[tuple[str, str]]:
    """Text cut at plain web addresses: (text, address or '')."""
    if "://" not in text:
        return [(text, "")]
    pieces: list[tuple[str, str]] = []
    position = 0
    for found in _BARE.finditer(text):
        pieces.append((text[position : found.start()], ""))
        pieces.append((found.group(), found.group()))
        position = found.end()
    pieces.append((text[position:], ""))
    return pieces


def _merge(runs: list[Run]) -> list[Run]:
    """Neighbours of the same look joined, so that a row has few segments."""
    merged: list[Run] = []
    for run in runs:
        if merged and merged[-1][1:] == run[1:]:
            merged[-1] = Run(merged[-1].text + run.text, run.style, run.href)
        else:
            merged.append(run)
    return merged or [Run("")]
