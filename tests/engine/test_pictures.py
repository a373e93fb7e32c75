"""Images that a prompt names: which names count, what is read, and where it ends."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripts import image
from tui.disk_file import MAX_IMAGE
from tui.engine.calls.bridge import Threads
from tui.engine.window import pictures
from tui.errors import UsageError
from tui.messages import ImagePart

PNG = base64.b64decode(image().data)


@pytest.fixture
async def threads() -> AsyncIterator[Threads]:
    bridge = Threads()
    yield bridge
    await bridge.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a b.png").write_bytes(PNG)
    (tmp_path / "c.GIF").write_bytes(b"GIF89a" + b"\0" * 20)
    (tmp_path / "d.jpg").write_bytes(b"RIFF\0\0\0\0WEBP")
    (tmp_path / "e.png").write_text("words")
    return tmp_path


async def test_images_go_along_in_their_order_by_what_is_in_them(folder: Path, threads: Threads) -> None:
    found = await pictures.read_images(folder, "[image: d.jpg] and [image: a b.png]\n[image: c.GIF]", threads)
    assert [part.media_type for part in found] == ["image/webp", "image/png", "image/gif"]
    assert await pictures.read_images(folder, "none, [image:] and [image: \n]", threads) == ()


@pytest.mark.parametrize("name", ["e.png", "gone.png", ".", "/dev/zero", "~nobody-of-that-name/x.png"])
async def test_what_is_no_image_stops_the_prompt_and_is_said(folder: Path, threads: Threads, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        await pictures.read_images(folder, f"[image: {name}]", threads)
    assert "[image: ...]" in caught.value.hint
    (fact,) = await pictures.look(folder, f"[image: {name}]", threads)
    assert fact.problem


async def test_an_image_that_is_known_is_taken_where_its_file_is_gone(folder: Path, threads: Threads) -> None:
    known = {"gone.png": image(), "a b.png": ImagePart(media_type="image/gif", data="")}
    found = await pictures.read_images(folder, "[image: gone.png] [image: a b.png]", threads, known)
    assert [part.media_type for part in found] == ["image/png", "image/png"], "a file that is there comes first"


async def test_there_is_an_end_to_how_many_and_how_large(folder: Path, threads: Threads) -> None:
    with pytest.raises(UsageError, match="11 images"):
        await pictures.read_images(folder, "[image: a b.png]" * 11, threads)
    (folder / "large.png").write_bytes(PNG + b"\0" * MAX_IMAGE)
    with pytest.raises(UsageError, match="is the most"):
        await pictures.read_images(folder, "[image: large.png]", threads)
    (folder / "big.png").write_bytes(PNG + b"\0" * (MAX_IMAGE - 100))
    with pytest.raises(UsageError, match="go along at most"):
        await pictures.read_images(folder, "[image: big.png]" * 5, threads)


@pytest.mark.parametrize(
    ("said", "marks"),
    [
        ("a b.png", "[image: a b.png]"),
        ("'a b.png' c.GIF", "[image: a b.png] [image: c.GIF]"),
        ("a\\ b.png", "[image: a b.png]"),
        ("@a b.png", "[image: a b.png]"),
        ("file://{folder}/a%20b.png", "[image: {folder}/a b.png]"),
        ("c.GIF e.png", ""),
        ("look at c.GIF", ""),
        ("gone.png", ""),
        ("it's", ""),
        ("", ""),
        ("README.md", ""),
    ],
)
async def test_only_names_of_images_that_are_there_become_marks(
    folder: Path, threads: Threads, said: str, marks: str
) -> None:
    found = await pictures.marked(folder, said.format(folder=folder), threads)
    assert found == marks.format(folder=folder)


@given(st.text())
def test_any_text_can_be_asked_for_its_names(text: str) -> None:
    assert all(name.lower().endswith(pictures.IMAGE_NAMES) for name in pictures._names(text))
    assert all("]" not in name for name in pictures.named(text))


@pytest.mark.parametrize("name", ["a]b.png", "a\nb.png", "a\x1bb.png"])
def test_a_name_that_cannot_stand_in_a_prompt_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        pictures.mark(name)
