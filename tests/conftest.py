"""What every test stands on: a home of its own, no keys, pictures in one place, quick or long.

Variables that would change what is drawn or spoken to are cleared while this file is imported, because Textual
reads some of them at its own import. Folders are set for each test, so none sees another's store
and no login, config file or history of the person who runs the tests is ever found.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from pytest_textual_snapshot import SVGImageExtension
from textual.app import App

TESTS = Path(__file__).resolve().parent
PICTURES = TESTS.parent / "snapshots"
LONG = os.environ.get("PENSTOCK_LONG") == "1"

_CLEARED = ("TEXTUAL", "ANTHROPIC", "OPENAI", "PENSTOCK")
_CLEARED_ENDINGS = ("_API_KEY", "_BASE_URL", "_AUTH_TOKEN", "_PROXY", "_proxy")
_CLEARED_NAMES = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "COLUMNS", "LINES")

_KEPT = ("TEXTUAL_SNAPSHOT", "PENSTOCK_LONG")  # for the test run's own processes, which inherit what is left here

for _name in list(os.environ):
    if _name.startswith(_KEPT):
        continue
    if _name.startswith(_CLEARED) or _name.endswith(_CLEARED_ENDINGS) or _name in _CLEARED_NAMES:
        del os.environ[_name]

os.environ["COLORTERM"] = "truecolor"  # pictures have all their colours, whatever terminal the tests run in

settings.register_profile("quick", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", settings.get_profile("quick"), max_examples=1000)
settings.load_profile("long" if LONG else "quick")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not LONG:
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="long: runs in `make test-long`"))


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, which ``~``, the XDG folders and PENSTOCK_HOME lead to. Child processes inherit it."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("PENSTOCK_HOME", str(folder / "penstock"))
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(folder / f".{name.lower()}"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return folder


class Picture(SVGImageExtension):
    """Keeps a test module's pictures in ``snapshots/<room>/<module>/`` instead of beside the module.

    The folder is spelled starting from the test's own folder (``tests/app/../../snapshots/...``): to find
    the pictures that a run of some tests owns, syrupy looks for the test's folder in the path, and with an
    absolute one ``--snapshot-update`` of a single test would delete the pictures of all others.
    """

    file_extension = "svg"

    @classmethod
    def dirname(cls, *, test_location: Any) -> str:
        module = Path(test_location.filepath)
        pictures = PICTURES / module.relative_to(TESTS).with_suffix("")
        return os.path.join(module.parent, os.path.relpath(pictures, module.parent))


@pytest.fixture
def snapshot(snapshot: Any) -> Any:
    """Also ``snap_compare``, which asks for the plain SVG extension by name, gets ours."""
    choose = snapshot.use_extension

    def use_extension(extension_class: Any = None) -> Any:
        return choose(Picture if extension_class is SVGImageExtension else extension_class)

    snapshot.use_extension = use_extension
    return snapshot


@pytest.fixture
def snap(snapshot: Any) -> Callable[..., bool]:
    """Compare a running app's screen with its picture: ``assert snap(app)``, ``assert snap(app, "zoomed")``."""
    pictures = snapshot.use_extension(Picture)

    def matches(app: App[Any], name: str | None = None) -> bool:
        drawn = app.export_screenshot(title=app.title, simplify=True)
        return (pictures if name is None else pictures(name=name)) == drawn

    return matches
