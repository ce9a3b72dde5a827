"""Who wins: ranks, thresholds, ties that are told."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from incentives.rules.ranking import Placed, all_who_reach, best_ranks

SCORES = st.dictionaries(
    st.integers(1, 50), st.decimals(0, 9, places=0, allow_nan=False, allow_infinity=False), max_size=20
)


def scores(**given_: str) -> dict[int, Decimal]:
    return {ord(name) - ord("a"): Decimal(value) for name, value in given_.items()}


def test_the_best_win_in_order() -> None:
    assert best_ranks(scores(a="3", b="9", c="5"), 2) == [Placed(1, 1, Decimal(9)), Placed(2, 2, Decimal(5))]


def test_where_lower_is_better_the_lowest_wins() -> None:
    assert [one.key for one in best_ranks(scores(a="3", b="9"), 1, lower_is_better=True)] == [0]


def test_a_shared_place_above_the_last_is_no_tie_to_decide() -> None:
    found = best_ranks(scores(a="9", b="9", c="5", d="1"), 3)

    assert [(one.key, one.place, one.is_tied) for one in found] == [(0, 1, False), (1, 1, False), (2, 3, False)]


def test_more_people_on_the_last_place_than_places_are_all_told_as_tied() -> None:
    found = best_ranks(scores(a="9", b="5", c="5", d="1"), 2)

    assert [(one.key, one.place, one.is_tied) for one in found] == [(0, 1, False), (1, 2, True), (2, 2, True)]


def test_everybody_at_the_threshold_or_above_wins() -> None:
    found = all_who_reach(scores(a="9", b="5", c="5", d="4"), Decimal(5))

    assert [(one.key, one.place, one.is_tied) for one in found] == [(0, 1, False), (1, 2, False), (2, 2, False)]
    assert all_who_reach(scores(a="1"), Decimal(5)) == []
    assert [one.key for one in all_who_reach(scores(a="1", b="6"), Decimal(5), lower_is_better=True)] == [0]


@given(SCORES, st.integers(1, 5))
def test_whoever_is_left_out_has_a_lower_score_than_each_winner(all_scores: dict[int, Decimal], places: int) -> None:
    found = best_ranks(all_scores, places)
    won = {one.key for one in found}

    assert len(won) == len(found) >= min(places, len(all_scores))
    if found:
        worst = min(one.score for one in found)
        assert all(score < worst for key, score in all_scores.items() if key not in won)
    untied = [one for one in found if not one.is_tied]
    assert len(untied) <= places
    assert (len(found) > places) == any(one.is_tied for one in found)


@given(SCORES, st.integers(1, 5))
def test_the_order_in_which_scores_come_does_not_matter(all_scores: dict[int, Decimal], places: int) -> None:
    turned = dict(reversed(all_scores.items()))

    assert best_ranks(all_scores, places) == best_ranks(turned, places)
