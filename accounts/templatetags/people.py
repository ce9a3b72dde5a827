"""Words about people that several pages share: {% load people %}."""

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.models import Person
from accounts.ranges import range_words
from accounts.selectors.people import Standing

register = template.Library()


@register.simple_tag
def person_line(person: Person, standing: Standing | None, may_open_teams: bool) -> SafeString:
    """Title, level, team and manager in one line: {% person_line person standing perms_team as line %}"""
    words = {"person": person, "standing": standing, "may_open_teams": may_open_teams}
    return mark_safe(get_template("accounts/_person_line.html").render(words))  # noqa: S308 (rendered by a template)


@register.filter
def level_words(level: int | None) -> str:
    """{{ row.level|level_words }} -> Level 3"""
    return _("Level %(level)s") % {"level": level} if level else ""


@register.simple_tag
def range_in_words(first: object, end: object) -> str:
    """{% range_in_words row.start row.end %} -> from 1 Mar to 30 Jun 2026; `end` is the first day after, or None."""
    return range_words(first, end)  # type: ignore[arg-type]  # templates are not typed
