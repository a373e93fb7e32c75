"""A page as text: what a reader sees is there, what a reader does not see is not, and nothing on it is too much."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tui.tools import web_page
from tui.tools.web_text import decoded, on_a_line, visible

URL = "https://site.example/docs/page"
FILLER = (
    "<p>This paragraph is there so that the page has a text that is worth reading, and it is seen by everybody.</p>"
)


def read(html: str | bytes, *, most: int = 1_000_000) -> dict[str, Any]:
    """Both lines of the program as one: the library's text where it found one."""
    lines = list(web_page.page(html.encode() if isinstance(html, str) else html, URL, most))
    return {"all": lines[0]["text"], **lines[0], **lines[-1]}


def body(inside: str, head: str = "") -> str:
    main = f"<h1>Head</h1>{FILLER}{inside}{FILLER.replace('This', 'Another')}"
    return f"<html><head><title>T</title>{head}</head><body><main>{main}</main></body></html>"


HIDDEN = [
    "<script>{}</script>",
    "<style>{}</style>",
    "<noscript>{}</noscript>",
    "<template><p>{}</p></template>",
    "<!-- {} -->",
    "<p hidden>{}</p>",
    "<p hidden=''>{}</p>",
    "<p hidden=until-found>{}</p>",
    "<p HIDDEN>{}</p>",
    "<p aria-hidden=true>{}</p>",
    "<p aria-hidden=' TRUE '>{}</p>",
    "<p style='display:none'>{}</p>",
    "<p style='DISPLAY : NONE !important'>{}</p>",
    "<p style='display:/**/none'>{}</p>",
    "<p style='visibility:hidden'>{}</p>",
    "<p style='visibility: collapse'>{}</p>",
    "<p style='opacity:0'>{}</p>",
    "<p style='opacity:0.00;color:red'>{}</p>",
    "<p style='opacity:.0'>{}</p>",
    "<p style='opacity: 0%'>{}</p>",
    "<p style='font-size:0'>{}</p>",
    "<p style='font-size:0px'>{}</p>",
    "<p style='font-size: 0.0em;'>{}</p>",
    "<div style='width:0;height:0;overflow:hidden'>{}</div>",
    "<div style='overflow:hidden;max-height:1px'>{}</div>",
    "<p style='position:absolute;left:-9999px'>{}</p>",
    "<p style='position:fixed; top: -5000px'>{}</p>",
    "<p style='text-indent:-999em'>{}</p>",
    "<p style='left:-50vw;position:absolute'>{}</p>",
    "<p style='clip:rect(0 0 0 0)'>{}</p>",
    "<p style='clip-path:inset(50%)'>{}</p>",
    "<p style='clip-path: circle(0)'>{}</p>",
    "<p style='transform:scale(0)'>{}</p>",
    "<p style='transform:translateX(-10000px)'>{}</p>",
    "<p style='color:transparent'>{}</p>",
    "<p style='content-visibility:hidden'>{}</p>",
    "<input type=hidden value='{}'>",
    "<input value='{}'>",
    "<img src=x alt='{}'>",
    "<img src=x title='{}'>",
    "<a href=/ title='{}'>x</a>",
    "<p data-note='{}'>x</p>",
    "<svg><text>{}</text></svg>",
    "<iframe srcdoc='{}'></iframe>",
    "<object>{}</object>",
    "<canvas>{}</canvas>",
    "<audio>{}</audio>",
    "<video>{}</video>",
    "<dialog>{}</dialog>",
    "<select><option>{}</option></select>",
    "<div hidden><div><p>{}</p></div></div>",
    "<meta name=description content='{}'>",
    "<p class=note>{}</p>",
    "<p class='a note b'>{}</p>",
    "<p id=ghost>{}</p>",
    "<section class=off>{}</section>",
    "<em class=two>{}</em>",
]
SHEET = (
    "<style>/* .shown{display:none} */ .x, .note{ display:none } #ghost{opacity:0} section.off{left:-9999px}"
    "@media print{.shown{display:none}} @keyframes k{from{opacity:0}} .shown:before{display:none}"
    ".two{font-size:0}</style>"
    "<style media=print>.shown{display:none}</style>"
)


@pytest.mark.parametrize("form", HIDDEN)
def test_what_a_reader_does_not_see_is_gone(form: str) -> None:
    found = read(body(form.format("INJECTED obey this"), SHEET))
    assert "INJECTED" not in found["text"] and "INJECTED" not in found["all"]
    assert found["text"].count("worth reading") == 2 and found["all"].count("worth reading") == 2


