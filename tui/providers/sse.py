"""Server-sent events, from bytes that may be cut anywhere.

The SDKs build a validated model of every event; at thousands of tokens a second that is most of
their cost, and a server that deviates in a field nobody needs breaks the stream. So the adapters
let the SDK send the request and read the answer's bytes here.

An event counts only when its closing blank line came: what a broken connection leaves half-sent is
never given out. Source: the "event stream interpretation" of the HTML standard.
"""

from collections.abc import Iterator

from tui.errors import StreamBroken

MAX_EVENT = 64 * 1024 * 1024
"""Bytes that one event may have before the stream is taken for something else."""


class EventDecoder:
    """Feed it bytes, get the ``data`` of each whole event. Event names are left: every API repeats them inside."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0
        self._began = False

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The events that ``chunk`` completes.

        Raises:
            StreamBroken: an event outgrew MAX_EVENT.
        """
        if not self._began and (self._rest or chunk):
            self._began = True
            chunk = chunk.removeprefix(b"\xef\xbb\xbf")
        lines = (self._rest + chunk).splitlines(keepends=True)
        self._rest = b""
        if lines and not lines[-1].endswith(b"\n"):  # also a last "\r": its "\n" may follow
            self._rest = lines.pop()
        for line in lines:
            data = self._line(line.rstrip(b"\r\n"))
            if data is not None:
                yield data
        if self._size + len(self._rest) > MAX_EVENT:
            raise StreamBroken(f"The server sent one event of more than {MAX_EVENT // 1024**2} MB.")

    def _line(self, line: bytes) -> str | None:
        if not line:
            return self._dispatch()
        if line.startswith(b"data"):
            name, _, value = line.partition(b":")
            if name == b"data":
                self._data.append(value.removeprefix(b" "))
                self._size += len(value)
        return None

    def _dispatch(self) -> str | None:
        if not self._data:
            return None
        data = b"\n".join(self._data).decode("utf-8", errors="replace")
        self._data.clear()
        self._size = 0
        return data
