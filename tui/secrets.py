"""Takes keys and passwords out of text: known forms, and the very keys that this program uses.

    masks = Masks([key, ...])
    masks.mask("curl -H 'x-api-key: sk-ant-...'")     "curl -H 'x-api-key: sk-ant-…[masked ~128]'"
    stream = MaskStream(masks)                         the same for text that comes in chunks
    stream.feed(chunk) + ... + stream.finish()         equals mask() of the whole, however it was cut

What is left says what it was, and about how long (up to the number); the same secret leaves the same. A stream holds
back only what may be the beginning of something to mask: a few characters in ordinary text, ``MOST_HELD`` at most. A
form is looked for only where its first characters stand, so that ordinary text costs a few substring searches.

Masked: results, live and job output, displays, failures and a first title on their way to the log; prompts, answers,
arguments, notes and results on their way to models; exports, recordings and ``run --json``. Not masked: in the log and
on the screen, what the person types (prompts, answers to questions, names) and what a model writes (its answers, a
call's arguments, and what they lead to: questions, what is asked about, grants, a job's command), for it must run as
written; reasoning on its way back to its maker, which has signed it; images, paths, clipboard, the text of ``run``
without ``--json``; searches and addresses that a call sends out; kept files and their undo diffs. Not known as
secrets: a key of no known form that is not the program's own, half a key where a tool cut a line, a piece of a PEM
block without its first line, and whatever stood in a text before its key became known.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Protocol
from urllib.parse import quote

from tui.value import value

LEAST = 8
"""Characters of a key that is masked by its value. A shorter one (such as "local") may be any word."""
LINE = 4096
"""The expressions of the person's own see one line, or this much of it, at a time."""
BEFORE = 6
"""Characters before a secret that tell whether a word begins with it."""
MOST_HELD = 17_300
_WORD, _TOKEN, _BASE64 = r"[A-Za-z0-9]", r"[A-Za-z0-9_-]", r"[A-Za-z0-9+/_=.~-]"
_QUOTE = r"(?:\\{0,15}[\"'])?"
_DIGIT = rf"(?={_TOKEN}{{0,64}}\d)"
_MIXED = rf"(?={_BASE64}{{0,64}}\d)(?={_BASE64}{{0,64}}[A-Za-z])"
_PEM = r"(?:[A-Za-z0-9+/=\s:,]|\\+[rn])"


@value
class Form:
    """``first`` stands at the beginning of every secret of the form, and ``whole`` matches all of it; what its group
    ``kept`` ends with stays. ``growing`` is what may become one with more text, in ``letters`` after ``first``, and
    of ``most`` characters. ``expressions`` are those three."""

    first: str
    expressions: tuple[str, str, str]
    most: int

    @property
    def whole(self) -> re.Pattern[str]:
        return _compiled(self.expressions[0])

    @property
    def growing(self) -> re.Pattern[str]:
        return _compiled(self.expressions[1])

    @property
    def letters(self) -> re.Pattern[str]:
        return _compiled(self.expressions[2])


@lru_cache(None)
def _compiled(expression: str) -> re.Pattern[str]:
    """When it is first needed: all of them together take a twentieth of the program's start."""
    return re.compile(expression)


def _form(first: str, body: str, letters: str, most: int, *, growing: str = "", inside: bool = False) -> Form:
    """``inside``: it may also stand in the middle of a word."""
    literal = re.escape(first)
    after = rf"(?:(?<![A-Za-z0-9]{literal})|(?<=\\[nrt]{literal})|(?<=\\u[0-9A-Fa-f]{{4}}{literal}))"  # JSON's too
    start = literal if inside else literal + after
    whole = start + (body if "(?P<kept>" in body else f"(?P<kept>){body}")
    run = f"{letters}{{0,{most}}}+"
    return Form(first=first, expressions=(whole, rf"{literal}{growing or run}\Z", run), most=most + len(first))


def _plain(first: str, least: int, most: int, letters: str = _TOKEN, ahead: str = "") -> Form:
    return _form(first, rf"{ahead}{letters}{{{least},{most}}}+", letters, most)


def _assigned(first: str, gap: str, letters: str = r"[A-Za-z0-9+/_=.~\\\"' \t:-]") -> Form:
    """What stands after a name that says what it is."""
    body = rf"(?P<kept>{gap}){_MIXED}[A-Za-z0-9]{_BASE64}{{15,512}}+"
    growing = rf"[\\\"' \t:=]{{0,44}}+{_BASE64}{{0,513}}+"
    return _form(first, body, letters, 570, growing=growing, inside=True)