@pytest.mark.parametrize(
    "form",
    [
        "<p>{}</p>",
        "<p class=shown>{}</p>",
        "<p style='opacity:0.5'>{}</p>",
        "<p style='font-size:0.9em'>{}</p>",
        "<p style='width:100px;overflow:hidden'>{}</p>",
        "<p style='margin-left:-10px'>{}</p>",
        "<p aria-hidden=false>{}</p>",
        "<p style='background-color:transparent'>{}</p>",
        "<p style='fill-opacity:0'>{}</p>",
        "<div><span>{}</span></div>",
        "<p style='line-height:1'>{}</p>",
        "<p style='max-width:1000px;overflow:hidden'>{}</p>",
        "<p>{}<script>x</script></p>",
        "<p><!-- x -->{}</p>",
        "<p hidden>x</p>{}",
        "<img src=x>{}",
    ],
)
def test_what_a_reader_sees_is_there(form: str) -> None:
    found = read(body(form.format("Visible words"), SHEET))
    assert "Visible words" in found["all"] and "Visible words" in found["text"]


@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", " javascript:alert(1)", "\x01javascript:x",
     "data:text/html,hi", "vbscript:x", "file:///etc/passwd", "blob:x", "https://" + "x" * 3000],
)  # fmt: skip
def test_a_link_that_is_none_of_the_web_loses_its_target(href: str) -> None:
    text = read(body(f'<p>See <a href="{href}">the words</a> of it.</p>'))["text"]
    assert "the words" in text
    assert not any(part in text.lower() for part in ("script:", "data:", "file:", "blob:", "alert", "xxxx"))


def test_links_are_absolute_and_pictures_and_beacons_are_gone() -> None:
    html = body(
        "<p>For what is said elsewhere, see the page on <a href='../other?a=b'>other</a> things, and what they say "
        "of it over at <a href='https://far.example/x'>far</a>, where more is said.</p>"
        "<img src='https://beacon.example/1.gif' width=1 height=1>"
        "<picture><source srcset='https://beacon.example/2'></picture>"
        "<p style='background:url(https://beacon.example/3)'>styled</p><p>![x](https://beacon.example/4.png?d=1)</p>",
        "<base href='https://beacon.example/'><link rel=prefetch href='https://beacon.example/5'>",
    )
    text = read(html)["text"]
    assert "[other](https://site.example/other?a=b)" in text and "[far](https://far.example/x)" in text
    assert "![" not in text and "beacon.example/1" not in text and "beacon.example/5" not in text
    assert "styled" in text


def test_structure_becomes_markdown() -> None:
    found = read(
        body(
            "<h2>Part</h2><ul><li>one</li><li>two</li></ul><pre><code>def f(x):\n    return x</code></pre>"
            "<p>Call <code>f()</code>.</p><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
        )
    )
    for line in ("# Head", "## Part", "- one", "def f(x):\n    return x", "`f()`", "| 1 | 2 |"):
        assert line in found["text"], line
    assert found["title"] == "T" and not found["cut"]


def test_a_page_without_a_main_text_gives_all_of_it() -> None:
    lines = list(web_page.page(b"<html><body><a href=/1>One</a><br><a href=/2>Two</a></body></html>", URL, 1000))
    assert lines[0]["text"] == "One\n\nTwo"


@pytest.mark.parametrize("html", ["", "   ", "<>", "<!doctype html>", "<html></html>", "<!-- only -->", "<?xml?>"])
def test_a_page_with_nothing_on_it_is_empty(html: str) -> None:
    assert read(html)["text"].strip() in ("", "\\<>")


@pytest.mark.parametrize("depth", [500, 1500])
@pytest.mark.parametrize("tag", ["div", "b", "blockquote"])
def test_a_page_of_many_levels_is_read_whole(tag: str, depth: int) -> None:
    html = f"<p>before</p>{f'<{tag}>' * depth}core{f'</{tag}>' * depth}<p>after</p>"
    first = next(web_page.page(html.encode(), URL, 1000))
    assert [word in first["text"] for word in ("before", "core", "after")] == [True] * 3
    assert not first["broken"]


def test_the_library_fails_on_no_page_for_its_levels() -> None:
    found = read(f"{FILLER}{'<div><ul><li>' * 200}core")
    assert "worth reading" in found["text"]


def test_a_page_of_more_levels_than_the_parser_takes_says_that_it_is_not_whole() -> None:
    first = next(web_page.page(f"<p>before</p>{'<div>' * 50_000}core".encode(), URL, 1000))
    assert "before" in first["text"] and first["broken"]


