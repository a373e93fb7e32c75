"""A Markdown document looks the same however it came, and no row is ever too wide."""

# ruff: noqa: E501 (a corpus reads best one text a line)

from __future__ import annotations

from itertools import pairwise
from random import Random
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from widgets import doc_code
from widgets.doc_lines import Run, runs_width
from widgets.markdown_doc import MarkdownDoc

CORPUS = {
    "headings": "# One\ntext right below\n## Two *em*\n\nSetext\n===\n\nother\n---\nend\n",
    "emphasis": "Some **bold _both_** and `code` ~~gone~~, a \\*star\\*, &amp; entity, a <b>tag</b>.\nSecond line  \nthird",
    "links": "[a](https://a.example/x) https://b.example/y?z=1. [bad](javascript:alert(1)) <https://c.example> ![img](x.png)",
    "references": "See [one] and [two][2].\n\n- in a list [one]\n\n[one]: https://one.example 'title'\n[2]: https://two.example\n",
    "reference title over two lines": "x\n\n[foo]: /url\n'title\nmore'\n\n[foo] y\n",
    "nested lists": "- a\n  - b\n    1. c\n    2. d\n       more of d\n- e\n\n  para in e\n\n- f\n* other list\n+ third\n",
    "ordered": "3. three\n4. four\n4. again\n\n   with para\n10. ten\n\n1) other\n2) marks\n",
    "tasks": "- [x] done\n- [ ] not\n- [X] also\n1. [x] numbered\n",
    "fences in lists": "1. step\n   ```python\n   def f():\n       return '''x\n   y'''\n   ```\n2. next\n\n   ~~~\n   ``` inside\n   ~~~\n",
    "fences": "```py\nx = 1\n\n\ny = 2\n```\ntext\n~~~~\n~~~\nstill\n~~~~\n``` not ` a fence\n\n```\n```\n",
    "unclosed fence": "text\n```js\nlet x = `a\n\n# not a heading\n- not a list\n",
    "long fence": "```python\n" + "".join(f"value_{n} = '{n}'  # {n}\n" for n in range(200)) + "```\nafter\n",
    "indented fence": "  ```sh\n  echo hi\n    indented\n  ```\n",
    "quotes": "> quote\nlazy\n> - list in quote\n>   more\n>\n> > nested\n\n> second\n\ntext\n> interrupting\n",
    "tables": "para\n\n| a | b |\n|:-:|--:|\n| one | `two` |\n| x \\| y | **z** | extra |\n| short\nno pipes\n\nafter\n",
    "wide table": "| name | what it does in many words | c |\n|---|---|---|\n"
    + "".join(f"| row {n} | {'word ' * (n % 17)} | {n} |\n" for n in range(90)),
    "not a table": "- a | b\n--|--\nx | y\n\na | b\n- | -\n",
    "html": "<div>\n# not a heading\n</div>\n\n<!-- a\n\n- comment -->\ntext <br> more\n<script>\n\nx\n</script>\nend\n",
    "indented code": "text\n\n    code\n\n    more code\n\ntext\n\tcode with tab\n",
    "rules": "a\n\n***\nb\n\n- - -\n_ _ _\n- x\n---\n",
    "cjk": "世界你好，" * 40 + "\n\n- 日本語の文章がここに続きます。とても長いので折り返します。\n",
    "emoji": "👨‍👩‍👧‍👦 family 👍🏽 ok ❤️ " * 12 + "\n\n| 🇩🇪 | ✈️ |\n|--|--|\n| 👩🏽‍🚀 | x |\n",
    "combining": "e\u0301a\u0308o\u0302 " * 40 + "\u200b\u200d\ufe0f zero\u200bwidth",
    "rtl": "שלום עולם مرحبا بالعالم " * 10,
    "long word": "https://example.org/" + "a" * 300 + " end " + "b" * 200,
    "many paragraphs": "".join(f"Paragraph {n} with **some** words.\n\n" for n in range(60)),
    "tabs": "a\tb\tc\n\n```\n\tx\ty\n```\n- a\tb\n\n\tchild\n",
    "blank and crlf-free": "\n\n\n  \nfirst\n\n\n\n\nsecond\n   \n",
    "long paragraph": "\n".join(f"line {n} of one paragraph that goes on *and* on" for n in range(200)) + "\n\nnext\n",
    "long item": "- "
    + "\n  ".join(f"line {n} of an item, `code` and all" for n in range(150))
    + "\n\n  - nested\n- next\n",
    "long quote": "".join(f"> line {n} of a long quote\n" for n in range(200)) + "\n# after\n",
    "fence of sixteen lines": "```py\n" + "x = 1\n" * 16 + "```\nafter\n",
    "fence of empty lines": "```\n" + "\n" * 16 + "a\n```\n",
    "long indented fence": "  ```python\n" + "".join(f"  value_{n} = {n}\n" for n in range(50)) + "  ```\n",
    "fence that seems to close": "```python\n" + "\n" * 16 + "```python\nx\n",
    "item like a table": "-\n- |b\n-|-\n0.\n\n- a\n- | c |\n|---|\n",
    "empty items": "-\n-\n\n  x\n- \n\n\n\n-\n1.\n2.\n\n\n\n   y\n",
    "crlf": "# a\r\n\r\n- b\r\n  - c\r\n\r\n```\r\nx\r\n```\r\n| a | b |\r\n|--|--|\r\n| c | d |\r\n",
    "carriage returns": "\ra\r\r- b\r\n\r~\r```\rx\r",
    "unclosed emphasis": "**bold and *both\n\n`code and\n\n~~gone [link](http://x.example\n\n![\n",
    "odd line ends": "a\u2028b\x85c\n- d\x0be\x0cf\n```\ng\u2028h\n```\n",
    "fence in a quote in a list": "- a\n  > ```js\n  > let x\n  > ```\n  > > b\n\n  | a |\n  |--|\n  | b |\n",
    "deep": "".join("  " * n + f"- level {n}\n" for n in range(30)),
}


