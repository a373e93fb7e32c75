"""The sixteen colours that programs print in. Textual's own are neon on dark; its yellow on light cannot be read."""

from rich.terminal_theme import TerminalTheme


def _theme(ground: str, text: str, normal: str, bright: str) -> TerminalTheme:
    """Black, red, green, yellow, blue, magenta, cyan and white, as they are and bright."""
    return TerminalTheme(
        _rgb(ground),
        _rgb(text),
        [_rgb(colour) for colour in normal.split()],
        [_rgb(colour) for colour in bright.split()],
    )


def _rgb(colour: str) -> tuple[int, int, int]:
    number = int(colour, 16)
    return number >> 16, number >> 8 & 255, number & 255


PRINTED_ON_DARK = _theme(
    "14171c", "dfe3e8",
    "66717f ff8088 8fd18a e5c07b 7ab3f5 d7a0f0 6fd0d0 d8dee6",
    "8a95a3 ffa0a6 b0e8aa ffe0a0 a5cfff e8c0ff a0ecec ffffff",
)  # fmt: skip
PRINTED_ON_LIGHT = _theme(
    "fbfbf9", "1f2328",
    "1f2328 a5222c 22662a 7a5200 1f5a9e 7d3a9c 0b6470 6a6f76",
    "5c636b b3303a 2f7537 855a00 2f6bb5 8f4bb0 1a7280 747a81",
)  # fmt: skip
