"""The row of facts: the important ones stay, and telling it never lays anything out."""

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from widgets.status_line import Segment, StatusLine, fit

segments = st.lists(st.builds(Segment, st.text(min_size=1, max_size=12), st.just(""), st.integers(0, 3)), max_size=5)


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield StatusLine()


@given(segments, segments, st.integers(1, 60))
def test_what_is_kept_fits_or_is_a_single_fact(left: list[Segment], right: list[Segment], width: int) -> None:
    kept_left, kept_right = fit(left, right, width)
    kept = kept_left + kept_right
    assert len(kept) >= min(1, len(left) + len(right))
    if len(kept) > 1:
        assert sum(segment.width for segment in kept) < width
    gone = [segment for segment in left + right if not any(segment is other for other in kept)]
    assert all(g.priority <= k.priority for g in gone for k in kept)


async def test_a_narrow_row_drops_the_least_important_facts_whole() -> None:
    async with Host().run_test(size=(30, 3)) as pilot:
        line = pilot.app.query_one(StatusLine)
        line.show(
            [Segment("model", priority=5), Segment("12,345 of 200,000", "dim", 1)], [Segment("running", priority=9)]
        )
        assert line.render_line(0).text.split() == ["model", "running"]


async def test_the_last_fact_is_cut_with_an_ellipsis() -> None:
    async with Host().run_test(size=(12, 3)) as pilot:
        line = pilot.app.query_one(StatusLine)
        line.show([Segment("運河の図面を描く")])
        assert line.render_line(0).text.strip() == "運河の図…"
        assert line.render_line(0).cell_length == 10  # inside the padding


async def test_text_from_outside_is_never_markup() -> None:
    async with Host().run_test(size=(60, 3)) as pilot:
        line = pilot.app.query_one(StatusLine)
        line.show([Segment("[@click=app.quit]x[/] [red]y")])
        assert "[@click=app.quit]x[/] [red]y" in line.render_line(0).text


async def test_a_new_fact_repaints_without_a_layout_and_an_old_one_does_nothing() -> None:
    async with Host().run_test(size=(60, 3)) as pilot:
        line = pilot.app.query_one(StatusLine)
        line.show([Segment("one")])
        await pilot.pause()
        layouts, repaints = line._layout_updates, 0
        refresh = line.refresh

        def counted(*args: object, **kwargs: object) -> StatusLine:
            nonlocal repaints
            repaints += 1
            assert not kwargs.get("layout")
            return refresh()

        line.refresh = counted  # type: ignore[method-assign,assignment]
        line.show([Segment("two")])
        line.show([Segment("two")])
        await pilot.pause()
        assert repaints == 1
        assert line._layout_updates == layouts
        assert "two" in line.render_line(0).text
