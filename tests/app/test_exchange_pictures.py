"""Pictures of a session that was imported, and of the list to choose one from, in two sizes and both themes."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.stage import NOON, Clock, opened_app
from tests.store.bringing import CLAUDE, CODEX, OLD_CODEX
from widgets.picker import Picker

SIZES = pytest.mark.parametrize(
    ("size", "theme"), [((80, 24), "penstock-dark"), ((120, 40), "penstock-light")], ids=["80x24", "120x40"]
)


@SIZES
async def test_an_imported_session(
    home: Path, monkeypatch: pytest.MonkeyPatch, snap: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    Clock().freeze(monkeypatch)
    async with opened_app(home, size=size, theme=theme) as stage:
        first = stage.session.id
        await stage.send(f"/import {CODEX}")
        await stage.until(lambda: stage.session.id != first)
        await stage.until(lambda: "Heard" in stage.app.export_screenshot() and stage.app._notifications)
        stage.app.clear_notifications()
        await stage.until(lambda: not stage.app._notifications)
        await stage.drawn()
        assert snap(stage.app)


@SIZES
async def test_what_there_is_to_import(
    home: Path, monkeypatch: pytest.MonkeyPatch, snap: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    Clock().freeze(monkeypatch)
    for number, (file, folder) in enumerate(((CLAUDE, ".claude/projects/mill"), (CODEX, ".codex/sessions/2026"))):
        (home / folder).mkdir(parents=True)
        os.utime(shutil.copy(file, home / folder), (NOON, NOON - 3600 * number))
    os.utime(shutil.copy(OLD_CODEX, home / ".codex/sessions/2026"), (NOON, NOON - 86400))
    async with opened_app(home, size=size, theme=theme) as stage:
        await stage.send("/import")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.until(lambda: "Count&#160;the&#160;trees." in stage.app.export_screenshot())
        await stage.drawn()
        assert snap(stage.app)