def test_a_long_page_is_cut_and_says_so() -> None:
    found = read(body("<p>many words of it</p>" * 1000), most=5000)
    assert len(found["text"]) == 5000 and found["cut"]


def test_all_text_of_five_megabytes_is_there() -> None:
    inside = (
        f"<h2>Part {number}</h2><p>Of many many words of <a href=/x>note</a> {number}.</p>" for number in range(60_000)
    )
    html = body("".join(inside))
    assert len(html) > 4_000_000
    first = next(web_page.page(html.encode(), URL, 10_000_000))
    assert "Part 0" in first["text"] and "words of note 59999." in first["text"]


def test_the_program_writes_json_lines_alone_and_loads_nothing_of_ours(tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(body("<p>käse 🦊</p>").encode())
    query = json.dumps({"file": str(tmp_path / "page"), "url": URL, "most": 1000})
    argv = [sys.executable, "-I", "-W", "ignore", web_page.__file__, query]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True, cwd=tmp_path)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [sorted(line) for line in lines] == [["broken", "cut", "text", "title"], ["cut", "text"]]
    assert "käse 🦊" in lines[1]["text"] and run.stderr == ""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system takes no such limit")
def test_the_program_can_neither_take_much_memory_nor_write_a_file(tmp_path: Path) -> None:
    code = (
        "import signal\nfrom tui.tools import web_page\nweb_page.limit()\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try: bytearray(4_000_000_000)\nexcept MemoryError: print('no memory')\n"
        f"try: open({str(tmp_path / 'file')!r}, 'wb', 0).write(b'x')\nexcept OSError: print('no file')\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert run.stdout.split("\n") == ["no memory", "no file", ""]


# --- text


@pytest.mark.parametrize(
    "unseen",
    ["\u200b", "\u200e", "\u202e", "\u2066", "\u2060", "\ufeff", "\u00ad", "\u061c", "\u180e", "\U000e0041", "\ufe0f",
     "\U000e0100", "\u3164", "\x1b", "\x00", "\x9b", "\u034f", "\ufff9", "\u200d", "\u200c", "\u200d\u200c\u200d"],
)  # fmt: skip
def test_what_nobody_sees_is_dropped_from_text(unseen: str) -> None:
    assert visible(f"ab{unseen}cd") == "abcd"
    assert on_a_line(f"a{unseen}b", 10) == "ab"


def test_letters_lines_and_joiners_between_letters_that_need_them_stay() -> None:
    for text in ("a\tb\n\nc", "naïve café", "日本語 🦊", "می\u200cخواهم", "👨\u200d👩\u200d👧", "e\u0301"):
        assert visible(text) == text
    assert visible("a\r\nb\rc\u2028d") == "a\nb\nc\nd"
    assert on_a_line(" a\u00a0 b\nc ", 80) == "a b c" and on_a_line("abcdef", 4) == "abc…"


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("grün".encode(), "utf-8", "grün"),
        ("grün".encode("latin-1"), "iso-8859-1", "grün"),
        ("grün €".encode("cp1252"), "latin1", "grün €"),
        ("grün".encode("latin-1"), "", "grün"),
        ("grün".encode(), "", "grün"),
        ("grün".encode()[:-1], "", "grü"),
        ("日本".encode("shift_jis"), "Shift_JIS", "日本"),
        (b"\xef\xbb\xbfgr\xc3\xbcn", "latin-1", "grün"),
        ("grün".encode("utf-16"), "", "grün"),
        ("<meta charset='shift_jis'>日本".encode("shift_jis"), "", "<meta charset='shift_jis'>日本"),
        ("<META http-equiv=x content='text/html; charset=koi8-r'>да".encode("koi8-r"), "", None),
        ("<meta charset=utf-16>grün".encode(), "", "<meta charset=utf-16>grün"),
        ("grün".encode(), "no-such-charset", "grün"),
        (b"+ADw-script+AD4-", "utf-7", "+ADw-script+AD4-"),
        (b"abc", "zip", "abc"),
        (b"abc", "x" * 10_000, "abc"),
        (b"gr\xfcn \xff\xfe\x80", "utf-8", "gr\ufffdn \ufffd\ufffd\ufffd"),
        (b"", "", ""),
    ],
)
def test_bytes_become_text_whatever_their_sender_says(data: bytes, charset: str, text: str | None) -> None:
    found = decoded(data, charset, markup=True)
    assert found == text if text is not None else found.endswith("да")
