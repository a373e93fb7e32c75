"""Packed bodies unpacked piece by piece, so that a bomb can be stopped before it goes off."""

import zlib
from collections.abc import Iterable

from tui.errors import ToolError

PIECE = 1 << 16
"""The most bytes that one step gives."""
_ENCODINGS = ("gzip", "x-gzip", "deflate")
_GZIP, _DEFLATE = 31, 15


class _Plain:
    """What is not packed."""

    def __call__(self, raw: bytes) -> Iterable[bytes]:
        return (raw,)

    def rest(self) -> bytes:
        return b""


class _Inflate:
    """gzip and deflate in pieces; also gzip of several members, and deflate without its header, which some send."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._unpack = zlib.decompressobj(bits)
        self._begun = False

    def __call__(self, raw: bytes) -> Iterable[bytes]:
        while raw:
            if self._unpack.eof:
                if self._bits != _GZIP or not raw.startswith(b"\x1f"):
                    return  # what stands after the end is nobody's
                self._unpack = zlib.decompressobj(self._bits)
            try:
                piece = self._unpack.decompress(raw, PIECE)
            except zlib.error:
                if self._begun or self._bits != _DEFLATE:
                    raise
                self._unpack = zlib.decompressobj(-_DEFLATE)
                piece = self._unpack.decompress(raw, PIECE)
            self._begun = True
            raw = self._unpack.unconsumed_tail or self._unpack.unused_data
            yield piece

    def rest(self) -> bytes:
        """What zlib still holds back: some bytes of one match."""
        return self._unpack.flush()


def unpacker(encoding: str) -> _Plain | _Inflate:
    """For a content-encoding; call it with bytes as they come, and ``rest`` at their end.

    Raises:
        ToolError: nothing here unpacks that.
    """
    names = [name for name in encoding.lower().replace(" ", "").split(",") if name not in ("", "identity")]
    if not names:
        return _Plain()
    if len(names) > 1 or names[0] not in _ENCODINGS:
        raise ToolError(f"The answer is packed as {encoding[:40]!r}, which cannot be unpacked here.")
    return _Inflate(_DEFLATE if names[0] == "deflate" else _GZIP)
