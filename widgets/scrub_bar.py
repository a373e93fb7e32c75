"""Where one is in something that is played, as a bar over the whole width; a click goes there."""

from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widget import Widget

BEFORE, HEAD, BEHIND = "━", "●", "─"


class ScrubBar(Widget):
    """``show`` says where; ``Moved`` says where the person wants to be, from 0 to 1."""

    DEFAULT_CSS = """
    ScrubBar { height: 1; padding: 0 1; color: $text-accent; }
    """

    @dataclass
    class Moved(Message):
        bar: "ScrubBar"
        fraction: float

    def __init__(self) -> None:
        super().__init__()
        self._fraction = 0.0
        self._left = self._right = ""

    def show(self, fraction: float, left: str, right: str) -> None:
        """``left`` and ``right`` stand beside the bar."""
        self._fraction, self._left, self._right = min(1.0, max(0.0, fraction)), left, right
        self.refresh()

    def render(self) -> Text:
        room = self._room
        head = round(self._fraction * (room - 1)) if room > 0 else 0
        bar = BEFORE * head + HEAD + BEHIND * (room - head - 1) if room > 0 else ""
        return Text(f"{self._left} {bar} {self._right}", no_wrap=True, overflow="crop")

    @property
    def _room(self) -> int:
        return max(0, self.content_size.width - len(self._left) - len(self._right) - 2)

    def on_click(self, event: events.Click) -> None:
        """To that place."""
        offset = event.get_content_offset(self)
        if offset is None or self._room < 2:
            return
        event.stop()
        self.post_message(self.Moved(self, min(1.0, max(0.0, (offset.x - len(self._left) - 1) / (self._room - 1)))))
