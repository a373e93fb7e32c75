"""The beginning and the end of a text that may be far larger than both."""


class Ends:
    """Takes a text as it comes and keeps ``keep`` characters of it at each end. ``cut`` counts those between."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self.head = ""
        self.tail = ""
        self.cut = 0

    def add(self, text: str) -> None:
        room = self._keep - len(self.head)
        if room > 0:
            self.head, text = self.head + text[:room], text[room:]
        if text:
            tail = self.tail + text
            over = max(0, len(tail) - self._keep)
            self.cut += over
            self.tail = tail[over:]

    @property
    def text(self) -> str:
        return self.with_gap("characters left out")

    def with_gap(self, said: str) -> str:
        """Both ends; where something was cut, how much, and what is ``said`` of it, stands between them."""
        gap = f"\n[... {self.cut:,} {said} ...]\n" if self.cut else ""
        return f"{self.head}{gap}{self.tail}"
