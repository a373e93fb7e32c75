"""Images that a person's prompt names: ``[image: diagram.png]`` in its text goes along as what is in that file.

The mark stays in the text, so a draft, an edit of a queued prompt and the history hold an image without knowing of
any, and the model reads which image is which. The files are read when the prompt is sent, in a thread.
"""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tui.disk_file import IMAGE_NAMES, read_image
from tui.errors import ToolError, UsageError
from tui.messages import ImagePart
from tui.tools.base import Bridge
from tui.value import value

MOST = 10
"""Images in one prompt."""
MOST_BYTES = 20_000_000
"""Of all its images: requests of more are refused by providers."""
_MARK = re.compile(r"\[image: ([^\]\n]+)\]")
_LONGEST = 4_000
"""Characters of what may be names of files."""


@value
class Named:
    """An image that a prompt names: the bytes of its file, or ``problem`` says why it cannot go along."""

    name: str
    size: int = 0
    problem: str = ""


def mark(name: str) -> str:
    """How a prompt names an image. Raises UsageError for a name that cannot stand in a prompt."""
    if "]" in name or not name.isprintable():
        raise UsageError(f"{name!r} cannot be named in a prompt.", hint="Give the file another name.")
    return f"[image: {name}]"


def named(text: str) -> list[str]:
    """The files of the images in a prompt, in their order."""
    return _MARK.findall(text)


async def read_images(
    folder: Path, text: str, bridge: Bridge, known: Mapping[str, ImagePart] | None = None
) -> tuple[ImagePart, ...]:
    """The images that ``text`` names, relative to ``folder``. ``known`` are used where a file is gone.

    Raises:
        UsageError: one cannot be read, or they are too many or too much.
    """
    names = named(text)
    if len(names) > MOST:
        raise UsageError(f"The prompt has {len(names)} images; {MOST} go along at most.", hint="Send some of them.")
    found = []
    for name in names:
        try:
            image, _ = await bridge.run(read_image, _path(folder, name))
        except ToolError as error:
            if known is None or name not in known:
                hint = "Take it out of the prompt; in other words than [image: ...] a file is only named."
                raise UsageError(str(error), hint=hint) from error
            image = known[name]
        found.append(image)
    size = sum(len(image.data) * 3 // 4 for image in found)
    if size > MOST_BYTES:
        raise UsageError(
            f"The images have {size:,} bytes; {MOST_BYTES:,} go along at most.",
            hint="Send some of them, or smaller ones.",
        )
    return tuple(found)


async def look(folder: Path, text: str, bridge: Bridge) -> list[Named]:
    """What would go along with ``text``, and what could not."""
    return await bridge.run(_look, folder, named(text))


async def marked(folder: Path, text: str, bridge: Bridge) -> str:
    """``text`` as marks, where it consists of names of images that are there: a dropped file, or ``@diagram.png``.

    "" for all other text.
    """
    names = _names(text)
    return await bridge.run(_marks, folder, names) if names else ""


def _look(folder: Path, names: list[str]) -> list[Named]:
    found = []
    for name in names:
        try:
            found.append(Named(name=name, size=read_image(_path(folder, name))[1]))
        except ToolError as error:
            found.append(Named(name=name, problem=str(error)))
    return found


def _marks(folder: Path, names: list[str]) -> str:
    marks = []
    for name in names:
        try:
            read_image(_path(folder, name))
            marks.append(mark(name))
        except (ToolError, UsageError):
            return ""
    return " ".join(marks)


def _names(text: str) -> list[str]:
    """Names that look like images': quoted, with escaped spaces, or as ``file://``, as terminals drop them."""
    if len(text) > _LONGEST:
        return []
    try:
        words = [text[1:]] if text.startswith("@") else shlex.split(text)
    except ValueError:
        return []
    if not all(_plain(word).lower().endswith(IMAGE_NAMES) for word in words):
        words = [text]  # a name with bare spaces
    found = [_plain(word) for word in words]
    return found if all(name.lower().endswith(IMAGE_NAMES) for name in found) else []


def _plain(word: str) -> str:
    if not word.startswith("file://"):
        return word
    try:
        return unquote(urlsplit(word).path)
    except ValueError:
        return word


def _path(folder: Path, name: str) -> Path:
    try:
        return Path(folder, Path(name).expanduser())
    except RuntimeError:  # ~somebody who is not there
        return Path(folder, name)