_CREDENTIAL = rf"[ \t]{{0,3}}{_MIXED}{_BASE64}{{16,4096}}+"
_PEM_HEADER = r"(?:[\s\\rn]{0,4}(?:Proc-Type|DEK-Info):[A-Za-z0-9, .-]{0,100}){0,3}"
_PEM_END = r"-----END [A-Z ]{0,40}PRIVATE KEY-----"
_PEM_WHOLE = rf"(?P<kept>[A-Z ]{{0,40}}PRIVATE KEY-----){_PEM_HEADER}{_PEM}{{16,16384}}+(?:{_PEM_END})?"
_PEM_GROWING = rf"(?:(?!{_PEM_END})[A-Za-z0-9+/=\s\\:,.-]){{0,17000}}+"
FORMS = (
    _plain("sk-ant-", 13, 256),
    _plain("sk-", 20, 256, ahead=_DIGIT),
    *(_form(first, r"[A-Z0-9]{16}(?![A-Za-z0-9])", "[A-Z0-9]", 16) for first in ("AKIA", "ASIA")),
    _plain("AIza", 30, 64),
    *(_plain(first, 30, 255, _WORD) for first in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    _plain("github_pat_", 20, 255),
    _plain("glpat-", 20, 255),
    *(_plain(first, 15, 255) for first in ("xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-", "xapp-")),
    *(_plain(first, 30, 255, _WORD) for first in ("hf_", "npm_", "gsk_")),
    _plain("pypi-", 50, 1024, ahead=_DIGIT),
    _form("SG.", rf"{_TOKEN}{{20,32}}\.{_TOKEN}{{16,64}}", "[A-Za-z0-9_.-]", 98),
    *(_plain(first, 16, 255, _WORD) for first in ("sk_live_", "rk_live_", "sk_test_", "rk_test_")),
    *(_plain(first, 16, 255, ahead=_DIGIT) for first in ("tvly-", "xai-", "nvapi-", "AGE-SECRET-KEY-")),
    _form("eyJ", rf"{_TOKEN}{{17,1024}}+\.{_TOKEN}{{8,4096}}+\.{_TOKEN}{{8,1024}}+", "[A-Za-z0-9_.-]", 6200),
    *(
        _form(first, _CREDENTIAL, r"[A-Za-z0-9+/_=.~ \t-]", 4100, growing=rf"[ \t]{{0,3}}+{_BASE64}{{0,4097}}+")
        for first in ("Bearer ", "bearer ", "BEARER ", "Basic ")
    ),
    *(
        _assigned(first, rf"={_QUOTE}", r"[A-Za-z0-9+/_=.~\\\"'-]")
        for first in ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD")
    ),
    *(
        _assigned(first, rf"{_QUOTE}[ \t]{{0,3}}[:=][ \t]{{0,3}}{_QUOTE}")
        for first in ("secret_access_key", "session_token", "ecretAccessKey", "essionToken", "api-key", "Api-Key")
    ),
    _form("://", r"(?P<kept>[^\s/:@\"'<>]{0,128}:)[^\s/@\"'<>]{1,256}(?=@)", r"[^\s/@\"'<>]", 386, inside=True),
    _form("-----BEGIN ", _PEM_WHOLE, r"[A-Za-z0-9+/=\s\\:,.-]", 17_000, growing=_PEM_GROWING, inside=True),
)
_SHARED = ("sk-", "xox", "k_live_", "k_test_", "earer ", "KEY", "PASSW", "ession", "pi-key")


def _gates() -> dict[str, tuple[Form, ...]]:
    """What several forms share is looked for once."""
    gates: dict[str, tuple[Form, ...]] = {}
    for form in FORMS:
        gate = next((part for part in _SHARED if part in form.first), form.first)
        gates[gate] = (*gates.get(gate, ()), form)
    return gates


_GATES = _gates()
SMALL = 2000
RUN = b"a" * 20
"""What every secret of the forms that are one word holds, once all its letters are an ``a``: one look for all of
those forms at once, for texts that are not small."""
_RUNS = bytes(97 if chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "_-") else 32 for byte in range(256))
_LOOSE_FIRST = ("earer ", "BEARER ", "Basic ", "KEY", "TOKEN", "SECRET", "PASSW", "ession", "pi-key", "Api-Key", "://")
_LOOSE = {
    gate: forms
    for gate, forms in _GATES.items()
    if gate in (*_LOOSE_FIRST, "secret_access_key", "ecretAccessKey", "-----BEGIN ")
}
_BEGINNINGS = frozenset(form.first[:length] for form in FORMS for length in range(1, len(form.first)))
_LONGEST = max(map(len, _BEGINNINGS))


