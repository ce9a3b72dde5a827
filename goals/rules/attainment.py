"""Attainment: how far a measure came towards its target. A ratio (1 is 100 %), never clipped."""

from decimal import Decimal


def attainment(actual: Decimal | None, target: Decimal | None, *, lower_is_better: bool) -> Decimal | None:
    """Of one result; None where there is no actual or no target.

    Higher is better: actual / target (SAP's formula), uncapped.
    Lower is better: the "Infor" formula 1 - (actual - target) / |target|; it stays defined and falls evenly, where
    target / actual would run away at small actuals. 52 days against a target of 50 attain 96 %, 40 days 120 %.
    Targets are above 0 by a constraint of the database, so nothing is divided by 0.
    source: plan semantics, section 17 "KPI scores". What is stored comes from the same formula set-based,
    `goals.services.compute_sql.ATTAINMENT`; a test holds the two together.
    """
    if actual is None or target is None:
        return None
    if lower_is_better:
        return 1 - (actual - target) / abs(target)
    return actual / target
