"""The plots of days: heights, the line, grid, labels, and the day that stands out."""

from __future__ import annotations

import pytest

from server.web.plot import HEIGHT, WIDTH, Day, outlier, plot


def month(*figures: int) -> list[Day]:
    return [Day(day=f"2026-10-{place:02}", figure=one) for place, one in enumerate(figures, 1)]


def test_nothing_is_drawn_of_nothing() -> None:
    assert plot([]) is None
    assert plot(month(0, 0)) is None


def test_bars_the_line_and_the_grid_have_one_scale() -> None:
    drawn = plot([Day("2026-11-01", 10, 5), Day("2026-11-02", 0, 20), Day("2026-11-03", -3)])
    assert drawn is not None
    assert [(bar.height, bar.part) for bar in drawn.bars] == [
        (HEIGHT / 2, HEIGHT / 4),
        (0, HEIGHT),
        (0, 0),
    ]
    assert list(drawn.grid) == [(0, 20), (HEIGHT / 2, 10)]
    assert [point.split(",")[1] for point in drawn.line.split()] == ["112.5", "0.0", "150.0"]
    assert drawn.bars[-1].x + drawn.bars[-1].width < WIDTH


@pytest.mark.parametrize(
    ("most", "grid"), [(1, [2, 1]), (7, [10, 5]), (12, [20, 10]), (61, [100, 50])]
)
def test_the_grid_has_two_round_lines(most: int, grid: list[int]) -> None:
    drawn = plot(month(most, 0))
    assert drawn is not None
    assert [mark for _, mark in drawn.grid] == grid


def test_days_of_a_month_are_named_by_numbers_others_with_their_months() -> None:
    whole = plot(month(*[1] * 31))
    assert whole is not None
    assert [text for _, text in whole.labels] == ["1", "7", "14", "21", "28", "31"]
    short = plot(month(*[1] * 29))
    assert short is not None
    assert [text for _, text in short.labels] == ["1", "7", "14", "21", "29"]
    across = plot([Day("2026-10-31", 1), Day("2026-11-01", 1)])
    assert across is not None
    assert [text for _, text in across.labels] == ["31 Oct", "1 Nov"]


@pytest.mark.parametrize(
    ("figures", "place"),
    [
        ([100, 104, 98, 140, 138, 101, 99, 103, 400], 8),
        ([100, 104, 98, 140, 138, 101, 99, 103, 150], None),
        ([7] * 9, None),
        ([7] * 8 + [8], None),
        ([7] * 8 + [9], 8),
        ([1, 1, 900], None),
    ],
)
def test_a_day_far_above_the_others_stands_out(figures: list[int], place: int | None) -> None:
    assert outlier(figures) == place
