"""Images in the prompt: from a pasted path or a completed name, shown before they are sent, sent by what they are."""

import base64
from pathlib import Path

import pytest
from textual import events

from tests.app.stage import AppModels, Stage, opened_app
from tests.scripts import Hold, image, scripted, text
from tui.messages import ImagePart, TextPart
from tui.providers.scripted import ScriptedProvider

PNG = base64.b64decode(image().data)


@pytest.fixture
def drawn(home: Path) -> Path:
    folder = home / "project" / "pictures of it"
    folder.mkdir(parents=True)
    (folder / "diagram.png").write_bytes(PNG)
    (home / "project" / "plan.png").write_bytes(PNG)
    return folder / "diagram.png"


async def paste(stage: Stage, said: str) -> None:
    stage.pane.prompt.focus()
    stage.pane.prompt.post_message(events.Paste(said))
    await stage.pilot.pause()


def note(stage: Stage) -> str:
    return " ".join(segment.plain for segment in (*stage.pane._note._left, *stage.pane._note._right))


def last_parts(provider: ScriptedProvider) -> tuple[object, ...]:
    return provider.requests[-1].messages[-1].parts


@pytest.mark.parametrize("how", ["plain", "quoted", "escaped", "address"])
async def test_a_dropped_path_becomes_an_image_that_goes_along(home: Path, drawn: Path, how: str) -> None:
    said = {
        "plain": str(drawn), "quoted": f"'{drawn}'", "escaped": str(drawn).replace(" ", r"\ ") + " ",
        "address": "file://" + str(drawn).replace(" ", "%20"),
    }[how]  # fmt: skip
    _, provider = scripted([text("A pump.")])
    async with opened_app(home, models=AppModels({"scripted": provider})) as stage:
        await stage.type("What is this? ")
        await paste(stage, said)
        await stage.until(lambda: stage.pane.prompt.value.strip() == f"What is this? [image: {drawn}]")
        await stage.until(lambda: "image 1: diagram.png" in note(stage))
        assert "sees no images" not in note(stage)
        await stage.press("enter")
        await stage.rested()
        words, picture = last_parts(provider)
        assert isinstance(words, TextPart) and words.text.startswith("What is this?")
        assert picture == ImagePart(media_type="image/png", data=image().data)
        assert stage.pane.prompt.value == "" and not stage.pane._note.display


async def test_a_completed_name_becomes_an_image(home: Path, drawn: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.type("Look: @plan")
        await stage.until(lambda: stage.pane.prompt._list_open)
        await stage.press("tab")
        await stage.until(lambda: stage.pane.prompt.value == "Look: [image: plan.png] ")
        await stage.press("backspace", "backspace")
        assert stage.pane.prompt.value == "Look: ", "an image goes as a whole"
        await stage.until(lambda: not stage.pane._note.has_class("-open"))


async def test_a_path_that_names_no_image_stays_text(home: Path, drawn: Path) -> None:
    liar = home / "project" / "liar.png"
    liar.write_text("no image")
    async with opened_app(home, [text("Yes.")]) as stage:
        await paste(stage, str(liar))
        await paste(stage, " /nowhere/x.png")
        await stage.press("enter")
        await stage.rested()
        assert stage.session.state.turns[0].items[0].text == f"{liar} /nowhere/x.png"  # type: ignore[union-attr]


async def test_an_image_that_cannot_be_read_is_said_and_nothing_is_sent(home: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.type("See [image: gone.png]")
        await stage.until(lambda: "cannot go along" in note(stage))
        await stage.press("enter")
        await stage.until(lambda: stage.app._notifications)
        assert stage.pane.prompt.value == "See [image: gone.png]"
        assert not stage.session.state.turns and not stage.session.state.outbox


async def test_it_is_said_before_sending_that_a_model_sees_no_images(home: Path, drawn: Path) -> None:
    _, provider = scripted([text("Yes.")])
    async with opened_app(home, models=AppModels({"scripted": provider}, sees=False)) as stage:
        await stage.type("See [image: plan.png]")
        await stage.until(lambda: "this model sees no images" in note(stage))


async def test_the_command_names_an_image_or_says_why_it_is_none(home: Path, drawn: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.send("/image pictures of it/diagram.png")
        await stage.until(lambda: stage.pane.prompt.value == "[image: pictures of it/diagram.png] ")
        stage.pane.prompt.value = ""
        await stage.send("/image README.md")
        await stage.until(lambda: any("no png, jpeg, gif or webp" in n.message for n in stage.app._notifications))
        assert stage.pane.prompt.value == ""


async def test_an_image_in_the_queue_is_kept_edited_and_taken_back_with_its_prompt(home: Path, drawn: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("a")], [text("b")]) as stage:
        await stage.send("Go")
        await hold.reached()
        await stage.send("See [image: plan.png]")
        await stage.until(lambda: stage.session.state.outbox)
        assert len(stage.session.state.outbox[0].images) == 1
        (home / "project" / "plan.png").unlink()
        await stage.press("alt+q", "e")
        await stage.type(" now")
        await stage.press("enter")
        await stage.until(lambda: stage.session.state.outbox[0].text == "See [image: plan.png] now")
        assert len(stage.session.state.outbox[0].images) == 1, "the file is gone, the image is not"
        await stage.press("alt+q", "x")
        await stage.until(lambda: stage.pane.prompt.value == "See [image: plan.png] now")
        await stage.press("enter")
        await stage.until(lambda: stage.session.state.outbox)
        assert len(stage.session.state.outbox[0].images) == 1
        await stage.press("alt+q", "e")
        stage.pane.prompt.value = "Never mind"
        await stage.press("enter")
        await stage.until(lambda: stage.session.state.outbox[0].text == "Never mind")
        assert stage.session.state.outbox[0].images == ()
        hold.release()
        await stage.rested(2)


async def test_what_is_typed_while_an_image_is_read_stays(home: Path, drawn: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.type("See [image: plan.png]")
        stage.pane.prompt.focus()
        stage.pane.send(stage.pane.prompt.value)
        stage.pane.send(stage.pane.prompt.value)  # impatient
        stage.pane.prompt.insert(" and more")
        await stage.rested()
        assert len(stage.session.state.turns) == 1 and not stage.session.state.outbox
        assert stage.pane.prompt.value == "See [image: plan.png] and more"
