"""Incentives that are no pay: awards with nominations, votes and winners; congratulations; certificates; benefits."""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.access import EVERYONE, Role
from accounts.models import Person, Team, User
from core import formats
from core.audit import tracked
from core.ids import new_uid
from goals.models import Kpi


def everyone() -> list[str]:
    """All roles, in their order."""
    return [role.value for role in Role if role in EVERYONE]


class Named(models.Model):
    """Name and description in both languages."""

    name_en = models.CharField(_("name in English"), max_length=120)
    name_zh = models.CharField(_("name in Chinese"), max_length=120)
    description_en = models.TextField(_("description in English"), blank=True)
    description_zh = models.TextField(_("description in Chinese"), blank=True)
    is_demo = models.BooleanField(default=False, help_text=_("Made up for the demo company."))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """In the active language."""
        return self.name_zh if formats.chinese() else self.name_en

    @property
    def description(self) -> str:
        return self.description_zh if formats.chinese() else self.description_en


# Awards


class AwardQuerySet(models.QuerySet["Award"]):
    def visible_to(self, user: User) -> Self:
        """Once open they are for everybody; drafts are for those who prepare them."""
        return self if user.may("incentives.manage_awards") else self.exclude(status=Award.Status.DRAFT)

    def open_on(self, on: date) -> Self:
        """Those in which people may take part on a day."""
        return self.filter(status=Award.Status.OPEN, starts__lte=on, ends__gt=on)


@tracked()
class Award(Named):
    """An award for a period, with its rule: what was published when it was opened decides who wins.

    nomination  colleagues nominate; who is nominated by most people wins
    vote        colleagues nominate, then everybody has one vote; who has most votes wins
    rule        a KPI result decides: the best ranks, or all who reach a value
    """

    class Kind(models.TextChoices):
        NOMINATION = "nomination", _("Nominations")
        VOTE = "vote", _("Vote")
        RULE = "rule", _("Result")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", pgettext_lazy("award", "Open")
        CLOSED = "closed", _("Closed")
        CONFIRMED = "confirmed", _("Confirmed")

    class Measure(models.TextChoices):
        ACTUAL = "actual", _("The result")
        ATTAINMENT = "attainment", _("Attainment of the target")

    class Rule(models.TextChoices):
        RANK = "rank", _("The best ranks")
        THRESHOLD = "threshold", _("Everybody who reaches a value")

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    period = models.CharField(max_length=8, help_text=_("A period's code, such as 2026-Q4."))
    period_ends = models.DateField(help_text=_("First day after the period."))
    team = models.ForeignKey(
        Team,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Only its people and those under it."),
    )
    nominators = ArrayField(models.CharField(max_length=15), default=everyone, help_text=_("Roles that may nominate."))
    voters = ArrayField(models.CharField(max_length=15), default=everyone, help_text=_("Roles that may vote."))
    starts = models.DateField(help_text=_("First day on which people may nominate and vote."))
    ends = models.DateField(help_text=_("First day on which nobody can any more."))
    places = models.PositiveSmallIntegerField(default=1)
    kpi = models.ForeignKey(Kpi, models.PROTECT, null=True, blank=True, related_name="+")
    rule = models.CharField(max_length=9, choices=Rule, blank=True)
    measure = models.CharField(max_length=10, choices=Measure, blank=True)
    threshold = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    least_base = models.DecimalField(
        max_digits=20,
        decimal_places=6,
        null=True,
        blank=True,
        help_text=_("Results that rest on less, such as on fewer decided deals, do not count."),
    )
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = AwardQuerySet.as_manager()

    class Meta:
        ordering = ["-ends", "-pk"]
        indexes = [models.Index(name="award_by_status", fields=["status", "-ends"])]
        constraints = [
            models.CheckConstraint(name="award_starts_before_it_ends", condition=Q(starts__lt=F("ends"))),
            models.CheckConstraint(name="award_has_at_least_one_place", condition=Q(places__gte=1)),
            models.CheckConstraint(
                name="award_by_rule_names_its_measure",
                condition=~Q(kind="rule") | (~Q(kpi=None) & ~Q(rule="") & ~Q(measure="")),
            ),
            models.CheckConstraint(
                name="award_by_threshold_names_it", condition=~Q(rule="threshold") | ~Q(threshold=None)
            ),
            models.CheckConstraint(
                name="award_is_confirmed_by_somebody_at_a_moment",
                condition=(Q(status="confirmed") & ~Q(confirmed_by=None) & ~Q(confirmed_at=None))
                | (~Q(status="confirmed") & Q(confirmed_by=None, confirmed_at=None)),
            ),
        ]

    def is_open_on(self, on: date) -> bool:
        """Whether people may nominate and vote on a day."""
        return self.status == self.Status.OPEN and self.starts <= on < self.ends

    @property
    def closable_from(self) -> date:
        """First day on which it can be closed: people have had their time, and results have their period."""
        return max(self.ends, self.period_ends) if self.kind == self.Kind.RULE else self.ends

    @property
    def is_by_people(self) -> bool:
        """Whether colleagues decide it, by nominations or votes."""
        return self.kind != self.Kind.RULE