class _Stage(Protocol):
    """One way of finding secrets. ``find`` gives (start, end, what is left of it), from a place on, in order."""

    def find(self, text: str, start: int) -> list[tuple[int, int, str]]: ...

    def open(self, text: str, start: int) -> int:
        """From where on more text may change what ``find`` says."""
        ...


class Masks:
    """What is masked.

    Args:
        values: keys as they are; also found in base64, in JSON and in addresses.
        known: whether the known forms are masked.
        extra: regular expressions of the person's own, each seen on one line at a time.
    """

    def __init__(self, values: Iterable[str] = (), *, known: bool = True, extra: Iterable[str] = ()) -> None:
        self._known = known
        self._extra = tuple(extra)
        self._values: frozenset[str] = frozenset()
        self.stages: tuple[_Stage, ...] = ()
        self.add(*values)

    def add(self, *values: str) -> None:
        """Keys that have become known since. Streams that were begun before do not look for them."""
        fresh = {one.strip() for one in values if len(one.strip()) >= LEAST} - self._values
        if self.stages and not fresh:
            return
        self._values |= fresh
        stages: list[_Stage] = [_Values(self._values)] if self._values else []
        stages += [_Known()] if self._known else []
        self.stages = (*stages, *([_Lines(self._extra)] if self._extra else []))

    def mask(self, text: str) -> str:
        """``text`` with what is secret masked; the same object where there is nothing."""
        for stage in self.stages:
            found = stage.find(text, 0)
            if found:
                text = "".join(_replaced(text, 0, len(text), found))
        return text


class MaskStream:
    """Masks a text that comes in chunks."""

    def __init__(self, masks: Masks) -> None:
        self._flows = [_Flow(stage) for stage in masks.stages]

    @property
    def held(self) -> int:
        """Characters that came and are not out yet."""
        return sum(flow.held for flow in self._flows)

    def feed(self, chunk: str) -> str:
        """What can be shown now."""
        for flow in self._flows:
            chunk = flow.feed(chunk)
        return chunk

    def finish(self) -> str:
        """The rest."""
        rest = ""
        for flow in self._flows:
            rest = flow.feed(rest) + flow.finish()
        return rest


class _Flow:
    """One stage over a text in chunks. What stands before what is held is kept, to see whether a word begins there."""

    def __init__(self, stage: _Stage) -> None:
        self._stage = stage
        self._text = ""
        self._at = 0

    @property
    def held(self) -> int:
        return len(self._text) - self._at

    def feed(self, chunk: str) -> str:
        if not chunk:
            return ""
        self._text += chunk
        found = self._stage.find(self._text, self._at)
        until = self._stage.open(self._text, self._at)
        for start, end, _ in reversed(found):
            if start < until <= end:
                until = start
        return self._out(until, [one for one in found if one[0] < until])

    def finish(self) -> str:
        return self._out(len(self._text), self._stage.find(self._text, self._at))

    def _out(self, until: int, found: list[tuple[int, int, str]]) -> str:
        out = "".join(_replaced(self._text, self._at, until, found))
        before = max(0, until - BEFORE)
        self._text, self._at = self._text[before:], until - before
        return out


def _replaced(text: str, at: int, until: int, found: list[tuple[int, int, str]]) -> Iterator[str]:
    for start, end, left in found:
        yield text[at:start]
        yield left
        at = end
    yield text[at:until]


def _mark(secret: str) -> str:
    """What is left of a secret: its form, and its length up to a power of two."""
    kept = next((form.first for form in FORMS if secret.startswith(form.first)), "")
    return f"{kept}…[masked ~{1 << max(3, (len(secret) - 1).bit_length())}]"


