"""Two themes for terminals of sixteen colours: each is one of those (as Rich counts them), so that none falls together.

A terminal maps what it does not have to the nearest that it has, and of the soft grounds and tints of other themes
little is left there. The grounds are bare; what is focused, found or selected stands on a strong one.
"""

from textual.theme import Theme

_WORDS = ("primary", "secondary", "accent", "success", "warning", "error")


def _theme(name: str, dark: bool, ground: str, text: str, colours: str, focused: str, at: tuple[str, str]) -> Theme:
    """``colours``: primary secondary accent success warning error; ``at``: the cursor's text and ground."""
    named = dict(zip(_WORDS, colours.split(), strict=True))
    return Theme(
        name=name,
        dark=dark,
        background=ground,
        surface=ground,
        panel=ground,
        boost=ground,
        foreground=text,
        variables={
            **{f"text-{name}": colour for name, colour in named.items()},
            "primary-muted": focused,
            "screen-selection-background": focused,
            "input-selection-background": focused,
            "block-cursor-foreground": at[0],
            "block-cursor-background": at[1],
            "footer-key-foreground": named["accent"],
            "scrollbar": "#555555",
            "scrollbar-background": ground,
        },
        **named,  # type: ignore[arg-type]
    )


DARK_16 = _theme(
    "sixteen-dark", True, "#000000", "#ffffff", "#55ffff #aaaaaa #55ffff #55ff55 #ffff55 #ff5555", "#0000aa",
    ("#000000", "#55ffff"),
)  # fmt: skip
LIGHT_16 = _theme(
    "sixteen-light", False, "#ffffff", "#000000", "#0000aa #555555 #0000aa #00aa00 #aa00aa #aa0000", "#55ffff",
    ("#ffffff", "#0000aa"),
)  # fmt: skip
FEW = ("standard", "windows")
"""As Rich names what such terminals can show."""
