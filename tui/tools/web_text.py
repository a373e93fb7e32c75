"""What came from the web as text that a person and a model see alike: decoded, and nothing invisible in it."""

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_.:-]{1,40})", re.IGNORECASE)
_META_BYTES = 4096
_NOT_TEXT = ("utf-7", "utf7", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"  # of no width, or turning the order round
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff]"  # tags, and more variations than any letter has
)
_JOINERS = re.compile("(?<![^\x00-\x7f\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f\u200c\u200d])")
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x85]")
_ODD_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def visible(text: str) -> str:
    """``text`` without what nobody sees: controls, zero widths, bidi marks, tags. Joiners stay between two letters of
    scripts that need them. Every kind of line end is a newline."""
    return _JOINERS.sub("", _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)))


def on_a_line(text: str, most: int) -> str:
    """What of it is visible, on one line of ``most`` characters."""
    line = " ".join(_ODD_SPACES.sub(" ", visible(text)).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def decoded(data: bytes, charset: str, *, markup: bool) -> str:
    """``data`` as text whatever is wrong with it: by its mark, by what its sender said, by what a page says of itself
    (``markup``), as UTF-8, or else as the old encoding of the web."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    said = _META.search(data[:_META_BYTES]) if markup and not charset else None
    if said:
        charset = said[1].decode("ascii")
        charset = "utf-8" if charset.lower().startswith("utf-16") else charset  # it could not have been read then
    if encoding := _text_encoding(charset):
        return data.decode(encoding, "replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data)  # the last character may be cut
    except UnicodeDecodeError:
        return data.decode("windows-1252", "replace")


def _text_encoding(charset: str) -> str:
    """Python's name of it, as browsers take it; "" for what is no encoding of text."""
    try:
        name = codecs.lookup(charset.strip("\"' ")).name if charset else ""
    except (LookupError, ValueError):
        return ""
    if name in ("ascii", "iso8859-1"):
        return "windows-1252"
    try:
        return "" if name.replace("_", "-") in _NOT_TEXT or not b"a".decode(name, "replace") else name
    except (LookupError, ValueError, TypeError, AssertionError):
        return ""
