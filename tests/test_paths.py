"""Where things are found: PENSTOCK_HOME, the platform's folders, the work tree around a folder, and no guesses."""

import os
import stat
import sys
from pathlib import Path

import pytest

from tui.errors import StoreError, UsageError
from tui.paths import config_path, current_folder, data_folder, make_data_folder, store_path, workspace_root


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of the test."""
    here = Path(os.path.realpath(tmp_path)) / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


def test_penstock_home_holds_the_store_and_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_HOME", str(tmp_path / "mine"))
    assert (data_folder(), store_path(), config_path()) == (
        tmp_path / "mine",
        tmp_path / "mine" / "penstock.db",
        tmp_path / "mine" / "config.toml",
    )


def test_penstock_home_may_be_relative_or_in_the_home_folder(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_HOME", "kept")
    assert data_folder() == folder / "kept"
    monkeypatch.setenv("PENSTOCK_HOME", "~/kept")
    assert data_folder() == home / "kept"


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS knows no XDG folders")
def test_without_penstock_home_they_are_in_the_platforms_folders(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_HOME", "")
    assert store_path() == home / ".data" / "penstock" / "penstock.db"
    assert config_path() == home / ".config" / "penstock" / "config.toml"
    for name in ("DATA", "CONFIG"):
        monkeypatch.delenv(f"XDG_{name}_HOME")
    assert store_path() == home / ".local" / "share" / "penstock" / "penstock.db"
    assert config_path() == home / ".config" / "penstock" / "config.toml"


def test_asking_where_things_are_makes_nothing(home: Path) -> None:
    for place in (store_path(), config_path(), data_folder()):
        assert not place.exists()
    assert not (home / "penstock").exists()


def test_the_data_folder_is_made_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_HOME", str(tmp_path / "a" / "b"))
    assert make_data_folder() == make_data_folder() == tmp_path / "a" / "b"
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


@pytest.mark.parametrize("below", ["file", "file/deeper/still"])
def test_a_file_in_the_place_of_the_data_folder_is_said_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    (tmp_path / "file").write_text("precious")
    monkeypatch.setenv("PENSTOCK_HOME", str(tmp_path / below))
    with pytest.raises(StoreError, match="a file stands in its place") as caught:
        make_data_folder()
    assert str(tmp_path / below) in str(caught.value) and "PENSTOCK_HOME" in caught.value.hint
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_folder_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o500)
    for place, why in ((tmp_path, "not writable"), (tmp_path / "new", "Permission denied")):
        monkeypatch.setenv("PENSTOCK_HOME", str(place))
        with pytest.raises(StoreError, match=why):
            make_data_folder()
    tmp_path.chmod(0o700)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_a_home_where_nothing_can_be_made_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_HOME", "/proc/penstock")
    with pytest.raises(StoreError, match="/proc/penstock"):
        make_data_folder()


def test_the_current_folder_is_named_by_its_real_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "link").symlink_to(folder)
    monkeypatch.chdir(folder.parent / "link")
    monkeypatch.setenv("PWD", str(folder.parent / "link"))
    assert current_folder() == folder


def test_a_current_folder_that_was_deleted_is_said(folder: Path) -> None:
    folder.rmdir()
    with pytest.raises(UsageError, match="has been deleted") as caught:
        current_folder()
    assert "cd" in caught.value.hint


def test_a_relative_home_under_a_deleted_folder_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.rmdir()
    monkeypatch.setenv("PENSTOCK_HOME", "kept")
    with pytest.raises(UsageError, match="has been deleted"):
        data_folder()


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_the_workspace_is_the_git_work_tree_around_a_folder(folder: Path, kind: str) -> None:
    inner = folder / "a" / "b"
    inner.mkdir(parents=True)
    if kind == "folder":
        (folder / ".git").mkdir()
    else:
        (folder / ".git").write_text("gitdir: elsewhere\n")  # a worktree or a submodule
    assert workspace_root(inner) == workspace_root(folder) == folder


def test_the_nearest_work_tree_counts_and_without_one_the_folder_itself(folder: Path) -> None:
    inner = folder / "a"
    (inner / ".git").mkdir(parents=True)
    (folder / ".git").mkdir()
    assert workspace_root(inner) == inner
    (folder / ".git").rmdir()
    assert workspace_root(folder) == folder


def test_a_link_into_a_work_tree_leads_to_that_work_tree(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / "deep").mkdir()
    link = folder.parent / "link"
    link.symlink_to(folder / "deep")
    assert workspace_root(link) == folder


def test_the_whole_disk_is_no_workspace() -> None:
    with pytest.raises(UsageError, match="whole disk") as caught:
        workspace_root(Path("/"))
    assert "project" in caught.value.hint