def rows(document: MarkdownDoc, width: int) -> list[tuple[object, ...]]:
    document.set_width(width)
    return [(line.prefix, line.runs, line.fill, line.index, line.at, line.joined) for line in document.all_lines()]


def streamed(source: str, cuts: list[int], width: int = 40) -> MarkdownDoc:
    document = MarkdownDoc()
    document.set_width(width)
    edges = sorted({0, len(source), *(cut % (len(source) + 1) for cut in cuts)})
    for start, end in pairwise(edges):
        document.feed(source[start:end])
        if document.chunks:
            document.lines(len(document.chunks) - 1)  # as a window that follows would
    document.finish(source)
    return document


@pytest.mark.parametrize("name", CORPUS)
def test_streamed_character_by_character_equals_given_at_once(name: str) -> None:
    source = CORPUS[name][:1500]
    assert rows(streamed(source, list(range(len(source)))), 40) == rows(MarkdownDoc(source), 40)


@pytest.mark.parametrize("name", CORPUS)
def test_streamed_in_random_cuts_equals_given_at_once(name: str) -> None:
    source = CORPUS[name]
    whole = {width: rows(MarkdownDoc(source), width) for width in (7, 33, 100)}
    for seed in range(12):
        random = Random(f"{name}{seed}")
        cuts = [random.randrange(len(source)) for _ in range(random.choice([1, 3, 20, 60]))]
        document = streamed(source, cuts)
        assert {width: rows(document, width) for width in whole} == whole


PIECES = [*CORPUS.values(), "\n", "\n\n", "- ", "> ", "```\n", "  ", "    ", "| a | b |\n", "|--|--|\n", "1. ", "# ", "x",
          "---\n", "===\n", "[one]: u\n", "<div>\n", "text\n", "**", "\r\n", "\t- x\n", "~~~~\n", "-\n", "- - x\n", "> ```\n",
          "- ```\n", "   ```\n", "\tcode\n", "[x][one] ", "<!--\n", "-->\n", "- |b\n-|-\n", "&amp;", "שלום "]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    pieces=st.lists(st.sampled_from([piece[:400] for piece in PIECES]), min_size=1, max_size=8),
    cuts=st.lists(st.integers(0, 5_000), max_size=30),
)
@example(pieces=["x", "\n\n", "[one]: u\n", "'title\n", "more'\n"], cuts=list(range(40)))
def test_any_mixture_in_any_cuts_equals_given_at_once(pieces: list[str], cuts: list[int]) -> None:
    source = "".join(pieces)
    document = streamed(source, cuts)
    for width in (40, 9):
        assert rows(document, width) == rows(MarkdownDoc(source), width)


@settings(max_examples=150, deadline=None)
@given(
    source=st.text(st.sampled_from("ab -*_`>#|\n\n1.[]:~=<\t世👨\u200d👩\u0301"), max_size=120),
    cuts=st.lists(st.integers(0, 200), max_size=30),
    width=st.integers(1, 50),
)
def test_any_text_in_any_cuts_equals_given_at_once(source: str, cuts: list[int], width: int) -> None:
    document = streamed(source, cuts)
    assert rows(document, width) == rows(MarkdownDoc(source), width)


