"""Identifiers: short, unique, sortable by the time they were made.

A session's id is seen and typed by people (``penstock export ID``), so it has no
look-alike characters and any unique prefix of it is accepted. Ids inside a session
(turns, steps, parts, prompts) need to be unique in that session only.
"""

import secrets
import time
from hashlib import sha256

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case


def _base32(number: int, length: int) -> str:
    return "".join(_ALPHABET[(number >> (5 * i)) & 31] for i in reversed(range(length)))


def new_session_id() -> str:
    """15 characters: 9 of milliseconds since 1970 (sortable until 3084), 6 random."""
    return _base32(int(time.time() * 1000), 9) + _base32(secrets.randbits(30), 6)


def derived_session_id(at: float, seed: str) -> str:
    """The same id for the same seed: for a session that another program began ``at`` that time."""
    number = int.from_bytes(sha256(seed.encode("utf-8", "replace")).digest()[:8], "big")
    return _base32(max(0, int(at * 1000)), 9) + _base32(number, 6)


def new_id(prefix: str) -> str:
    """An id for a thing inside a session: a prefix that names its kind, and 60 random bits."""
    return f"{prefix}_{_base32(secrets.randbits(60), 12)}"
