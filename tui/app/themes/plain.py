"""No colour at all, where NO_COLOR is set: states are told by their signs, grounds by reverse and underline.

Textual turns colours into greys, which are colours to a terminal still. Here none is sent. The theme says by three
strengths what a ground means, and the filter makes of them what every terminal can show: black is the ground itself,
grey is underlined (something found), white is reversed (the cursor, a selection, the focused pane).
"""

from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

PLAIN = Theme(
    name="no-colour",
    dark=True,
    primary="#e0e0e0",
    secondary="#d0d0d0",
    accent="#ffffff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    boost="#000000",
    success="#d0d0d0",
    warning="#e0e0e0",
    error="#d0d0d0",
    variables={
        "primary-muted": "#ffffff",
        "block-cursor-background": "#ffffff",
        "block-cursor-foreground": "#000000",
        "screen-selection-background": "#ffffff",
        "input-selection-background": "#ffffff",
        "input-selection-foreground": "#000000",
    },
)
_REVERSED, _UNDERLINED, _DIM = 150, 70, 185


class Colourless(LineFilter):
    """Takes all colours away and leaves what they meant."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(text, style and colourless(style), control) for text, style, control in segments]


@lru_cache(4096)
def colourless(style: Style) -> Style:
    """``style`` in bold, dim, underline and reverse alone."""
    ground, text = _light(style.bgcolor, 0), _light(style.color, 255)
    marked = ground >= _REVERSED
    return Style(
        bold=style.bold,
        italic=style.italic,
        strike=style.strike,
        link=style.link,
        underline=style.underline or _UNDERLINED <= ground < _REVERSED or None,
        reverse=bool(style.reverse) != marked or None,
        dim=(not marked and text < _DIM) or None,
    )


def _light(colour: RichColor | None, otherwise: int) -> int:
    """From 0 to 255."""
    if colour is None or colour.is_default:
        return otherwise
    red, green, blue = colour.get_truecolor()
    return (red * 3 + green * 6 + blue) // 10
