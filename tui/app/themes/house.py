"""The house's themes, half of them dark and half light. Each keeps every pair of ``contrast``.

``clear`` tells added from removed, and done from failed, by blue and orange, for eyes that do not tell green
from red; ``contrast`` goes as far as a screen can; ``harbour`` is cool, ``ember`` warm, ``moss`` green.
"""

from textual.theme import Theme


def _theme(name: str, dark: bool, colours: str) -> Theme:
    """``colours``: background surface panel, foreground, primary secondary accent, success warning error, muted."""
    (background, surface, panel, foreground, primary, secondary, accent, success, warning, error, muted) = (
        f"#{colour}" for colour in colours.split()
    )
    return Theme(
        name=name,
        dark=dark,
        background=background,
        surface=surface,
        panel=panel,
        foreground=foreground,
        primary=primary,
        secondary=secondary,
        accent=accent,
        success=success,
        warning=warning,
        error=error,
        variables={
            "primary-muted": muted,
            "footer-key-foreground": accent,
            "screen-selection-background": muted,
            "input-selection-background": muted,
        },
    )


#                 background surface panel   text    primary second. accent    success warning error   muted
_DARK = {
    "penstock-dark": "14181d 1a1f26 232a33   d7dce2  5b9dd9 7f8fa6 4fc1c0   7fc27a e0b050 e5707a  263c54",
    "harbour-dark":  "0d1b2a 122335 1b3147   d9e4ee  6cb4ee 8fa9c4 5fd0c5   86cf8f e7c16b f08a8a  1f4468",
    "ember-dark":    "1c1714 241e1a 302823   ebe0d3  e0a46c b39a84 e6b95c   a9c47f f0b95a f08a72  53391f",
    "moss-dark":     "141a15 1a221c 243027   dbe5d9  8cc084 93a892 6fc7a8   9ccf6f dcbb5c ea8577  2c4a2e",
    "clear-dark":    "15171c 1c1f26 272b34   dee2ea  6aa9f0 93a0b5 5cc8e6   6ab0ff f2c14e ff9350  21405f",
    "contrast-dark": "000000 0a0a0a 161616   ffffff  7cc4ff c8d2dc 58f0e8   8af58a ffd75e ff9a9a  00396b",
}  # fmt: skip
_LIGHT = {
    "penstock-light": "fbfbf9 f2f2ee e6e7e3   1d232b  1f5f9e 5b6675 00716f   2b7a2e 8a5a00 b3202e  cfe0f1",
    "harbour-light":  "f4f8fb e9f0f6 dbe6ef   0e2032  14609c 4c647a 006c78   20703f 805500 ac2338  c2dcf2",
    "ember-light":    "fbf6ee f3ebdf e9decd   291d13  8a4b14 70604f 7a5600   4c6d1d 855000 a8321c  f0d9b8",
    "moss-light":     "f6f9f3 ebf1e7 dde7d8   152016  2c6a33 54654f 00695a   3a6d16 7c5800 a62f2a  cbe3c8",
    "clear-light":    "fafafa f0f1f3 e3e5e9   1c212a  1556a8 586274 006a86   0b5bb8 7d5600 a84300  cadff8",
    "contrast-light": "ffffff f7f7f7 ececec   000000  00408a 3a4450 005252   004d0c 5c3c00 8f0016  bcdcff",
}  # fmt: skip

DARK, *_OTHER_DARK = (_theme(name, True, colours) for name, colours in _DARK.items())
LIGHT, *_OTHER_LIGHT = (_theme(name, False, colours) for name, colours in _LIGHT.items())
HOUSE = (DARK, LIGHT, *_OTHER_DARK, *_OTHER_LIGHT)
