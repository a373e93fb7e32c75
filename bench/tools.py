"""What the tool room costs at start: its table alone, against (the yardstick) importing every tool that it names.

Each in a Python of its own that has loaded the standard library's and the language's share before, in turns.
``tools_modules`` counts the tools' own modules, and the libraries only they need, after ``import tui.screen``.
"""

import json
import subprocess
import sys

from bench.figures import Figure, figure

NAMES = ("tools_import", "tools_modules")

_IMPORT = """
import asyncio, json, time, tui.settings.config, tui.engine.workspace, tui.events, tui.tools.base
from importlib import import_module
began = time.perf_counter()
from tui.tools.catalog import Catalog
if EVERY:
    for spec in Catalog().specs():
        import_module(spec.module)
print(1000 * (time.perf_counter() - began))
"""
_COUNT = """
import sys, tui.program, tui.screen
from tui.tools.catalog import Catalog
libraries = ("pydantic", "httpx", "trafilatura", "lxml", "tree_sitter_bash", "tomlkit")
print(len({spec.module for spec in Catalog().specs()} & sys.modules.keys()) + sum(n in sys.modules for n in libraries))
"""


def measure(*, repeats: int = 9) -> dict[str, Figure]:
    """Milliseconds, and a count."""
    pairs = [(_run(_IMPORT, EVERY=False), _run(_IMPORT, EVERY=True)) for _ in range(repeats)]
    return {
        "tools_import": figure([ours for ours, _ in pairs], "ms", [theirs for _, theirs in pairs]),
        "tools_modules": figure([_run(_COUNT)], "modules"),
    }


def _run(code: str, **names: object) -> float:
    said = "".join(f"{name} = {value!r}\n" for name, value in names.items())
    done = subprocess.run([sys.executable, "-c", said + code], capture_output=True, text=True, check=True, timeout=60)
    return float(done.stdout)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
