"""Whatever an event carries comes back as it was."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.histories import EVENTS, values
from tui.errors import StoreDamaged, StoreError
from tui.events import PartDelta, PartEnded, SessionEvent, SessionForked, ToolEnded, ToolOutcome
from tui.messages import ImagePart, TextPart, ToolCallPart
from tui.store import codec


def there_and_back(event: SessionEvent) -> SessionEvent:
    kind, version, body, blobs = codec.encode(event)
    body.encode()  # SQLite takes nothing else
    return codec.decode(kind, version, body, {blob.hash: blob for blob in blobs}.__getitem__)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_event_comes_back_as_it_was(kind: type, data: Any) -> None:
    event = data.draw(values(kind))
    assert there_and_back(event) == event
    plain = json.loads(json.dumps(codec.to_plain(event), ensure_ascii=False).encode())
    assert codec.from_plain(*plain) == event


def test_two_lone_surrogates_do_not_become_one_character() -> None:
    event = PartDelta(part_id="p", text="\ud83d\ude00")
    back = there_and_back(event)
    assert isinstance(back, PartDelta)
    assert [ord(character) for character in back.text] == [0xD83D, 0xDE00]


def test_a_string_over_64_kb_is_kept_once_beside_the_event() -> None:
    text = "ä" * (codec.BLOB_BYTES // 2 + 1)
    event = ToolEnded(call_id="c", outcome=ToolOutcome.OK, text=text, images=(ImagePart(media_type="a", data=text),))
    encoded = codec.encode(event)
    assert len(encoded.body) < 1000
    assert {blob.size for blob in encoded.blobs} == {len(text.encode())}
    assert len({blob.hash for blob in encoded.blobs}) == 1
    assert there_and_back(event) == event


def test_a_string_of_64_kb_stays_in_the_event() -> None:
    assert codec.encode(PartDelta(part_id="p", text="a" * codec.BLOB_BYTES)).blobs == ()


def test_text_that_looks_like_a_reference_is_only_text() -> None:
    text = '{"$blob":"0"}'
    event = PartEnded(part_id="p", part=ToolCallPart(call_id="c", name="n", arguments=text))
    assert there_and_back(event) == event


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(StoreError, match="kind PartSung, version 1"):
        codec.from_plain("PartSung", 1, {})


def test_a_newer_version_is_refused_by_name() -> None:
    with pytest.raises(StoreError, match="kind SessionForked, version 2"):
        codec.from_plain("SessionForked", 2, {})


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"parent":"a","through_seq":1,"more":1}', '"x"'])
def test_a_body_that_is_not_ours_is_damage(body: str) -> None:
    with pytest.raises(StoreDamaged, match="SessionForked"):
        codec.decode("SessionForked", 1, body, {}.__getitem__)


def test_a_damaged_blob_is_not_taken_for_text() -> None:
    (blob,) = codec.encode(PartDelta(part_id="p", text="a" * 100_000)).blobs
    for data in (blob.data[:-1], codec.compress(b"other"), b""):
        with pytest.raises(StoreDamaged, match=blob.hash[:12]):
            codec.Blob(hash=blob.hash, size=blob.size, encoding="zlib", data=data).text()


def test_an_old_version_is_upgraded_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    upgrades = (lambda plain: {"parent": plain["from"], "through_seq": plain["seq"]},)
    monkeypatch.setattr(codec, "UPGRADES", {"SessionForked": upgrades})
    assert codec.from_plain("SessionForked", 1, {"from": "a", "seq": 3}) == SessionForked(parent="a", through_seq=3)


@given(text=values(str))
def test_the_weight_of_an_event_is_about_its_text(text: str) -> None:
    for event in (PartDelta(part_id="p", text=text), PartEnded(part_id="p", part=TextPart(text=text))):
        assert len(text) <= codec.weight(event) <= 4 * len(text) + 1000
