"""Keys in their long form: how xterm, and tmux with ``extended-keys on``, tell shift+enter from enter.

They are asked for by xterm's modifyOtherKeys (``ON``); Textual asks in kitty's way alone, and reads only what comes in
that. Here xterm's form becomes kitty's, and what was no more than typing becomes what it always was: ``A`` for shift
and a, a control character for ctrl and a letter.
"""

import re

ON, OFF = "\x1b[>4;2m", "\x1b[>4m"
_LONG = re.compile(r"\x1b\[(?:27;(?P<mods>\d{1,3});(?P<code>\d{1,7})~|(?P<code_u>\d{1,7});(?P<mods_u>\d{1,3})u)")
BEGUN = r"\[\d{1,7}(?:;\d{0,7}){0,2}"
"""What it looks like, behind its escape, where it is cut in two."""
_SHIFT, _ALT, _CTRL = 1, 2, 4
_SAME = "im"
"""With ctrl these letters are tab and enter."""
_ERASE = (8, 127)


def shortened(text: str) -> str:
    """``text`` as it came from the terminal, without the long form that Textual does not read."""
    return _LONG.sub(_one, text) if "\x1b[" in text else text


def _one(found: re.Match[str]) -> str:
    code = int(found["code"] or found["code_u"])
    held = int(found["mods"] or found["mods_u"]) - 1
    if code > 0x10FFFF or held < 0:
        return found[0]
    char = chr(code)
    if held == _SHIFT and code in _ERASE:
        return "\x7f"
    if held in (0, _SHIFT) and char.isprintable():
        return char
    if held == _CTRL and char.isascii() and char.islower() and char not in _SAME:
        return chr(code & 0x1F)
    if held & _SHIFT and char.isprintable() and not char.isspace():
        if not char.isalpha():
            held -= _SHIFT  # it is in the character
        char = char.lower()
    return f"\x1b[{ord(char)};{held + 1}u"
