"""Keys are taken out of text, however the text is cut, and nothing else is."""

import json
import random
import re
from base64 import b64encode
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.secrets import MOST_HELD, Masks, MaskStream

OWN = "my0wn/key+of=the.program"
_R = random.Random(7)


def letters(count: int, alphabet: str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") -> str:
    return "".join(_R.choices(alphabet, k=count - 2)) + "a7"


PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{letters(64)}\n{letters(64)}\n{letters(30)}==\n-----END RSA PRIVATE KEY-----"
JWT = f"eyJ{letters(30)}.eyJ{letters(60)}.{letters(43)}"
FORMS = {  # the text, and the part of it that must not be seen
    "sk-ant": (f"sk-ant-api03-{letters(80)}", None),
    "sk": (f"sk-{letters(48)}", None),
    "sk-proj": (f"sk-proj-{letters(20)}_{letters(20)}-{letters(20)}", None),
    "aws id": (f"AKIA{letters(16, 'ABCDEFGHIJKLMNOP234567').upper()}", None),
    "aws role": (f"ASIA{letters(16, 'ABCDEFGHIJKLMNOP234567').upper()}", None),
    "google": (f"AIza{letters(35)}", None),
    **{f"gh{one}": (f"gh{one}_{letters(36)}", None) for one in "pousr"},
    "github": (f"github_pat_{letters(22)}_{letters(59)}", None),
    "gitlab": (f"glpat-{letters(20)}", None),
    **{f"xox{one}": (f"xox{one}-{letters(12)}-{letters(24)}", None) for one in "abpr"},
    "hf": (f"hf_{letters(34)}", None),
    "npm": (f"npm_{letters(36)}", None),
    "pypi": (f"pypi-AgE{letters(120)}", None),
    "sendgrid": (f"SG.{letters(22)}.{letters(43)}", None),
    "stripe": (f"sk_live_{letters(24)}", None),
    "stripe restricted": (f"rk_live_{letters(24)}", None),
    "jwt": (JWT, None),
    "pem": (PEM, PEM.splitlines()[2]),
    "pem in json": (json.dumps(PEM)[1:-1], PEM.splitlines()[2]),
    "bearer": (f"Authorization: Bearer {(key := letters(40))}", key),
    "x-api-key": (f"x-api-key: {(key := letters(40))}", key),
    "in json": (json.dumps({"x-api-key": (key := letters(40))}), key),
    "in json in json": (json.dumps(json.dumps({"x-api-key": (key := letters(40))})), key),
    "url": ("postgres://me:pa55word@db.example.com/x", "pa55word"),
    "aws secret": (f"aws_secret_access_key = {(key := letters(20) + '/' + letters(19))}", key),
    "aws secret in json": (f'"SecretAccessKey": "{(key := letters(20) + "/" + letters(19))}"', key),
    "export": (f"export SOME_API_KEY={(key := letters(32))}", key),
    "env": (f"DB_PASSWORD='{(key := letters(20))}'", key),
    "own": (OWN, None),
    "own in base64": (b64encode(f"user:{OWN}".encode()).decode(), b64encode(OWN.encode()).decode()[3:-3]),
    "own in a url": ("?q=my0wn%2Fkey%2Bof%3Dthe.program", None),
}


@pytest.fixture(scope="module")
def masks() -> Masks:
    return Masks([OWN])


def streamed(masks: Masks, pieces: list[str]) -> str:
    stream = MaskStream(masks)
    return "".join([*map(stream.feed, pieces), stream.finish()])


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("around", ["{}", "first {} last", 'line\n"{}",\nline', "({})", "a={};", "\u2026{}\u2026"])
def test_each_known_form_is_masked_wherever_it_stands(masks: Masks, name: str, around: str) -> None:
    text, secret = FORMS[name]
    masked = masks.mask(around.format(text))
    assert (secret or text) not in masked
    assert (secret or text)[-12:] not in masked
    assert "[masked ~" in masked
    before, after = around.split("{}")
    assert masked.startswith(before)
    assert masked.endswith(after)


@pytest.mark.parametrize("name", FORMS)
def test_each_known_form_is_masked_in_any_three_chunks(masks: Masks, name: str) -> None:
    text = f"before {FORMS[name][0]} after"
    whole = masks.mask(text)
    places = range(len(text) + 1) if len(text) < 60 else sorted(_R.sample(range(len(text) + 1), 60))
    for first in places:
        for second in places:
            if first <= second:
                assert streamed(masks, [text[:first], text[first:second], text[second:]]) == whole
    assert streamed(masks, list(text)) == whole


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("sk-ant-api03-" + "a1" * 40, "sk-ant-\u2026[masked ~128]"),
        ("KEY=sk-ant-api03-" + "a1" * 40, "KEY=sk-ant-\u2026[masked ~128]"),
        ("https://me:secret@host/", "https://me:\u2026[masked ~8]@host/"),
        (OWN, "\u2026[masked ~32]"),
    ],
)
def test_what_is_left_says_what_it_was(masks: Masks, text: str, masked: str) -> None:
    assert masks.mask(text) == masked
    assert masks.mask(masked) == masked
    assert masks.mask(f"{text} {text}") == f"{masked} {masked}"


