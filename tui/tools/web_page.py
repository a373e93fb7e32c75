"""HTML to Markdown, as a program of its own that ``tui.tools.web_extract`` runs through the door for children.

What is in a page was written by anybody: it may be made to take for ever or to fill the memory. Here it can be
stopped, and limits of the system stand behind that. Before a library looks for the text that matters, everything
a person would not see is gone: scripts, hidden elements, comments, pictures, links that are no links. As a program
it imports nothing of ours.

``web_page.py QUERY``, where QUERY is JSON with ``file`` (HTML in UTF-8), ``url`` and ``most`` (characters), writes two
lines of JSON. First, soon: ``{"title": ..., "text": ..., "cut": bool, "broken": bool}``, all text of the page;
``broken`` where the parser gave up on it before its end. Then ``{"text": ..., "cut": bool}``, what the library takes
for the page's own text, as Markdown: late, or never, and not where it is next to nothing.
"""

import json
import logging
import re
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urljoin

import lxml.etree as etree
import trafilatura
from lxml.html import HtmlElement, HTMLParser, document_fromstring

MEMORY = 1_500_000_000
CPU_SECONDS = 30
DROPPED = {
    "script", "style", "noscript", "template", "iframe", "frame", "frameset", "object", "embed", "applet", "svg",
    "canvas", "img", "picture", "source", "audio", "video", "track", "map", "link", "meta", "base", "input", "select",
    "option", "datalist", "progress", "meter",
}  # fmt: skip
KEPT_ATTRIBUTES = {
    "href", "class", "id", "role", "itemprop", "itemtype", "colspan", "rowspan", "lang", "dir",
}  # fmt: skip
BLOCKS = {
    "address", "article", "aside", "blockquote", "br", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p",
    "pre", "section", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
LEAST_SHARE = 0.05
"""Of the page's text. Less than that is not what it is about: a list of links, as like as not."""
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden"
    r"|(?<![-\w])opacity\s*:\s*(?:0(?:\.0*)?|\.0+)(?:%|[;\s!}]|$)|font-size\s*:\s*0*\.?0*(?:px|em|rem|pt|%|[;\s!}]|$)"
    r"|(?<![-\w])(?:max-)?(?:width|height)\s*:\s*[01](?:px|em|rem|pt|%|[;\s!}]|$)[^{}]*overflow\s*:\s*(?:hidden|clip)"
    r"|overflow\s*:\s*(?:hidden|clip)[^{}]*(?<![-\w])(?:max-)?(?:width|height)\s*:\s*[01](?:px|em|rem|pt|%|[;\s!}]|$)"
    r"|(?<![-\w])(?:left|right|top|bottom|text-indent|margin-left|margin-top)\s*:\s*-\d{3,}"
    r"|(?<![-\w])(?:left|right|top|bottom|text-indent|margin-left|margin-top)\s*:\s*-\d{2,}(?:\.\d+)?(?:em|rem|vw|vh)"
    r"|clip\s*:\s*rect\(|clip-path\s*:\s*(?:inset\(\s*(?:50|100)%|circle\(\s*0)|scale\(\s*0\s*[,)]"
    r"|translate\w*\(\s*-\d{4,}|(?<![-\w])color\s*:\s*transparent",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_SIMPLE = re.compile(r"[a-z][a-z0-9]*|[a-z0-9]*[.#][\w-]+", re.IGNORECASE)
_IMAGE = re.compile(r"!\[([^\]\n]{0,500})\]\([^)\n]{0,4000}\)")


def page(data: bytes, url: str, most: int) -> Iterator[dict[str, Any]]:
    """Both lines."""
    tree, broken = parsed(data)
    if tree is None:
        yield {"title": "", "text": "", "cut": False, "broken": broken}
        return
    title = " ".join((tree.findtext(".//title") or "").split())
    clean(tree, url)
    everything = all_text(tree)
    yield {"title": title, "text": everything[:most], "cut": len(everything) > most, "broken": broken}
    found = markdown(tree, url)
    if len(found) >= LEAST_SHARE * len(everything):
        yield {"text": found[:most], "cut": len(found) > most}


def parsed(data: bytes) -> tuple[HtmlElement | None, bool]:
    """The page as a tree, None for one without an element; and whether the parser gave up: 2,048 levels are its end."""
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True)
    try:
        tree = document_fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None, bool(data.strip())
    return tree, any(told.type_name == "ERR_RESOURCE_LIMIT" for told in parser.error_log)


