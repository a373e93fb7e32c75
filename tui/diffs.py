"""The difference of two texts as a unified diff, in bounded time whatever the texts are.

The standard library's comparison is cubic at worst: two files of ten thousand lines can take it minutes. Here what
both texts begin and end with is put aside, lines that stand once in both are taken for anchors, and only
the short stretches between are compared by the standard library, as far as a budget goes; what is beyond it is
shown as replaced. Such a diff may be longer than it need be. It is never wrong.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from tui.messages import DiffDisplay

DIFF_LINES = 20_000
DIFF_CHARS = 4_000_000
"""A diff of more lines or characters would fill the log: only the sizes are told."""
_NOT_COMPARED = (": too many to compare @@", ": not compared @@")
_STRETCH = 40_000
"""Lines times lines that the standard library compares at once."""
_BUDGET = 400_000
"""Lines times lines that it compares in all."""

Block = tuple[int, int, int]
"""Where equal lines begin in the one and in the other text, and how many they are."""


def diff_display(path: Path, cwd: Path, old: str | None, new: str | None) -> DiffDisplay:
    """The change from ``old`` to ``new`` (None: no file), three lines of context around each part of it."""
    name = str(path.relative_to(cwd) if path.is_relative_to(cwd) else path.relative_to(path.anchor))
    before, after = _split(old or ""), _split(new or "")
    heads = (
        "--- /dev/null" if old is None else f"--- a/{name}",
        "+++ /dev/null" if new is None else f"+++ b/{name}",
    )
    lines: list[str] = []
    room = DIFF_CHARS
    for line in _unified(before, after):
        lines.append(line)
        room -= len(line)
        if len(lines) > DIFF_LINES or room < 0:
            told = f"--- {name}\n+++ {name}\n@@ {len(before):,} lines become {len(after):,}{_NOT_COMPARED[0]}"
            return DiffDisplay(path=str(path), diff=told, created=old is None)
    diff = "\n".join((*heads, *lines)) if lines else ""
    return DiffDisplay(path=str(path), diff=diff, created=old is None)


def sizes_display(path: Path, cwd: Path, before: int, after: int, *, created: bool) -> DiffDisplay:
    """In place of a diff, for what is no text or too large: the bytes that it had and has."""
    name = str(path.relative_to(cwd) if path.is_relative_to(cwd) else path.relative_to(path.anchor))
    told = f"--- {name}\n+++ {name}\n@@ {before:,} bytes become {after:,}{_NOT_COMPARED[1]}"
    return DiffDisplay(path=str(path), diff=told, created=created)


def changed_lines(display: DiffDisplay) -> str:
    """``+2 -1 lines``, or the diff's own sentence where nothing was compared."""
    rest = display.diff.partition("\n@@")[2]
    if "\n" not in rest and rest.endswith(_NOT_COMPARED):
        return rest.partition(":")[0].strip()
    lines = rest.split("\n")
    return f"+{sum(line.startswith('+') for line in lines)} -{sum(line.startswith('-') for line in lines)} lines"