@tracked()
class Nomination(models.Model):
    """Somebody names a colleague for an award and says why. Everybody sees the reason, once the award is open."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    award = models.ForeignKey(Award, models.CASCADE, related_name="nominations")
    nominee = models.ForeignKey(Person, models.PROTECT, related_name="+")
    nominated_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    reason = models.TextField(max_length=1000)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="person_is_nominated_once_by_each", fields=["award", "nominee", "nominated_by"]
            ),
            models.CheckConstraint(name="nobody_nominates_oneself", condition=~Q(nominee=F("nominated_by"))),
        ]

    def __str__(self) -> str:
        return f"{self.award_id}: {self.nominee_id}"


@tracked(exclude=["nominee"])
class Vote(models.Model):
    """A person's one vote in an award. It is secret: the audit trail keeps that somebody voted, not for whom."""

    award = models.ForeignKey(Award, models.CASCADE, related_name="votes")
    voter = models.ForeignKey(Person, models.PROTECT, related_name="+")
    nominee = models.ForeignKey(Person, models.PROTECT, related_name="+")
    voted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="everybody_has_one_vote_an_award", fields=["award", "voter"]),
            models.CheckConstraint(name="nobody_votes_for_oneself", condition=~Q(voter=F("nominee"))),
        ]
        indexes = [models.Index(name="vote_by_nominee", fields=["award", "nominee"])]

    def __str__(self) -> str:
        return f"{self.award_id}: vote of {self.voter_id}"


class WinnerQuerySet(models.QuerySet["Winner"]):
    def visible_to(self, user: User) -> Self:
        """Confirmed ones are on the wall for everybody; proposed ones are for those who confirm them."""
        return self if user.may("incentives.confirm_award") else self.confirmed()

    def confirmed(self) -> Self:
        return self.filter(award__status=Award.Status.CONFIRMED, left_out="")


@tracked()
class Winner(models.Model):
    """Somebody whom an award's rule picked when it was closed. Confirmed with the award, it is on the wall.

    score     nominations, votes, or the KPI's value, as the rule compared it
    is_tied   shares the last place with more people than there are places; who confirms decides
    left_out  why somebody tied was left out when the award was confirmed
    """

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    award = models.ForeignKey(Award, models.CASCADE, related_name="winners")
    person = models.ForeignKey(Person, models.PROTECT, related_name="awards_won")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+", help_text=_("Where the person worked."))
    place = models.PositiveSmallIntegerField()
    score = models.DecimalField(max_digits=20, decimal_places=6)
    is_tied = models.BooleanField(default=False)
    result = models.UUIDField(null=True, help_text=_("The KPI result that decided."))
    left_out = models.CharField(max_length=300, blank=True)
    awarded_on = models.DateField(null=True, blank=True)

    objects = WinnerQuerySet.as_manager()

    class Meta:
        ordering = ["place", "pk"]
        constraints = [
            models.UniqueConstraint(name="person_wins_an_award_once", fields=["award", "person"]),
            models.CheckConstraint(name="only_who_is_tied_is_left_out", condition=Q(left_out="") | Q(is_tied=True)),
        ]
        indexes = [
            models.Index(name="winner_on_the_wall", fields=["-awarded_on", "-id"]),
            models.Index(name="winner_by_person", fields=["person", "-awarded_on"]),
        ]

    def __str__(self) -> str:
        return f"{self.award_id}: {self.person_id}"


