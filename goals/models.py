"""KPI definitions, targets, and one result row a (KPI, subject, period)."""

from decimal import Decimal
from typing import Self, cast

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Team, User
from accounts.scope import scope_of
from core import formats
from core.audit import tracked
from core.ids import new_uid


@tracked()
class Kpi(models.Model):
    """A defined measure. `source` names an entry of the registry of KPI sources (`goals.sources`)."""

    class Unit(models.TextChoices):
        MONEY = "money", _("Money")
        COUNT = "count", _("Count")
        PERCENT = "percent", _("Percent")
        DAYS = "days", _("Days")

    class Direction(models.TextChoices):
        HIGHER = "higher", _("Higher is better")
        LOWER = "lower", _("Lower is better")

    class Aggregation(models.TextChoices):
        SUM = "sum", _("Sum")
        RATIO = "ratio", _("Ratio of sums")

    code = models.SlugField(max_length=60, unique=True)
    name_en = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120)
    definition_en = models.TextField()
    definition_zh = models.TextField()
    unit = models.CharField(max_length=10, choices=Unit)
    direction = models.CharField(max_length=10, choices=Direction, default=Direction.HIGHER)
    aggregation = models.CharField(max_length=10, choices=Aggregation)
    source = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, help_text=_("Counts the changes of name and definition."))

    class Meta:
        ordering = ["position", "code"]
        constraints = [models.CheckConstraint(name="kpi_version_starts_at_1", condition=Q(version__gte=1))]

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        """In the active language."""
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en

    @property
    def definition(self) -> str:
        return self.definition_zh if (get_language() or "").startswith("zh") else self.definition_en


def about_visible_subjects(user: User) -> Q:
    """Rows about people whose work the user may see, and about teams whose figures the user may see."""
    if scope_of(user).everyone:
        return Q()
    people, teams = Person.objects.visible_to(user).values("pk"), Team.objects.visible_to(user).values("pk")
    return Q(person__in=people) | Q(team__in=teams)


class TargetQuerySet(models.QuerySet["Target"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(about_visible_subjects(user))


class KpiResultQuerySet(models.QuerySet["KpiResult"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(about_visible_subjects(user))


class SubjectRow(models.Model):
    """A row about one KPI of one person, or of one team with all under it, in a period."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="+")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+")
    period = models.CharField(max_length=8, help_text=_("A period's code, such as 2026-Q4."))
    starts = models.DateField()
    ends = models.DateField(help_text=_("First day after the period."))

    class Meta:
        abstract = True

    @property
    def subject(self) -> Person | Team:
        return cast("Person | Team", self.person or self.team)


@tracked()
class Target(SubjectRow):
    """What a subject must reach. Threshold (the least that counts) and stretch are optional.

    `origin` and its values say where the number came from.
    """

    class Origin(models.TextChoices):
        ENTERED = "entered", _("Entered")
        IMPORTED = "imported", _("Imported")
        FROM_HISTORY = "from_history", _("From history")
        FROM_TEAM = "from_team", _("Mean of the team")

    threshold = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    value = models.DecimalField(max_digits=20, decimal_places=6)
    stretch = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.ENTERED)
    origin_values = models.JSONField(default=dict, help_text=_("The numbers that the origin's sentence names."))
    reason = models.CharField(max_length=300, blank=True, help_text=_("Why it was set so, in the words of who set it."))
    set_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField(auto_now=True)

    objects = TargetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="target_once_a_person_and_period", fields=["kpi", "person", "period"], condition=Q(team=None)
            ),
            models.UniqueConstraint(
                name="target_once_a_team_and_period", fields=["kpi", "team", "period"], condition=Q(person=None)
            ),
            models.CheckConstraint(name="target_has_one_subject", condition=Q(person=None) ^ Q(team=None)),
            models.CheckConstraint(name="target_is_positive", condition=Q(value__gt=0)),
        ]
        indexes = [models.Index(name="target_by_kpi_and_period", fields=["kpi", "period"])]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.period} {self.value}"

    @property
    def basis(self) -> str:
        """Where the number came from, with its numbers, in the active language; then the reason that was given."""
        return " ".join(part for part in (origin_sentence(self.origin, self.origin_values), self.reason) if part)


def origin_sentence(origin: str, values: dict[str, str]) -> str:
    """Money and counts in `values` are plain decimals as text; they are shown by locale."""
    match origin:
        case Target.Origin.FROM_HISTORY:
            sentence = gettext(
                "%(mean)s a month in %(period)s (%(total)s in %(months)s months with bookings), times %(times)s, "
                "%(growth)s, rounded to %(step)s."
            )
            return _after(values) + sentence % {
                "mean": formats.number(Decimal(values["mean"])),
                "total": formats.number(Decimal(values["total"])),
                "months": values["months"],
                "period": formats.period_label(values["period"]),
                "times": values.get("times", "3"),
                "growth": _signed_percent(Decimal(values["growth"])),
                "step": formats.number(Decimal(values["step"])),
            }
        case Target.Origin.FROM_TEAM:
            sentence = gettext("No own history in %(period)s: the mean of %(people)s derived targets in %(team)s.")
            return _after(values) + sentence % {
                "period": formats.period_label(values["period"]),
                "people": values["people"],
                "team": values["team"],
            }
        case Target.Origin.IMPORTED:
            return gettext("From the file %(file)s, line %(line)s.") % {"file": values["file"], "line": values["line"]}
    return ""


def _after(values: dict[str, str]) -> str:
    """A sentence before the numbers where a quarter had to be derived from the one after it."""
    if "begins" not in values:
        return ""
    sentence = gettext(
        "The data begin in %(begins)s, so the quarter after it is the measure, for its months on record."
    )
    return sentence % {"begins": formats.period_label(values["begins"])} + " "


def _signed_percent(ratio: Decimal) -> str:
    if not ratio:
        return gettext("no growth")
    return f"+{formats.percent(ratio)}" if ratio > 0 else formats.percent(ratio)


class KpiResult(SubjectRow):
    """What was measured: `actual` = numerator / denominator for a ratio, else numerator. Attainment is never clipped.

    Percent KPIs are kept as ratios (0.63 is 63 %). A ratio without a denominator has no actual.
    `home_team` of a person is the team of the last day of membership in the period, of a team its parent.
    """

    home_team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+")
    numerator = models.DecimalField(max_digits=24, decimal_places=6)
    denominator = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    actual = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    target = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    attainment = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    computed_at = models.DateTimeField()

    objects = KpiResultQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="result_once_a_person_and_period", fields=["period", "person", "kpi"], condition=Q(team=None)
            ),
            models.UniqueConstraint(
                name="result_once_a_team_and_period", fields=["period", "team", "kpi"], condition=Q(person=None)
            ),
            models.CheckConstraint(name="result_has_one_subject", condition=Q(person=None) ^ Q(team=None)),
        ]
        indexes = [
            models.Index(name="result_by_kpi_and_period", fields=["kpi", "period", "id"]),
            models.Index(name="result_by_period", fields=["period", "id"]),
            models.Index(name="result_by_home_team", fields=["home_team", "period", "kpi"]),
            models.Index(name="result_history_of_person", fields=["person", "kpi", "starts"]),
            models.Index(name="result_history_of_team", fields=["team", "kpi", "starts"]),
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.period} {self.actual}"


class Computation(models.Model):
    """When a period was last computed in full, for everybody: the time as of which its results are known to hold."""

    period = models.CharField(max_length=8, unique=True)
    computed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.period} {self.computed_at}"
