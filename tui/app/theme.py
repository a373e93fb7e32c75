"""The two house themes. Every colour on screen comes from a theme's variables, so any other theme works too."""

from textual.theme import Theme

DARK = Theme(
    name="penstock-dark",
    primary="#5b9dd9",
    secondary="#7f8fa6",
    accent="#4fc1c0",
    foreground="#d7dce2",
    background="#14181d",
    surface="#1a1f26",
    panel="#232a33",
    success="#7fc27a",
    warning="#e0b050",
    error="#e5707a",
    dark=True,
    variables={"primary-muted": "#263c54", "footer-key-foreground": "#4fc1c0"},
)
LIGHT = Theme(
    name="penstock-light",
    primary="#1f5f9e",
    secondary="#5b6675",
    accent="#00716f",
    foreground="#1d232b",
    background="#fbfbf9",
    surface="#f2f2ee",
    panel="#e6e7e3",
    success="#2b7a2e",
    warning="#8a5a00",
    error="#b3202e",
    dark=False,
    variables={"primary-muted": "#cfe0f1", "footer-key-foreground": "#00716f"},
)
HOUSE = (DARK, LIGHT)