class Congratulation(models.Model):
    """One click on the wall, once a person."""

    winner = models.ForeignKey(Winner, models.CASCADE, related_name="congratulations")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(name="congratulated_once_a_person", fields=["winner", "person"])]

    def __str__(self) -> str:
        return f"{self.winner_id} by {self.person_id}"


# Certificates


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, user: User) -> Self:
        """One's own; all for those who issue them."""
        return self if user.may("incentives.issue_certificates") else self.filter(winner__person__user=user)

    def valid(self) -> Self:
        return self.filter(revoked_at=None)


@tracked(exclude=["token"])
class Certificate(models.Model):
    """A numbered document that says who was awarded what on which day. What it says is kept as it was issued.

    `token` is its address for anybody who verifies it: 128 random bits, which nobody can guess or count through.
    """

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    year = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField()
    token = models.CharField(max_length=22, unique=True)
    winner = models.ForeignKey(Winner, models.PROTECT, related_name="certificates")
    person_name = models.CharField(max_length=120)
    award_en = models.CharField(max_length=120)
    award_zh = models.CharField(max_length=120)
    period = models.CharField(max_length=8)
    awarded_on = models.DateField()
    signed_by = models.CharField(max_length=120, help_text=_("Who confirmed the award."))
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(default=timezone.now)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=300, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "-serial"]
        constraints = [
            models.UniqueConstraint(name="certificate_number_is_unique", fields=["year", "serial"]),
            models.UniqueConstraint(
                name="one_valid_certificate_a_winner", fields=["winner"], condition=Q(revoked_at=None)
            ),
            models.CheckConstraint(
                name="certificate_is_revoked_by_somebody_for_a_reason",
                condition=Q(revoked_at=None, revoked_by=None, revoked_reason="")
                | (~Q(revoked_at=None) & ~Q(revoked_by=None) & ~Q(revoked_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """'2026-0007'."""
        return f"{self.year}-{self.serial:04d}"

    @property
    def award_name(self) -> str:
        return self.award_zh if formats.chinese() else self.award_en


class CertificateFile(models.Model):
    """The document in one language, made once, so that what was handed out never looks different later."""

    certificate = models.ForeignKey(Certificate, models.CASCADE, related_name="files")
    language = models.CharField(max_length=7)
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="certificate_has_one_file_a_language", fields=["certificate", "language"])
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.language}"


# Benefits


class BenefitQuerySet(models.QuerySet["Benefit"]):
    def visible_to(self, user: User) -> Self:
        """The catalogue is for everybody; what is no longer given for those who manage it."""
        return self if user.may("incentives.manage_benefits") else self.filter(is_active=True)


@tracked()
class Benefit(Named):
    """Something that people get beside their pay, and who is entitled to it.

    everybody  all who work here
    level      from a level on the ladder on
    tier       who reached an attainment on an approved statement, such as the plan's upper tiers
    by_hand    nobody by rule
    """

    class Kind(models.TextChoices):
        ALLOWANCE = "allowance", _("Allowance")
        LEAVE = "leave", _("Leave")
        HEALTH = "health", pgettext_lazy("benefit", "Health")
        LEARNING = "learning", _("Learning")
        VOUCHER = "voucher", _("Voucher")
        OTHER = "other", _("Other benefit")

    class Unit(models.TextChoices):
        MONEY = "money", _("Money")
        DAYS = "days", _("Days")
        NONE = "none", _("No amount")

    class Entitled(models.TextChoices):
        EVERYBODY = "everybody", _("Everybody")
        LEVEL = "level", _("From a level on")
        TIER = "tier", _("Who reached a tier")
        BY_HAND = "by_hand", _("Only whom HR chooses")

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    unit = models.CharField(max_length=5, choices=Unit, default=Unit.NONE)
    value = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    entitled = models.CharField(max_length=9, choices=Entitled, default=Entitled.BY_HAND)
    least_level = models.PositiveSmallIntegerField(null=True, blank=True)
    least_attainment = models.DecimalField(
        max_digits=8, decimal_places=4, null=True, blank=True, help_text=_("A ratio: 1.3 is 130 %.")
    )
    months = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("How long a grant holds; empty: until it is ended.")
    )
    is_used_once = models.BooleanField(default=False, help_text=_("It is used up, such as a voucher."))
    is_active = models.BooleanField(default=True)

    objects = BenefitQuerySet.as_manager()

    class Meta:
        ordering = ["-is_active", "kind", "pk"]
        constraints = [
            models.CheckConstraint(
                name="benefit_has_a_value_in_its_unit",
                condition=Q(unit="none", value=None) | (~Q(unit="none") & Q(value__gt=0)),
            ),
            models.CheckConstraint(name="benefit_in_money_has_a_currency", condition=Q(unit="money") ^ Q(currency="")),
            models.CheckConstraint(
                name="benefit_by_level_names_it", condition=Q(entitled="level") ^ Q(least_level=None)
            ),
            models.CheckConstraint(
                name="benefit_by_tier_names_it", condition=Q(entitled="tier") ^ Q(least_attainment=None)
            ),
        ]


class BenefitGrantQuerySet(models.QuerySet["BenefitGrant"]):
    def visible_to(self, user: User) -> Self:
        """HR: all. Who sees a team's pay: the given ones of its people. Everybody: the own ones once given."""
        if user.may("incentives.manage_benefits"):
            return self
        given = self.exclude(status=BenefitGrant.Status.PROPOSED).exclude(status=BenefitGrant.Status.DECLINED)
        if user.may("incentives.view_team_pay"):
            return given.filter(person__in=Person.objects.visible_to(user).values("pk"))
        return given.filter(person__user=user)

    def in_force(self, on: date) -> Self:
        """Given, begun, neither ended nor expired."""
        return self.filter(status=BenefitGrant.Status.GRANTED, during__contains=on)


@tracked()
class BenefitGrant(models.Model):
    """A person has a benefit during a range of dates; the database refuses the same one twice at a time.

    `cause` names the occasion of an automatic proposal (`level:4`, `2026-Q3`), so that it is proposed once.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        GRANTED = "granted", _("Granted")
        DECLINED = "declined", _("Declined")
        ENDED = "ended", _("Ended early")

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    benefit = models.ForeignKey(Benefit, models.PROTECT, related_name="grants")
    person = models.ForeignKey(Person, models.PROTECT, related_name="benefit_grants")
    during = DateRangeField()
    status = models.CharField(max_length=9, choices=Status)
    cause = models.CharField(max_length=20, blank=True)
    facts = models.JSONField(default=dict, help_text=_("What entitles the person, in numbers."))
    used_on = models.DateField(null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    granted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = BenefitGrantQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            ExclusionConstraint(
                name="person_has_a_benefit_once_at_a_time",
                expressions=[
                    ("benefit", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(status="granted"),
            ),
            models.UniqueConstraint(
                name="grant_is_proposed_once_an_occasion",
                fields=["benefit", "person", "cause"],
                condition=~Q(cause=""),
            ),
            models.CheckConstraint(
                name="grant_is_given_by_somebody_at_a_moment",
                condition=(Q(status__in=["granted", "ended"]) & ~Q(granted_by=None) & ~Q(granted_at=None))
                | (~Q(status__in=["granted", "ended"]) & Q(granted_by=None, granted_at=None)),
            ),
            models.CheckConstraint(
                name="only_a_granted_benefit_is_used",
                condition=Q(used_on=None) | Q(status__in=["granted", "ended"]),
            ),
        ]
        indexes = [
            models.Index(name="grant_by_person", fields=["person", "status"]),
            models.Index(name="grant_proposed", fields=["benefit"], condition=Q(status="proposed")),
        ]

    def __str__(self) -> str:
        return f"{self.benefit_id}: {self.person_id}"
