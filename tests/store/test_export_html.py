"""The page stands alone: all that a person would look for is on it, and nothing on it can do anything."""

import re
from html.parser import HTMLParser
from typing import Any

from hypothesis import given

from tests.store.histories import histories
from tests.store.test_export import log, turn
from tui.app.themes.house import DARK, LIGHT
from tui.events import (
    ApprovalDecided,
    ApprovalRequested,
    ContextCompacted,
    Entry,
    PartStarted,
    PromptSubmitted,
    SessionForked,
    SessionImported,
    SessionRenamed,
    ToolEnded,
    ToolOutcome,
    ToolStarted,
)
from tui.messages import DiffDisplay, ImagePart, ReasoningPart, TextPart, TodoDisplay, TodoItem, ToolCallPart
from tui.store import export_style
from tui.store.export_html import to_html

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "h1", "h2", "h3", "h4", "h5", "h6", "dl", "dt",
    "dd", "div", "p", "pre", "code", "span", "b", "em", "strong", "s", "ul", "ol", "li", "blockquote", "table", "thead",
    "tbody", "tr", "th", "td", "br", "hr", "a", "img", "details", "summary",
}  # fmt: skip
EMPTY = {"meta", "br", "hr", "img"}


class Page(HTMLParser):
    """Reads a page; fails on a tag that is not closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def assert_harmless(text: str) -> Page:
    """Known tags alone; nothing runs, loads or is sent anywhere."""
    page = Page(text)
    assert {tag for tag, _ in page.tags} <= TAGS
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("srcset", "background")]
        if "src" in attributes:
            assert tag == "img" and (attributes["src"] or "").startswith("data:image/")
        if "href" in attributes:
            assert tag == "a" and not re.match(r"\s*(javascript|data|vbscript|file)", attributes["href"] or "", re.I)
    assert "default-src 'none'" in text and OBEYED.search(text) is None
    text.encode()
    return page


@given(entries=histories())
def test_any_history_is_a_harmless_page(entries: list[Entry]) -> None:
    assert_harmless(to_html(entries))


def test_texts_that_would_be_markup_are_shown_as_they_are() -> None:
    nasty = (
        "<script>alert(1)</script><img src=x onerror=y> [a](javascript:z) ![b](http://t.invalid/p) \x1b[2J </details>"
    )
    call = ToolCallPart(call_id="c", name=nasty, arguments=nasty)
    image = ImagePart(media_type="image/png", data='x" onload="y')
    entries = turn(TextPart(text=nasty), ReasoningPart(text=nasty), call, prompt=nasty)
    ended = ToolEnded(call_id="c", outcome=ToolOutcome.OK, text=nasty, images=(image,))
    entries = [*entries, Entry("s1", 90, 90.0, SessionRenamed(title=nasty)), Entry("s1", 91, 91.0, ended)]
    page = assert_harmless(to_html(entries))
    assert page.words.count("<script>alert(1)</script>") >= 6
    assert not [tag for tag, _ in page.tags if tag in ("img", "script")]


def test_the_colours_are_those_of_the_screen() -> None:
    for theme, colours in ((DARK, export_style.DARK), (LIGHT, export_style.LIGHT)):
        assert {name: getattr(theme, name) for name in colours} == colours


def test_a_call_is_a_row_that_opens_to_arguments_questions_changes_and_output() -> None:
    call = ToolCallPart(call_id="c", name="edit", arguments='{"path": "gate.py"}')
    entries = turn(TextPart(text="**Look:**"), call)[:-1]
    asked: dict[str, Any] = {"approval_id": "a", "call_id": "c"}
    request = ApprovalRequested(
        **asked, tool="edit", arguments=call.arguments, effect="write", why="It changes a file.", digest="d"
    )
    display = (
        DiffDisplay(path="gate.py", diff="--- a/gate.py\n+++ b/gate.py\n@@ -1 +1 @@\n-40\n+35\n"),
        TodoDisplay(items=(TodoItem(text="Lower it", status="done"),)),
    )
    more = (
        request,
        ApprovalDecided(**asked, decision="allow", by="person", reason="go on"),
        ToolStarted(call_id="c", turn_id="t", tool="edit", arguments=call.arguments),
        ToolEnded(call_id="c", outcome=ToolOutcome.OK, text="Changed <1> line.", display=display, duration=2.5),
    )
    entries += [Entry("s1", len(entries) + seq, 9.0, event) for seq, event in enumerate(more, 1)]
    text = to_html(entries)
    page = assert_harmless(text)
    assert ("details", {"class": "call ok"}) in page.tags
    for words in ("edit", "gate.py", "2.5 s", "about $0.5000", "It changes a file.", "person said allow (once): go on"):
        assert words in page.words
    assert '<span class="del">-40</span>' in text and '<span class="add">+35</span>' in text
    assert "Changed <1> line." in page.words and "[x] Lower it" in page.words
    assert "<strong>Look:</strong>" in text and "7 in, 3 out" in page.words


def test_what_was_cut_compacted_forked_imported_or_pictured_is_said() -> None:
    png = ImagePart(media_type="image/png", data="AAAA")
    told = SessionImported(program="codex", source="rollout.jsonl", digest="d", unread=("1 x odd",), raw='{"odd": 1}')
    entries = log(
        told,
        SessionForked(parent="s0", through_seq=1, title="Older"),
        PromptSubmitted(prompt_id="p", turn_id="t", text="See", images=(png,)),
        ContextCompacted(summary="In short.", through_seq=3),
    )
    text = to_html(entries)
    page = assert_harmless(text)
    for words in ("Imported from codex: rollout.jsonl", "1 x odd", '{"odd": 1}', "Forked from Older", "In short."):
        assert words in page.words
    assert 'src="data:image/png;base64,AAAA"' in text
    assert "Cut here." in to_html(turn(TextPart(text="half"), cut=True, outcome="interrupted"))
    failed = to_html(turn(TextPart(text="x"), outcome="failed", error="No answer.", hint="Ask again."))
    assert "Failed: No answer. Ask again." in failed


def test_text_that_still_streams_is_there_and_secrets_are_not() -> None:
    entries = [*turn()[:4], Entry("s1", 5, 5.0, PartStarted(part_id="x", step_id="s", kind="text"))]
    assert_harmless(to_html(entries))
    masked = to_html(turn(TextPart(text="the key is hush")), mask=lambda text: text.replace("hush", "[masked]"))
    assert "hush" not in masked and "[masked]" in masked
    assert assert_harmless(to_html([])).words.count("Session") >= 1