def _split(text: str) -> list[str]:
    """Lines with their ends. Only a newline ends one: a form feed or a lone CR is part of its line."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


class _Compared(SequenceMatcher[str]):
    """Opcodes that are known already, for the standard library to group."""

    def __init__(self, blocks: list[Block], before: int, after: int) -> None:
        super().__init__()
        self._codes: list[tuple[str, int, int, int, int]] = []
        i = j = 0
        for at_i, at_j, size in (*blocks, (before, after, 0)):
            if i < at_i or j < at_j:
                tag = "replace" if i < at_i and j < at_j else "delete" if i < at_i else "insert"
                self._codes.append((tag, i, at_i, j, at_j))
            i, j = at_i + size, at_j + size
            if size:
                self._codes.append(("equal", at_i, i, at_j, j))

    def get_opcodes(self) -> list[tuple[str, int, int, int, int]]:  # type: ignore[override]
        return self._codes


def _unified(before: list[str], after: list[str]) -> Iterator[str]:
    """The lines of a diff after its two heads."""
    if before == after:
        return
    for group in _Compared(_equal(before, after), len(before), len(after)).get_grouped_opcodes(3):
        i1, i2, j1, j2 = group[0][1], group[-1][2], group[0][3], group[-1][4]
        yield f"@@ -{_range(i1, i2)} +{_range(j1, j2)} @@"
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from _signed(" ", before[i1:i2])
            else:
                yield from _signed("-", before[i1:i2])
                yield from _signed("+", after[j1:j2])


def _range(start: int, stop: int) -> str:
    if stop - start == 1:
        return str(start + 1)
    return f"{start + (stop > start)},{stop - start}"


def _signed(sign: str, lines: list[str]) -> Iterator[str]:
    for line in lines:
        if line.endswith("\n"):
            yield sign + line[:-1]
        else:
            yield sign + line
            yield "\\ No newline at end of file"


# --- what is equal


def _equal(before: list[str], after: list[str]) -> list[Block]:
    """Blocks of equal lines, in order."""
    found: list[Block] = []
    left = _BUDGET
    stack = [(0, len(before), 0, len(after))]
    while stack:
        alo, ahi, blo, bhi = stack.pop()
        start = 0
        while alo + start < ahi and blo + start < bhi and before[alo + start] == after[blo + start]:
            start += 1
        if start:
            found.append((alo, blo, start))
            alo, blo = alo + start, blo + start
        end = 0
        while ahi - end > alo and bhi - end > blo and before[ahi - end - 1] == after[bhi - end - 1]:
            end += 1
        if end:
            ahi, bhi = ahi - end, bhi - end
            found.append((ahi, bhi, end))
        area = (ahi - alo) * (bhi - blo)
        if 0 < area <= min(_STRETCH, left):
            left -= area
            blocks = SequenceMatcher(None, before[alo:ahi], after[blo:bhi], autojunk=False).get_matching_blocks()
            found.extend((alo + i, blo + j, size) for i, j, size in blocks if size)
        elif area:
            stack.extend(_between(_anchors(before, after, alo, ahi, blo, bhi), alo, ahi, blo, bhi))
    return _joined(sorted(found))


def _between(
    anchors: list[tuple[int, int]], alo: int, ahi: int, blo: int, bhi: int
) -> Iterator[tuple[int, int, int, int]]:
    """The stretches that begin at each anchor, and the one before the first; none without an anchor."""
    if not anchors:
        return
    yield alo, anchors[0][0], blo, anchors[0][1]
    for (i, j), (next_i, next_j) in zip(anchors, (*anchors[1:], (ahi, bhi)), strict=True):
        yield i, next_i, j, next_j


def _anchors(before: list[str], after: list[str], alo: int, ahi: int, blo: int, bhi: int) -> list[tuple[int, int]]:
    """The longest run, in both orders, of lines that stand exactly once in both stretches."""
    here, there = Counter(before[alo:ahi]), Counter(after[blo:bhi])
    places = {after[j]: j for j in range(blo, bhi) if there[after[j]] == 1}
    ends: list[int] = []  # the least last place of a run of each length
    runs: list[int] = []  # and which pair it is
    pairs: list[tuple[int, int, int]] = []
    for i in range(alo, ahi):
        line = before[i]
        if here[line] == 1 and line in places:
            j = places[line]
            length = bisect_left(ends, j)
            pairs.append((i, j, runs[length - 1] if length else -1))
            ends[length : length + 1], runs[length : length + 1] = [j], [len(pairs) - 1]
    chain: list[tuple[int, int]] = []
    at = runs[-1] if runs else -1
    while at >= 0:
        i, j, at = pairs[at]
        chain.append((i, j))
    return chain[::-1]


def _joined(blocks: list[Block]) -> list[Block]:
    """Blocks that touch, as one."""
    joined: list[Block] = []
    for i, j, size in blocks:
        if joined and joined[-1][0] + joined[-1][2] == i and joined[-1][1] + joined[-1][2] == j:
            joined[-1] = (joined[-1][0], joined[-1][1], joined[-1][2] + size)
        else:
            joined.append((i, j, size))
    return joined