def clean(tree: HtmlElement, url: str) -> None:
    """Take away everything that a reader would not see, and every way out but plain links."""
    hiding = _hiding_selectors(tree)
    for element in [found for found in tree.iterdescendants() if _is_unseen(found, hiding)]:
        if element.getparent() is not None:
            element.drop_tree()
    for element in tree.iter(etree.Element):
        link = _link(element.get("href", ""), url) if element.tag == "a" else ""
        for name in [name for name in element.attrib if name not in KEPT_ATTRIBUTES or name == "href"]:
            del element.attrib[name]
        if link:
            element.set("href", link)


def _is_unseen(element: HtmlElement, hiding: frozenset[str]) -> bool:
    tag, get = element.tag, element.get
    if not isinstance(tag, str) or tag in DROPPED or (tag == "dialog" and get("open") is None):
        return True
    if get("hidden") is not None or get("aria-hidden", "").strip().lower() == "true":
        return True
    if (style := get("style")) and _HIDING.search(_COMMENT.sub("", style)):
        return True
    if not hiding or tag in ("body", "head"):
        return False
    classes, name = (get("class") or "").split(), get("id")
    marks = [tag, *(f".{one}" for one in classes), *(f"{tag}.{one}" for one in classes)]
    return not hiding.isdisjoint([*marks, *([f"#{name}", f"{tag}#{name}"] if name else [])])


def _hiding_selectors(tree: HtmlElement) -> frozenset[str]:
    """The simple selectors, such as ``.note``, that the page's own style sheets hide outright."""
    found: set[str] = set()
    for style in tree.iter("style"):
        if (style.get("media") or "all").strip().lower() in ("all", "screen"):
            for selectors, declarations in _RULE.findall(_without_at_rules(_COMMENT.sub("", style.text or ""))):
                if _HIDING.search(declarations):
                    found.update(one.strip() for one in selectors.split(",") if _SIMPLE.fullmatch(one.strip()))
    return frozenset(found)


def _without_at_rules(sheet: str) -> str:
    """Rules for print, or for steps of an animation, say nothing of what is seen now."""
    kept, depth, skipped_from = [], 0, -1
    for piece in re.split(r"([{}])", sheet):
        if piece == "{":
            depth += 1
        elif piece == "}":
            depth = max(0, depth - 1)
        elif skipped_from < 0 and piece.rpartition(";")[2].strip().startswith("@"):
            skipped_from = depth
            continue
        if skipped_from < 0:
            kept.append(piece)
        elif piece == "}" and depth <= skipped_from:
            skipped_from = -1
    return "".join(kept)


def _link(href: str, url: str) -> str:
    """An absolute link of the web or of mail, "" for any other."""
    try:
        link = urljoin(url, re.sub(r"[\x00-\x20]+", "", href)) if href.strip() else ""
    except ValueError:
        return ""
    return link if link.lower().startswith(("http://", "https://", "mailto:")) and len(link) <= 2000 else ""


def all_text(tree: HtmlElement) -> str:
    """All text, a block on its own lines. Without recursion: a page may be as deep as it likes."""
    body = tree.find("body")
    parts: list[str] = []
    for event, element in etree.iterwalk(tree if body is None else body, events=("start", "end")):
        if event == "start":
            parts += ["\n" if element.tag in BLOCKS else "", element.text or ""]
        else:
            parts += ["\n" if element.tag in BLOCKS else "", element.tail or ""]
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def markdown(tree: HtmlElement, url: str) -> str:
    """What the library takes for the page's own text; "" where it finds none, or fails."""
    try:
        found = trafilatura.extract(
            tree, url=url, output_format="markdown", include_links=True, include_tables=True, include_images=False,
            favor_recall=True,
        )  # fmt: skip
    except (RecursionError, MemoryError, etree.LxmlError, ValueError, TypeError, LookupError, AttributeError):
        return ""
    return _IMAGE.sub(r"\1", found or "")


def limit() -> None:
    """No more memory or time than a page is worth, and no file written."""
    for what, most in (("RLIMIT_AS", MEMORY), ("RLIMIT_CPU", CPU_SECONDS), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0)):
        with suppress(OSError, ValueError, AttributeError):  # not every system has every limit
            resource.setrlimit(getattr(resource, what), (most, most))


def main() -> None:
    query = json.loads(sys.argv[1])
    logging.disable(logging.CRITICAL)
    limit()
    with open(query["file"], "rb") as file:
        data = file.read()
    for line in page(data, query["url"], query["most"]):
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