@pytest.mark.parametrize("width", [2, 5, 12, 40, 120])
@pytest.mark.parametrize("name", CORPUS)
def test_no_row_is_wider_than_asked(name: str, width: int) -> None:
    document = MarkdownDoc(CORPUS[name])
    document.set_width(width)
    for line in document.all_lines():
        assert runs_width(line.prefix) + runs_width(line.runs) <= width, line


@pytest.mark.parametrize("name", CORPUS)
def test_the_running_total_of_rows_is_right_once_all_are_known(name: str) -> None:
    source = CORPUS[name]
    document = streamed(source, [7, 90, 300, 301])
    assert len(document.all_lines()) == document.total
    document.set_width(9)
    assert len(document.all_lines()) == document.total
    document = MarkdownDoc()
    document.set_width(40)
    for start in range(0, len(source), 150):
        document.feed(source[start : start + 150])
        assert len(document.all_lines()) == document.total


def test_a_table_of_headers_alone_shows_them_in_a_pane_too_narrow_for_columns() -> None:
    document = MarkdownDoc("| name | size |\n|---|---|\n")
    document.set_width(8)
    assert [line.text for line in document.all_lines()] == ["name: ", "size: "]


@pytest.mark.parametrize("name", CORPUS)
def test_the_text_shown_in_mid_stream_is_the_text_that_came(name: str) -> None:
    source = CORPUS[name]
    for part in (len(source) // 3, len(source) // 2, len(source) - 3):
        document = MarkdownDoc()
        document.set_width(60)
        for start in range(0, part, 37):
            document.feed(source[start : min(start + 37, part)])
        shown = "".join(line.text for line in document.all_lines())
        words = [word for word in source[:part].split() if word.isalnum() and len(word) > 4 and word != "extra"]
        if name not in ("references", "reference title over two lines"):
            assert not [word for word in words[:-1] if word not in shown]


def test_a_megabyte_in_one_line_is_shown_without_laying_it_all_out() -> None:
    for source in ("word " * 200_000, "x" * 1_000_000, "- " + "y" * 1_000_000, "```\n" + "z" * 1_000_000):
        start = process_time()
        document = MarkdownDoc(source)
        document.set_width(100)
        first, last = document.lines(0), document.lines(len(document.chunks) - 1)
        assert process_time() - start < 2
        assert first and last and len(first) + len(last) < 200
        assert 9_000 < document.total < 25_000


def test_a_megabyte_streamed_in_one_line_ends_as_when_given_at_once() -> None:
    source = "word " * 200_000
    document = MarkdownDoc()
    document.set_width(100)
    for start in range(0, len(source), 20_000):
        document.feed(source[start : start + 20_000])
        document.lines(len(document.chunks) - 1)
    document.finish(source)
    assert [chunk.source for chunk in document.chunks] == [chunk.source for chunk in MarkdownDoc(source).chunks]


def test_only_safe_links_are_links() -> None:
    source = (
        "[a](https://x.example) [b](javascript:x) [c](file:///etc/x) [d](data:text/html,x) [e](mailto:a@b.c) [f](/rel)"
    )
    document = MarkdownDoc(source)
    document.set_width(200)
    links = {run.href for line in document.all_lines() for run in line.runs if run.href}
    assert links == {"https://x.example", "file:///etc/x", "mailto:a@b.c"}


def test_a_growing_table_keeps_its_widths_after_twenty_rows_and_settles_when_it_closes() -> None:
    rows_of_text = [f"| {n} | short |\n" for n in range(40)] + ["| x | a much, much longer cell |\n"]
    document = MarkdownDoc()
    document.set_width(80)
    document.feed("| a | b |\n|---|---|\n")
    for row in rows_of_text:
        document.feed(row)
    assert len(document.lines(0)[0].text) < 20
    document.feed("\nafter it\n\nmore\n")
    assert len(document.lines(0)[0].text) > 25


def test_a_closed_fence_is_lexed_once_however_long_what_follows_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    lexed: list[str] = []
    lex = doc_code.code_lines

    def counted(code: str, language: str) -> list[list[Run]]:
        lexed.append(language)
        return lex(code, language)

    monkeypatch.setattr(doc_code, "code_lines", counted)
    doc = MarkdownDoc()
    doc.set_width(60)
    doc.feed("```python\nx = 1\ny = 2\n```\n\n")
    doc.all_lines()
    for _ in range(50):
        doc.feed("more words of one long line ")
        doc.all_lines()
    assert lexed.count("python") == 1
