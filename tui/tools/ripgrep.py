"""Which files could hold a match, by ripgrep: it is many times faster than Python at saying no.

The lines themselves are found by Python in those files alone, so that with and without ripgrep they are the same.
A pattern is therefore made wider for ripgrep where the two engines differ: what must hold is that it finds every
file in which Python would find a line. What cannot be made wider so is not given to ripgrep.
"""

import json
import re
from pathlib import Path

from tui.tools.base import ToolContext
from tui.tools.child import run_child
from tui.tools.finder import MAX_FILE_BYTES, SKIPPED

MAX_NAMES = 60_000
"""Characters of names above which Python may as well walk: with so many files it soon has lines enough."""
_ANY = r"(?:.|(?-u:[\x80-\xff]){1,4})"  # ill-formed bytes, up to a whole character's, are one U+FFFD to Python
_LONGEST = 1000
_TOKENS = re.compile(
    r"(?P<open>\((?:\?:)?)|(?P<any>\.|\\[dDsSwW]|\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<edge>\^|\$|\\[bBAZ])|(?P<bar>[|)])"
    r"|(?P<times>(?:\{\d{1,3}(?:,\d{0,3})?\}|[*+?])\??(?!\+))|(?P<escaped>\\[^\w\s])"
    r"|(?P<plain>[\w \-/:;=<>@#%&!~'\",`}]|\{(?!\d+,?\d*\}|,\d*\}))|(?P<other>[^\x00-\x7f\ud800-\udfff\ufffd])",
    re.ASCII,
)


def widened(pattern: str, *, ignore_case: bool) -> str | None:
    """A pattern for ripgrep that matches wherever Python's does, or None."""
    parts, at = ["(?i)" if ignore_case else ""], 0
    while at < len(pattern) <= _LONGEST:
        token = _TOKENS.match(pattern, at)
        if token is None or (token["open"] == "(" and pattern.startswith("?", token.end())):
            return None
        at, text = token.end(), token[0]
        match token.lastgroup:
            case "open":
                parts.append("(?:")
            case "any":
                parts.append(_ANY)
            case "edge":
                parts.append("(?:)")
            case "plain":
                parts.append("[iI\u0130\u0131]" if ignore_case and text in "iI" else re.escape(text))
            case "other" if ignore_case:
                return None
            case _:
                parts.append(text)
    return "".join(parts) if at == len(pattern) else None


async def candidates(
    program: str, pattern: str, place: Path, ctx: ToolContext, *, everything: bool = False
) -> list[str] | None:
    """The names of the files below ``place`` in which a widened pattern matches, in the order of their parts.

    Folders of SKIPPED are passed by unless ``everything`` is asked for. None where ripgrep does not say, or says
    too much.
    """
    argv = [
        program, "--no-config", "--no-ignore", "--hidden", "--no-messages", "--color=never", "--encoding=none",
        "--files-with-matches", "--null", "--text", f"--max-filesize={MAX_FILE_BYTES}",
        *(() if everything else (f"--glob=!{name}/" for name in sorted(SKIPPED))),
    ]  # fmt: skip
    try:
        done = await run_child([*argv, "--regexp", pattern, "--", "."], ctx, cwd=place, keep=MAX_NAMES)
    except OSError:
        return None
    names = [name.removeprefix("./") for name in done.text.split("\0") if name]
    if done.code not in (0, 1) or done.cut or "\ufffd" in done.text or len(json.dumps(names)) > MAX_NAMES:
        return None
    return await ctx.bridge.run(_in_order, names)


def _in_order(names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: name.split("/"))
