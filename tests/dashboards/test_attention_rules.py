from decimal import Decimal

from dashboards.rules.attention import MOST, PersonSignal, RunSignal, StuckSignal, TeamSignal, findings

D = Decimal


def kam(
    name: str = "Li", now: str = "0.4", before: str = "0.6", closed: int = 20, coached: int | None = 5
) -> PersonSignal:
    return PersonSignal(name, name, D(now), D(before), closed, 20, 12, coached)


def kinds(**signals: object) -> list[str]:
    given: dict[str, object] = {"people": [], "teams": [], "stuck": None, "runs": []}
    return [found.kind for found in findings(**(given | signals))]  # type: ignore[arg-type]


def test_a_win_rate_that_fell_by_ten_points_needs_attention() -> None:
    assert kinds(people=[kam(now="0.50", before="0.60")]) == ["win_rate_fell"]
    assert kinds(people=[kam(now="0.51", before="0.60")]) == []


def test_a_fall_over_a_few_deals_is_chance() -> None:
    assert kinds(people=[kam(closed=9)]) == []


def test_somebody_who_sells_but_was_not_coached_for_a_month_needs_attention() -> None:
    assert kinds(people=[kam(now="0.6", coached=30)]) == ["not_coached"]
    assert kinds(people=[kam(now="0.6", coached=29)]) == []
    assert kinds(people=[kam(now="0.6", coached=None)]) == ["not_coached"]


def test_a_team_far_behind_its_pace_needs_attention() -> None:
    team = TeamSignal("east", "East", D("0.82"), D(116_000))
    assert kinds(teams=[team]) == ["behind_pace"]
    assert kinds(teams=[TeamSignal("west", "West", D("0.85"), D(1)), TeamSignal("x", "X", None, D(0))]) == []


def test_stuck_deals_count_once_they_are_a_large_share() -> None:
    assert kinds(stuck=StuckSignal(15, D(310_000), 100, "Melvin Marxen", 7)) == ["stuck_deals"]
    assert kinds(stuck=StuckSignal(14, D(310_000), 100, "Melvin Marxen", 7)) == []


def test_a_run_that_waits_is_never_crowded_out() -> None:
    many = [kam(f"Kam {n}") for n in range(20)]
    found = kinds(people=many, runs=[RunSignal("1", "2026-q3", 35, D(126_118))])

    assert len(found) == MOST
    assert found[-1] == "run_waits"


def test_the_worst_come_first() -> None:
    found = findings(
        people=[kam("A", before="0.55"), kam("B", before="0.8")],
        teams=[TeamSignal("east", "East", D("0.5"), D(1))],
        stuck=None,
        runs=[],
    )
    assert [(one.severity, one.key) for one in found] == [("bad", "B"), ("bad", "A"), ("careful", "east")]
