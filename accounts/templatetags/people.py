"""Words about people that several pages share: {% load people %}."""

from datetime import date
from uuid import UUID

from django import template
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.models import Person, User
from accounts.ranges import range_words
from accounts.selectors.people import CareerStep, Standing

register = template.Library()


@register.simple_tag(takes_context=True)
def person_line(context: Context, person: Person, standing: Standing | None) -> SafeString:
    """Title, level, team and manager in one line: {% person_line person standing as line %}"""
    viewer = context["request"].user
    may_open_teams = isinstance(viewer, User) and viewer.may("accounts.view_team")
    words = {"person": person, "standing": standing, "may_open_teams": may_open_teams}
    line = get_template("accounts/_person_line.html").render(words)
    return mark_safe(line)  # noqa: S308 (a template has escaped it)


@register.simple_tag
def url_of_person(uid: UUID) -> str:
    """The overview of a person, a page of `dashboards`: {% url_of_person row.uid as link %}"""
    return f"/people/{uid}/"


@register.filter
def level_words(level: int | None) -> str:
    """{{ row.level|level_words }} -> Level 3"""
    return _("Level %(level)s") % {"level": level} if level else ""


@register.simple_tag
def range_in_words(first: date, end: date | None) -> str:
    """{% range_in_words row.start row.end %} -> from 1 Mar to 30 Jun 2026; `end` is the first day after, or None."""
    return range_words(first, end)


@register.simple_tag
def step_state(step: CareerStep, today: date) -> str:
    """{% step_state step today as state %}: "now", "planned" or "over"."""
    if step.is_now(today):
        return "now"
    return "planned" if step.start > today else "over"