class _Known:
    """The known forms. Where two of them overlap, what they cover together is one secret."""

    def find(self, text: str, start: int) -> list[tuple[int, int, str]]:
        spans = [
            (match.start(), match.end("kept") if match["kept"] else match.start(), match.end())
            for form in _present(text)
            for match in form.whole.finditer(text, start)
        ]
        merged: list[tuple[int, int, int]] = []
        for begin, kept, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            if merged and begin < merged[-1][2]:
                merged[-1] = (*merged[-1][:2], max(merged[-1][2], end))
            else:
                merged.append((begin, kept, end))
        return [(begin, end, text[begin:kept] + _mark(text[kept:end])) for begin, kept, end in merged]

    def open(self, text: str, start: int) -> int:
        until = len(text)
        for form in _present(text):
            until = min(until, _growing(form, text, start))
        for length in range(min(_LONGEST, len(text) - start), 0, -1):
            if text[-length:] in _BEGINNINGS:
                return min(until, len(text) - length)
        return until


def _present(text: str) -> list[Form]:
    gates = _GATES
    if len(text) > SMALL and RUN not in text.encode("utf-8", "surrogatepass").translate(_RUNS):
        gates = _LOOSE
    return [form for gate, forms in gates.items() if gate in text for form in forms if form.first in text]


def _growing(form: Form, text: str, start: int) -> int:
    """Where a secret of the form begins that more text may make longer, or whole; the end where none does."""
    size = len(text)
    last = text[max(start, size - form.most) :]
    run = form.letters.match(last[::-1])
    at = text.find(form.first, max(start, size - form.most, size - (run.end() if run else 0) - len(form.first)))
    while at >= 0:
        if form.growing.match(text, at):
            return at
        at = text.find(form.first, at + 1)
    return size


class _Values:
    """The keys themselves, and how they look in base64, in JSON and in an address."""

    def __init__(self, values: Iterable[str]) -> None:
        spelled = sorted({spelling for one in values for spelling in _spellings(one)}, key=len, reverse=True)
        self._spelled = spelled
        self._any = re.compile("|".join(map(re.escape, spelled)))
        self._beginnings = {one[:length] for one in spelled for length in range(1, len(one))}
        self._longest = max(map(len, spelled)) - 1

    def find(self, text: str, start: int) -> list[tuple[int, int, str]]:
        if not any(one in text for one in self._spelled):
            return []
        return [(match.start(), match.end(), _mark(match[0])) for match in self._any.finditer(text, start)]

    def open(self, text: str, start: int) -> int:
        for length in range(min(self._longest, len(text) - start), 0, -1):
            if text[-length:] in self._beginnings:
                return len(text) - length
        return len(text)


def _spellings(secret: str) -> Iterator[str]:
    """In base64 as far as it is the same whatever stands before and behind."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield quote(secret, safe="")
    raw = secret.encode("utf-8", "surrogatepass")
    for shift in range(3):
        coded = b64encode(b"\0" * shift + raw).decode().rstrip("=")
        inner = coded[(0, 2, 3)[shift] : len(coded) - ((shift + len(raw)) % 3 > 0)]
        yield from (inner, inner.replace("+", "-").replace("/", "_"))


class _Lines:
    """The person's own expressions. A line that is longer than LINE is seen in pieces of that size."""

    def __init__(self, expressions: Iterable[str]) -> None:
        self._expressions = [re.compile(one) for one in expressions]

    def find(self, text: str, start: int) -> list[tuple[int, int, str]]:
        found: list[tuple[int, int]] = []
        for begin, end in _pieces(text, start):
            piece = text[begin:end]
            spans = sorted(match.span() for one in self._expressions for match in one.finditer(piece) if match[0])
            for first, last in spans:
                if found and begin + first < found[-1][1]:
                    found[-1] = (found[-1][0], max(found[-1][1], begin + last))
                else:
                    found.append((begin + first, begin + last))
        return [(begin, end, _mark(text[begin:end])) for begin, end in found]

    def open(self, text: str, start: int) -> int:
        *_, (begin, end) = _pieces(text, start)
        return end if end - begin == LINE or text[begin:end].endswith("\n") else begin


def _pieces(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Lines with their ends, cut at LINE; an empty one where there is nothing."""
    while True:
        line = text.find("\n", start, start + LINE)
        end = min(len(text), start + LINE) if line < 0 else line + 1
        yield start, end
        if end >= len(text):
            return
        start = end