ORDINARY = (
    "disk-usage of the task-runner, sk-learn and risk-free-investment-opportunities-everywhere",
    "https://example.com:8080/path?x=1#y and http://localhost:3000",
    "the bearer of this letter, Bearer token required, basic authentication",
    "KEY = value; TOKEN=; SECRET=none PASSWORD=changeme API_KEY=${API_KEY} MONKEY=banana",
    "eyJ is how a JWT begins; ghp_ is how a token begins; AKIA too; hf_model npm_config_cache",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "commit 8f3a9c1d2b4e5f60718293a4b5c6d7e8f9012345, sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e88",
    "d3adb33f-1234-5678-9abc-def012345678 and sk_buff, SG.x",
    "keyboard.press_key(token_count=12345678901234567890)",
    "\u65e5\u672c\u8a9e \U0001f98a \0 \x1b[31m",
    "",
)  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY)
def test_text_without_secrets_is_left_alone(masks: Masks, text: str) -> None:
    assert masks.mask(text) is text
    assert streamed(masks, list(text)) == text


def test_our_own_code_and_pages_hold_no_secret(masks: Masks) -> None:
    root = Path(__file__).parent.parent
    for path in [*(root / "tui").rglob("*.py"), *(root / "widgets").rglob("*.py")]:
        text = path.read_text("utf-8")
        assert masks.mask(text) == text, path


SPLIT = st.lists(st.integers(0, 400), max_size=12)
PIECES = st.lists(
    st.one_of(
        st.sampled_from([text for text, _ in FORMS.values()]),
        st.sampled_from(ORDINARY),
        st.text(max_size=12),
        st.sampled_from([" ", "\n", "-", "sk-", "KEY=", "eyJ", "://", ":", "@", "-----BEGIN ", "Bearer ", '"', "."]),
    ),
    max_size=8,
)  # fmt: skip


@given(PIECES, SPLIT)
def test_a_stream_gives_what_the_whole_gives_however_it_is_cut(pieces: list[str], cuts: list[int]) -> None:
    masks, text = Masks([OWN, "another-key-of-ours"], extra=[r"user-\d+", "secret plan"]), "".join(pieces)
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    chunks = [text[first:last] for first, last in pairwise(places)]
    assert streamed(masks, chunks) == masks.mask(text)


@given(st.sampled_from(sorted(FORMS)), st.text(max_size=30), st.text(max_size=30), st.integers(1, 9))
def test_no_stream_shows_a_secret(name: str, before: str, after: str, size: int) -> None:
    text, secret = FORMS[name]
    whole = f"{before} {text} {after}"
    shown = streamed(Masks([OWN]), [whole[at : at + size] for at in range(0, len(whole), size)])
    assert (secret or text) not in shown


@given(st.text("abc xyz,.\n", max_size=200), st.integers(1, 20))
def test_ordinary_text_passes_at_once(text: str, size: int) -> None:
    stream = MaskStream(Masks([OWN]))
    for at in range(0, len(text), size):
        stream.feed(text[at : at + size])
        assert stream.held <= 12


