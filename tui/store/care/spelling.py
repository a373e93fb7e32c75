"""All the ways in which one secret may be spelled in what a store keeps, as one expression over bytes.

Character by character it may be itself or escaped: as JSON does it, inside JSON inside JSON, however deep; in a URL;
in HTML. As a whole it may be base64 (which spells a text in three ways, by where it stands), hexadecimal or UTF-16.
What covers a secret is as long as what it covers, so that sizes, offsets and counts stay true, and it breaks neither
JSON nor base64 nor hexadecimal.
"""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator

from tui.errors import UsageError

LEAST = 6
"""Bytes of a secret. Fewer would take ordinary words away, and their base64 anything."""
_LEAST_CUT, _MOST_CUT = 4, 80
_SHORT = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}
_ENTITIES = {"&": b"amp", "<": b"lt", ">": b"gt", '"': b"quot", "'": b"apos"}


class Spelling:
    """How ``secret`` is found and covered.

    Raises:
        UsageError: it is too short to be told from ordinary text.
    """

    def __init__(self, secret: str) -> None:
        raw = secret.encode("utf-8", "surrogatepass")
        if len(raw) < LEAST or not secret.strip():
            raise UsageError(
                f"A secret of fewer than {LEAST} characters cannot be told from ordinary text.",
                hint="Give a longer stretch of what surrounds it.",
            )
        self.characters = len(secret)
        coded = "|".join(f"(?P<{name}{n}>{text})" for n, (name, text) in enumerate(_coded(raw, secret)))
        letters = [_spelled(character) for character in secret]
        whole = b"(?:" + b"".join(letters) + b")"
        self._expression = re.compile(b"|".join((whole, *_cut(letters), coded.encode("latin-1"))), re.DOTALL)

    def spans(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """Where the secret stands in ``data``, from and to, and what covers it."""
        return [(*m.span(), _cover(m.lastgroup or "", len(m[0]))) for m in self._expression.finditer(data)]

    def cover(self, data: bytes) -> tuple[bytes, int]:
        """``data`` without the secret, and in how many places it stood."""
        return (covered(data, spans), len(spans)) if (spans := self.spans(data)) else (data, 0)


def covered(data: bytes, spans: list[tuple[int, int, bytes]]) -> bytes:
    whole = bytearray(data)
    for start, end, cover in spans:
        whole[start:end] = cover
    return bytes(whole)


def _cover(sort: str, length: int) -> bytes:
    if sort.startswith("base"):
        return b"A" * length
    if sort.startswith("hex"):
        return b"0" * length
    if sort.startswith("wide"):
        return b"*\0" * (length // 2) + b"*" * (length % 2)
    return b"[redacted]".ljust(length, b"*") if length >= 10 else b"*" * length


def _spelled(character: str) -> bytes:
    """One character, in any way that a text format escapes it."""
    raw = character.encode("utf-8", "surrogatepass")
    ways = [re.escape(raw)]
    if character in "\"'/":
        ways.append(rb"\\+" + re.escape(raw))
    if character == "\\":
        ways = [rb"\\+"]
    if character in _SHORT:
        ways.append(rb"\\+" + _SHORT[character].encode())
    units = character.encode("utf-16-be", "surrogatepass")
    codes = [units[at : at + 2].hex() for at in range(0, len(units), 2)]
    ways.append(b"".join(rb"\\+u" + _either_case(code) for code in codes))
    ways.append(b"".join(b"%" + _either_case(f"{byte:02x}") for byte in raw))
    ways.append(rb"&#(?:" + str(ord(character)).encode() + rb"|[xX]0*" + _either_case(f"{ord(character):x}") + rb");")
    if character in _ENTITIES:
        ways.append(b"&" + _ENTITIES[character] + b";")
    if character == " ":
        ways.append(rb"\+")
    return b"(?:" + b"|".join(ways) + b")"


def _either_case(code: str) -> bytes:
    return "".join(c if c.isdigit() else f"[{c}{c.upper()}]" for c in code).encode()


def _cut(letters: list[bytes]) -> Iterator[bytes]:
    """The beginning of it where a title or a line was cut: what an ellipsis follows."""
    least = max(_LEAST_CUT, len(letters) // 4)
    rest = b""
    for letter in reversed(letters[least:_MOST_CUT]):
        rest = b"(?:" + letter + rest + b")?"
    if len(letters) > least:
        yield b"".join(letters[:least]) + rest + b"(?=" + "…".encode() + rb"|\.\.\.|\\+u2026)"


def _coded(raw: bytes, secret: str) -> Iterator[tuple[str, str]]:
    """(sort, expression as latin-1) of the whole in other codes."""
    for offset in range(3):
        for encode in (b64encode, urlsafe_b64encode):
            text = encode(bytes(offset) + raw).decode().rstrip("=")
            whole = len(raw) + offset
            core = text[-(-offset * 8 // 6) : whole * 8 // 6]  # the letters that nothing before or after it changes
            yield "base", "".join(rf"\\*{re.escape(c)}" if c == "/" else re.escape(c) for c in core)
    yield "hex", raw.hex()
    yield "hex", raw.hex().upper()
    for order in ("utf-16-le", "utf-16-be"):
        wide = secret.encode(order, "surrogatepass")
        yield "wide", "".join(f"\\x{byte:02x}" for byte in wide)
