"""Recordings by their names: where what providers say is kept, and what the model ``replay:FILE`` means.

Loads nothing: the command line and the directory of providers speak of recordings long before one is read.
"""

from pathlib import Path

from tui.errors import ConfigError
from tui.value import value

REPLAY = "replay:"
SPEED = "?speed="
FASTEST = "max"
MOST, LEAST = 1000.0, 0.1
_HINT = "replay:FILE plays it at its own pace, replay:FILE?speed=10 ten times as fast, ?speed=max without pauses."


@value
class Recording:
    """What all that providers say is written to: ``file``, or a file for each client in ``folder``.

    ``steps``: a list that says of each step which file it is in, "" for none. It is how a session finds its recording.
    """

    folder: str = ""
    file: str = ""
    steps: str = ""

    def path_for(self, number: int, name: str) -> Path:
        """Where the ``number``-th client writes: the file that was named, and beside it those of other providers."""
        if not self.file:
            return Path(self.folder, name)
        path = Path(self.file)
        return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


@value
class Reel:
    """A recording to be played: ``speed`` times as fast as it was, 0 for without any pause."""

    path: Path
    speed: float = 1.0


def is_replay(reference: str) -> bool:
    """Whether a model's name is that of a recording."""
    return reference.startswith(REPLAY)


def reel_of(reference: str) -> Reel:
    """What ``replay:FILE`` or ``replay:FILE?speed=10`` names. Raises ConfigError."""
    name, asked, speed = reference.removeprefix(REPLAY).partition(SPEED)
    if not name:
        raise ConfigError("A recording is named replay:FILE, and there is no file.", hint=_HINT)
    return Reel(path=Path(name).expanduser(), speed=_speed(speed) if asked else 1.0)


def _speed(text: str) -> float:
    if text == FASTEST:
        return 0.0
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not LEAST <= found <= MOST:
        raise ConfigError(f"{text!r} is no speed: {LEAST:g} to {MOST:g}, or {FASTEST}.", hint=_HINT)
    return found
