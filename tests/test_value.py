"""``@value`` makes what ``@dataclass(frozen=True, slots=True, kw_only=True)`` makes, and costs less."""

import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.value import value


@value
class Ours:
    """A value."""

    number: int
    text: str = "x"
    items: tuple[int, ...] = ()
    made: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """The same by the standard decorator."""

    number: int
    text: str = "x"
    items: tuple[int, ...] = ()
    made: list[int] = field(default_factory=list)


@value
class Single:
    only: int


@value
class Nothing:
    pass


GIVEN = st.fixed_dictionaries(
    {"number": st.integers()},
    optional={"text": st.text(), "items": st.tuples(st.integers()), "made": st.lists(st.integers())},
)


@given(one=GIVEN, other=GIVEN)
def test_it_compares_and_prints_like_a_dataclass(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (Ours(**one) == Ours(**other)) == (Theirs(**one) == Theirs(**other))
    assert repr(Ours(**one)).replace("Ours", "Theirs") == repr(Theirs(**one))
    assert asdict(Ours(**one)) == asdict(Theirs(**one))
    assert replace(Ours(**one), number=7) == Ours(**{**one, "number": 7})
    assert pickle.loads(pickle.dumps(Ours(**one))) == copy.deepcopy(Ours(**one)) == Ours(**one)


def test_it_has_slots_defaults_of_its_own_and_no_place_for_anything_else() -> None:
    one, other = Ours(number=1), Ours(number=1)
    one.made.append(1)
    assert other.made == []
    assert not hasattr(one, "__dict__")
    assert [f.name for f in fields(one)] == [f.name for f in fields(Theirs)]
    for change in (lambda: setattr(one, "number", 2), lambda: delattr(one, "number"), lambda: setattr(one, "new", 2)):
        with pytest.raises(FrozenInstanceError):
            change()


@pytest.mark.parametrize("arguments", [{}, {"number": 1, "other": 2}])
def test_wrong_arguments_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Ours(**arguments)


def test_positions_are_refused() -> None:
    with pytest.raises(TypeError):
        Ours(1)  # type: ignore[misc]


def test_equal_values_are_one_in_a_set_and_other_classes_never_equal() -> None:
    assert {Single(only=1), Single(only=1)} == {Single(only=1)}
    assert Single(only=1) != Ours(number=1)
    assert Single(only=(1,)) != (1,)  # type: ignore[arg-type]
    assert Nothing() == Nothing() and repr(Nothing()) == "Nothing()"


def test_patterns_match_its_fields() -> None:
    match Ours(number=3, text="y"):
        case Ours(number=3, text=text):
            assert text == "y"
        case _:
            raise AssertionError("it has these fields")
