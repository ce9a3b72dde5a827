"""Which input suits a number: percent, money, a multiple or a bare number, where that follows another field."""

from collections.abc import Mapping, Sequence
from typing import Any

from incentives.rules.fields import Field, Grid, Values
from incentives.rules.fields import Number as NumberType
from incentives.rules.measures import ATTAINMENT, CREDITED, KPI, LOWEST_ATTAINMENT, TEAM_ATTAINMENT, TEAM_CREDITS

SHARE, MONEY, MULTIPLE, NUMBER = "share", "money", "multiple", "number"
Values_ = Mapping[str, Any]

_OF_MEASURE = {
    ATTAINMENT: SHARE,
    TEAM_ATTAINMENT: SHARE,
    LOWEST_ATTAINMENT: SHARE,
    CREDITED: MONEY,
    TEAM_CREDITS: MONEY,
}
_OF_BASIS = {"attainment": SHARE, "amount": MONEY}
_OF_RATES = {"target_pay": MULTIPLE, "base_rate": MULTIPLE, "credit": SHARE}
_OF_PAYS = {"share": SHARE, "money": MONEY}

_BOUNDS = {"from", "to", "at", "at_least", "below"}
_AXES = {"row_bounds": "row", "column_bounds": "column"}


def widget_of(field: Field, scopes: Sequence[Values_]) -> str:
    """The input for a field.

    scopes  the values of the object that the field is in, then of the objects around it
    """
    for scope in scopes:
        if (found := field.widget_for(scope)) != field.type.widget:
            return found
    kind = field.type
    if isinstance(kind, Values | Grid):
        kind = kind.of
    own = kind.widget
    return _following(field.name, scopes) or own if isinstance(kind, NumberType) else own


def _following(name: str, scopes: Sequence[Values_]) -> str | None:
    """By what the field stands for: a bound of a measure, a rate, a cell."""
    if name in _AXES:
        return unit_of_measure(scopes[0].get(_AXES[name]))
    for scope in scopes[:2]:
        if name in _BOUNDS:
            found = unit_of_measure(scope.get("measure")) or _chosen(_OF_BASIS, scope.get("basis"))
        elif name == "rate":
            found = _chosen(_OF_RATES, scope.get("rates"))
        elif name in {"pays", "cells"}:
            found = _chosen(_OF_PAYS, scope.get("pays"))
        else:
            return None
        if found:
            return found
    return None


def _chosen(units: Mapping[str, str], value: object) -> str | None:
    return units.get(value) if isinstance(value, str) else None


def unit_of_measure(measure: object) -> str | None:
    """The unit of what a measure gives; None where it is no measure."""
    if not isinstance(measure, Mapping):
        return None
    of = measure.get("of")
    if of == KPI:
        return SHARE if measure.get("read") == ATTAINMENT else NUMBER
    return _OF_MEASURE.get(of, NUMBER) if isinstance(of, str) and of else None
