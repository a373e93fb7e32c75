"""Which text stands on which ground, and whether it can be read there: contrast as WCAG 2 counts it.

4.5 is its measure for text, 3 for what is muted on purpose and for marks. The pairs are those that the widgets draw;
the house's themes keep to them all (a test holds it), and of a person's own theme it is said where it does not.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from textual.color import Color
from textual.theme import Theme

from tui.value import value

TEXT = 4.5
MUTED = 3.0
_BARE = ("background", "surface", "panel")
_SPOKEN = ("text-primary", "text-success", "text-warning", "text-error", "text-accent")
_CODE = (*_SPOKEN, "text-secondary", "foreground")
_ADDED, _REMOVED, _FENCE = "success 14% on surface", "error 18% on surface", "foreground 6% on background"


@value
class Pair:
    """``text`` and ``ground`` as style sheets write them; a ground may lie on another: ``error 18% on surface``."""

    text: str
    ground: str
    least: float


@value
class Faint:
    """A pair that a theme does not keep."""

    pair: Pair
    ratio: float

    @property
    def sentence(self) -> str:
        return f"{self.pair.text} on {self.pair.ground} has a contrast of {self.ratio:.1f}, not {self.pair.least:g}"


@cache
def pairs() -> tuple[Pair, ...]:
    """All that are drawn."""
    return tuple(_pairs())


def _pairs() -> Iterator[Pair]:
    for ground in (*_BARE, "primary-muted", "primary 10% on background"):  # lists, bars, the focused title, a prompt
        yield from (Pair(text=text, ground=ground, least=TEXT) for text in ("foreground", *_SPOKEN))
    for ground in (_FENCE, _ADDED, _REMOVED, "surface"):  # code: in an answer, in a diff
        yield from (Pair(text=text, ground=ground, least=TEXT) for text in _CODE)
    yield Pair(text="text-accent", ground="foreground 8% on background", least=TEXT)  # code within a line
    yield Pair(text="primary", ground="background", least=TEXT)  # headings
    for text in ("text-success", "text-error"):
        yield Pair(text=text, ground="success 12% on background", least=TEXT)
        yield Pair(text=text, ground="error 12% on background", least=TEXT)
    for ground in ("surface", "background"):  # what the cursor or the pointer is on
        yield Pair(text="foreground", ground=f"foreground 10% on {ground}", least=TEXT)
    yield Pair(text="block-cursor-foreground", ground="block-cursor-background", least=TEXT)
    yield Pair(text="foreground", ground="screen-selection-background on background", least=TEXT)
    yield Pair(text="foreground", ground="input-selection-background on surface", least=TEXT)
    yield Pair(text="foreground", ground="warning 35% on background", least=TEXT)  # what was found
    yield Pair(text="background", ground="warning", least=TEXT)
    for ground in (*_BARE, "primary-muted", "primary 10% on background"):
        yield Pair(text="foreground 60%", ground=ground, least=MUTED)
    for ground in (_FENCE, _ADDED, _REMOVED):
        yield Pair(text="foreground 65%", ground=ground, least=MUTED)
    yield Pair(text="foreground 50%", ground="surface", least=MUTED)  # done, or absent
    yield Pair(text="accent", ground="background", least=MUTED)  # the focused edge, the block cursor
    yield Pair(text="warning", ground="surface", least=MUTED)  # the edge of a question


def faint(theme: Theme) -> tuple[Faint, ...]:
    """The pairs that ``theme`` does not keep, the worst first."""
    colours = {**theme.to_color_system().generate(), **theme.variables}
    found = [Faint(pair=pair, ratio=ratio(colours, pair)) for pair in pairs()]
    return tuple(sorted((one for one in found if one.ratio < one.pair.least), key=lambda one: one.ratio))


def ratio(colours: Mapping[str, str], pair: Pair) -> float:
    """The contrast of a pair among the resolved variables of a theme, from 1 to 21."""
    ground = Color(0, 0, 0)
    for layer in reversed(pair.ground.split(" on ")):
        ground += _colour(colours, layer)
    text = _colour(colours, pair.text)
    shown = ground + (ground.get_contrast_text(text.a) if text.auto else text)
    lighter, darker = sorted((_luminance(shown), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _colour(colours: Mapping[str, str], words: str) -> Color:
    name, _, share = words.partition(" ")
    found, _, alpha = colours[name].partition(" ")
    if found == "auto":
        return Color(0, 0, 0, float(alpha.removesuffix("%") or 100) / 100, auto=True)
    colour = Color.parse(colours[name])
    return colour.with_alpha(colour.a * float(share.removesuffix("%")) / 100) if share else colour


def _luminance(colour: Color) -> float:
    parts = [part / 255 for part in colour.rgb]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
