"""The sentences about awards and benefits, in the active language."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import EVERYONE, Role
from core import formats
from goals.models import Kpi
from goals.sources import SOURCES, source
from goals.values import text as kpi_text
from incentives.models_awards import Award, Benefit, BenefitGrant, Winner


def deciding_rule(award: Award) -> str:
    """Who wins, as it was published: one or two sentences."""
    return _sentences(_who_wins(award), _ties(award))


def _sentences(*sentences: str) -> str:
    """One after another, as the language sets them."""
    return ("" if formats.chinese() else " ").join(sentence for sentence in sentences if sentence)


def _who_wins(award: Award) -> str:
    if award.kind == Award.Kind.RULE:
        return _by_result(award)
    if award.kind == Award.Kind.VOTE:
        text = ngettext(
            "Whoever gets most votes wins. Everybody has one vote.",
            "The %(count)s people with most votes win. Everybody has one vote.",
            award.places,
        )
    else:
        text = ngettext(
            "Whoever is nominated by most colleagues wins.",
            "The %(count)s people nominated by most colleagues win.",
            award.places,
        )
    return text % {"count": award.places}


def _by_result(award: Award) -> str:
    kpi = award.kpi
    if kpi is None:
        return ""
    by_attainment = award.measure == Award.Measure.ATTAINMENT
    values = {"kpi": kpi.name, "count": award.places, "period": formats.period_label(award.period)}
    if award.rule == Award.Rule.THRESHOLD and award.threshold is not None:
        values["value"] = formats.percent(award.threshold) if by_attainment else kpi_text(kpi, award.threshold)
        text = (
            _("Everybody who attains %(value)s of the target in %(kpi)s, %(period)s, wins.")
            if by_attainment
            else _("Everybody who reaches %(value)s in %(kpi)s, %(period)s, wins.")
        )
    elif by_attainment:
        text = (
            _("The best attainment in %(kpi)s, %(period)s, wins.")
            if award.places == 1
            else _("The %(count)s best in attainment in %(kpi)s, %(period)s, win.")
        )
    else:
        text = (
            _("The best result in %(kpi)s, %(period)s, wins.")
            if award.places == 1
            else _("The %(count)s best results in %(kpi)s, %(period)s, win.")
        )
    return _sentences(formats.spaced(text % values), _least(award, kpi))


def _least(award: Award, kpi: Kpi) -> str:
    if award.least_base is None:
        return ""
    measure = source(kpi.source) if kpi.source in SOURCES else None
    term = (measure.denominator or measure.numerator).label if measure else ""
    values = {"base": formats.number(award.least_base), "term": term, "kpi": kpi.name}
    text = (
        _("Results that rest on fewer than %(base)s do not count: %(term)s.")
        if term
        else _("Results of %(kpi)s that rest on fewer than %(base)s do not count.")
    )
    return formats.spaced(text % values)


def _ties(award: Award) -> str:
    if award.kind == Award.Kind.RULE and award.rule == Award.Rule.THRESHOLD:
        return ""
    return _("Equal scores share a place; who shares the last one is decided at the confirmation, with the reason.")


def team_name(award: Award) -> str:
    return award.team.name if award.team else _("The whole company")


def takes_part(roles: list[str]) -> str:
    """'Everybody', or the roles by name."""
    if set(roles) >= {role.value for role in EVERYONE}:
        return _("Everybody")
    return formats.listed(str(Role(role).label) for role in roles)


def open_range(award: Award) -> str:
    return formats.day_range(award.starts, award.ends)


def score_text(award: Award, score: Decimal) -> str:
    """What the rule compared: '5 votes', '3 nominations', '$1.46 M', '112 %'."""
    if award.kind == Award.Kind.RULE and award.kpi is not None:
        by_attainment = award.measure == Award.Measure.ATTAINMENT
        return formats.percent(score) if by_attainment else kpi_text(award.kpi, score)
    count = int(score)
    if award.kind == Award.Kind.VOTE:
        return ngettext("%(count)s vote", "%(count)s votes", count) % {"count": count}
    return ngettext("%(count)s nomination", "%(count)s nominations", count) % {"count": count}


def by_whom(award: Award) -> str:
    """Who gave it, as the wall says."""
    match award.kind:
        case Award.Kind.RULE:
            text = _("By result, confirmed by %(name)s")
        case Award.Kind.VOTE:
            text = _("Voted by colleagues, confirmed by %(name)s")
        case _kind:
            text = _("Nominated by colleagues, confirmed by %(name)s")
    return formats.spaced(text % {"name": award.confirmed_by})


def place_text(winner: Winner) -> str:
    """'1st place' needs ordinals, so the number stands behind: 'Place 1'. An award with one winner names none."""
    award = winner.award
    is_ranked = award.places > 1 and not (award.kind == Award.Kind.RULE and award.rule == Award.Rule.THRESHOLD)
    return _("Place %(place)s") % {"place": winner.place} if is_ranked else ""


# Benefits


def benefit_value(benefit: Benefit) -> str:
    """'$500', '3 days', or nothing."""
    if benefit.value is None:
        return ""
    if benefit.unit == Benefit.Unit.MONEY:
        is_whole = benefit.value == benefit.value.to_integral_value()
        write = formats.money if is_whole and benefit.value < 10_000 else formats.money_full
        return write(benefit.value, benefit.currency)
    places = 0 if benefit.value == benefit.value.to_integral_value() else 1
    text = ngettext("%(days)s day", "%(days)s days", 1 if benefit.value == 1 else 2)
    return formats.spaced(text % {"days": formats.number(benefit.value, places)})


def entitled_text(benefit: Benefit) -> str:
    """Who gets it."""
    match benefit.entitled:
        case Benefit.Entitled.EVERYBODY:
            return _("Everybody who works here")
        case Benefit.Entitled.LEVEL:
            return _("From level %(level)s on") % {"level": benefit.least_level}
        case Benefit.Entitled.TIER:
            share = formats.percent(benefit.least_attainment or Decimal(0))
            return _("Who reaches the tier from %(share)s on, by an approved statement") % {"share": share}
    return _("Whom HR chooses")


def lasting_text(benefit: Benefit) -> str:
    if benefit.months is None:
        return _("holds until it is ended")
    text = ngettext("holds for %(count)s month", "holds for %(count)s months", benefit.months)
    return text % {"count": benefit.months}


def cause_text(facts: Mapping[str, str]) -> str:
    """Why a person is entitled, with the numbers."""
    if "level" in facts:
        return _("Level %(level)s") % {"level": facts["level"]}
    if "attainment" in facts:
        values = {
            "share": formats.percent(Decimal(facts["attainment"])),
            "period": formats.period_label(facts["period"]),
        }
        return _("Attained %(share)s in %(period)s") % values
    return _("Works here")


def last_day(grant: BenefitGrant) -> date | None:
    """The last day on which it holds; None where it has no end."""
    ends = grant.during.upper
    return ends - timedelta(days=1) if ends else None