@given(PIECES)
def test_json_stays_json(pieces: list[str]) -> None:
    masks, text = Masks([OWN]), "".join(pieces)
    for dumped in (
        json.dumps({"x": text}),
        json.dumps({"x": text}, ensure_ascii=False),
        json.dumps(json.dumps([text])),
    ):
        masked = json.loads(masks.mask(dumped))
        assert type(masked) is type(json.loads(dumped))


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("before", ["\n", "\t", "\x1b", '"', "\\n", "(", "\u2026"])
def test_a_secret_at_the_beginning_of_a_line_of_a_text_in_json_is_masked(masks: Masks, name: str, before: str) -> None:
    text, secret = FORMS[name]
    for dumped in (json.dumps(f"x{before}{text}"), json.dumps(json.dumps([f"x{before}{text}{before}"]))):
        masked = masks.mask(dumped)
        json.loads(masked)
        assert (secret or text) not in masked
        assert streamed(masks, [dumped[at : at + 5] for at in range(0, len(dumped), 5)]) == masked


HOSTILE = {
    "starts": "-eyJ" * 250_000, "dots": "eyJ." * 250_000, "sk": "sk-" * 330_000, "begin": "-----BEGIN " * 90_000,
    "keys": "-----BEGIN PRIVATE KEY-----" * 37_000, "urls": "://a:" * 200_000, "names": "KEY=" * 250_000,
    "one": "a" * 1_000_000, "bearer": "Bearer " * 140_000, "aws": "secret_access_key " * 55_000,
    "quotes": 'api-key"' * 120_000, "jwt": "eyJ" + "a" * 1_000_000, "at": "@:" * 500_000,
    "pem": PEM[:31] + "A" * 1_000_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_makes_it_slow_and_what_is_held_is_bounded(masks: Masks, name: str) -> None:
    text = HOSTILE[name]
    began = perf_counter()
    whole = masks.mask(text)
    assert perf_counter() - began < 5
    stream, out = MaskStream(masks), []
    for at in range(0, 100_000, 4096):
        out.append(stream.feed(text[at : at + 4096]))
        assert stream.held <= MOST_HELD
    assert whole.startswith("".join(out))
    assert perf_counter() - began < 15


def test_ordinary_text_costs_little(masks: Masks) -> None:
    text = ("2026-01-01 12:00:00 INFO the quick brown fox: GET /index.html 200 17 ms\n" * 20_000)[:1_000_000]

    def cost(work: object) -> float:
        times = []
        for _ in range(5):
            began = perf_counter()
            work(text)  # type: ignore[operator]
            times.append(perf_counter() - began)
        return min(times)

    assert cost(masks.mask) < 6 * cost(re.compile("[Zz]ebra").search)


@given(st.sampled_from(sorted(FORMS)), st.integers(0, 3000))
def test_a_secret_is_found_in_a_long_text_too(name: str, before: int) -> None:
    text, secret = FORMS[name]
    assert (secret or text) not in Masks([OWN]).mask(f"{'word ' * before}{text}{' word' * 3000}")


# --- what a person sets


def test_short_values_are_not_masked_for_they_may_be_any_word() -> None:
    assert Masks(["local", "", "  "]).mask("a local server") == "a local server"


def test_known_forms_can_be_left_to_themselves() -> None:
    text = f"{FORMS['sk-ant'][0]} {OWN}"
    assert Masks([OWN], known=False).mask(text) == f"{FORMS['sk-ant'][0]} \u2026[masked ~32]"
    assert Masks(known=False).mask(text) is text


def test_a_key_that_becomes_known_later_is_masked_from_then_on() -> None:
    masks = Masks()
    assert masks.mask(OWN) == OWN
    masks.add(OWN)
    assert masks.mask(OWN) == "\u2026[masked ~32]"


def test_expressions_of_the_person_see_lines_and_bounded_pieces_of_long_ones() -> None:
    masks = Masks(extra=[r"user-\d+", r"^top.*$"])
    text = f"user-17 x\ntop secret\n{'x' * 5000}user-18"
    assert masks.mask(text).splitlines()[:2] == ["\u2026[masked ~8] x", "\u2026[masked ~16]"]
    assert "user-18" not in masks.mask(text)
    assert streamed(masks, list(text)) == masks.mask(text)
