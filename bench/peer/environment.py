"""Where the other program is installed: an environment of its own, which nothing of ours shares.

PENSTOCK_BENCH_PEER names its folder; without it, it is in the user's cache.
"""

import os
import subprocess
import sys
from pathlib import Path

from platformdirs import user_cache_path

from bench.figures import Unavailable

WANTED = "hermes-agent==0.19.0"
VARIABLE = "PENSTOCK_BENCH_PEER"


def folder() -> Path:
    named = os.environ.get(VARIABLE, "")
    return Path(named).expanduser() if named else user_cache_path("penstock", appauthor=False) / "bench-peer"


def python_of() -> Path:
    """The Python that has it. Raises Unavailable where there is none."""
    python = folder() / "bin" / "python"
    if not python.exists() or _fails(python, "-c", "import hermes_state"):
        raise Unavailable(f"{WANTED} is not installed in {folder()}: make bench-peer does that.")
    return python


def install() -> None:
    """Make it, unless it is there. Raises Unavailable: it cannot be had here."""
    python = folder() / "bin" / "python"
    if python.exists() and not _fails(python, "-c", "import hermes_state"):
        return
    for command in ([sys.executable, "-m", "venv", str(folder())], [str(python), "-m", "pip", "install", "-q", WANTED]):
        if said := _fails(*command):
            raise Unavailable(f"{WANTED} cannot be installed: {said}")


def _fails(*command: str | Path) -> str:
    """The last line that a failing command said; "" where it did not fail."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1] if done.returncode else ""
