"""KPI definitions, targets, and one result row a (KPI, subject, period)."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Team, User
from core.audit import tracked
from core.ids import new_uid


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

    class Meta:
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        """In the active language."""
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en

    @property
    def definition(self) -> str:
        return self.definition_zh if (get_language() or "").startswith("zh") else self.definition_en


class SubjectQuerySet(models.QuerySet["models.Model"]):
    def visible_to(self, user: User) -> Self:
        """Rows about people whose work the user may see, and about teams whose figures the user may see."""
        people, teams = Person.objects.visible_to(user).values("pk"), Team.objects.visible_to(user).values("pk")
        return self.filter(Q(person__in=people) | Q(team__in=teams))


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
        found = self.person or self.team
        assert found is not None
        return found


@tracked()
class Target(SubjectRow):
    """What a subject must reach. Threshold and stretch are optional; `basis` says where the number came from."""

    threshold = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    value = models.DecimalField(max_digits=20, decimal_places=6)
    stretch = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    basis = models.CharField(max_length=300, blank=True)
    set_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField(auto_now=True)

    objects = SubjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="target_once_a_person_and_period", fields=["kpi", "person", "period"], condition=Q(team=None)),
            models.UniqueConstraint(name="target_once_a_team_and_period", fields=["kpi", "team", "period"], condition=Q(person=None)),
            models.CheckConstraint(name="target_has_one_subject", condition=Q(person=None) ^ Q(team=None)),
            models.CheckConstraint(name="target_is_positive", condition=Q(value__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.period} {self.value}"


class KpiResult(SubjectRow):
    """What was measured: `actual` = numerator / denominator for a ratio, else numerator. Attainment is actual / target, never clipped.

    Percent KPIs are kept as ratios (0.63 is 63 %). A ratio without a denominator has no actual.
    """

    numerator = models.DecimalField(max_digits=20, decimal_places=2)
    denominator = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    actual = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    target = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    attainment = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    computed_at = models.DateTimeField()

    objects = SubjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="result_once_a_person_and_period", fields=["period", "person", "kpi"], condition=Q(team=None)),
            models.UniqueConstraint(name="result_once_a_team_and_period", fields=["period", "team", "kpi"], condition=Q(person=None)),
            models.CheckConstraint(name="result_has_one_subject", condition=Q(person=None) ^ Q(team=None)),
        ]
        indexes = [
            models.Index(name="result_by_kpi_and_period", fields=["kpi", "period", "id"]),
            models.Index(name="result_history_of_person", fields=["person", "kpi", "starts"]),
            models.Index(name="result_history_of_team", fields=["team", "kpi", "starts"]),
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.period} {self.actual}"
