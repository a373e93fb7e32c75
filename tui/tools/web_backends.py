"""The four search backends as values: how each is asked, and where its answer keeps the results.

Answers are read tolerantly: a field that is missing or of another kind is empty, a result without a web address
is none.
"""

from collections.abc import Callable, Mapping
from html import unescape
from re import sub
from typing import Any
from urllib.parse import urlencode

from tui.tools.web_text import on_a_line
from tui.value import value

TITLE = 200
SNIPPET = 600


@value
class Result:
    """One hit: all of it visible text on one line each."""

    title: str
    url: str
    snippet: str


@value
class Question:
    """A request to send. ``body`` goes as JSON where it is not None."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: dict[str, Any] | None = None


@value
class Backend:
    """``question(base_url, key, query, count)``; ``results(answer)`` is the list in it, whatever stands there."""

    name: str
    base_url: str
    question: Callable[[str, str, str, int], Question]
    results: Callable[[Any], Any]
    snippet: tuple[str, ...]


def _brave(base: str, key: str, query: str, count: int) -> Question:
    asked = urlencode({"q": query, "count": count, "text_decorations": "false"})
    headers = {"accept": "application/json", "x-subscription-token": key}
    return Question(method="GET", url=f"{base}/res/v1/web/search?{asked}", headers=headers)


def _tavily(base: str, key: str, query: str, count: int) -> Question:
    body = {"query": query, "max_results": count, "search_depth": "basic"}
    return Question(method="POST", url=f"{base}/search", headers={"authorization": f"Bearer {key}"}, body=body)


def _exa(base: str, key: str, query: str, count: int) -> Question:
    body = {"query": query, "numResults": count, "type": "auto", "contents": {"text": {"maxCharacters": SNIPPET}}}
    return Question(method="POST", url=f"{base}/search", headers={"x-api-key": key}, body=body)


def _searxng(base: str, key: str, query: str, count: int) -> Question:
    headers = {"accept": "application/json", **({"authorization": f"Bearer {key}"} if key else {})}
    return Question(
        method="GET", url=f"{base}/search?{urlencode({'q': query, 'format': 'json'})}", headers=headers
    )  # fmt: skip


def _at(answer: Any, *names: str) -> Any:
    for name in names:
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer


BACKENDS = {
    backend.name: backend
    for backend in (
        Backend(
            name="brave",
            base_url="https://api.search.brave.com",
            question=_brave,
            results=lambda answer: _at(answer, "web", "results"),
            snippet=("description", "extra_snippets"),
        ),
        Backend(
            name="tavily",
            base_url="https://api.tavily.com",
            question=_tavily,
            results=lambda answer: _at(answer, "results"),
            snippet=("content",),
        ),
        Backend(
            name="exa",
            base_url="https://api.exa.ai",
            question=_exa,
            results=lambda answer: _at(answer, "results"),
            snippet=("highlights", "summary", "text"),
        ),
        Backend(
            name="searxng",
            base_url="",
            question=_searxng,
            results=lambda answer: _at(answer, "results"),
            snippet=("content",),
        ),
    )
}


def results_of(backend: Backend, answer: Any, most: int) -> list[Result] | None:
    """At most ``most`` results, each address once; None where the answer is not one of this backend's."""
    found = backend.results(answer)
    if not isinstance(found, list):
        nothing = backend.name == "brave" and _at(answer, "query") is not None  # it leaves "web" out then
        return [] if nothing and found is None else None
    results: dict[str, Result] = {}
    for hit in found:
        given = _at(hit, "url")
        url = on_a_line(given, 2000).replace(" ", "%20") if isinstance(given, str) else ""
        if url.lower().startswith(("http://", "https://")) and url not in results:
            snippet = next((text for name in backend.snippet if (text := _text(_at(hit, name)))), "")
            title = on_a_line(_clean(_text(_at(hit, "title"))), TITLE) or url
            results[url] = Result(title=title, url=url, snippet=on_a_line(_clean(snippet), SNIPPET))
    return list(results.values())[:most]


def _text(found: Any) -> str:
    if isinstance(found, list):
        return " … ".join(part for part in found if isinstance(part, str))
    return found if isinstance(found, str) else ""


def _clean(text: str) -> str:
    """Marks of what matched, such as <strong>, are no part of a text."""
    return unescape(sub(r"</?[a-zA-Z][^<>]{0,100}>", "", text))
