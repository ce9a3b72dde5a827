"""Key accounts, products, the pipeline, credits, and the facts by day and month that dashboards read."""

from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Team, User
from core.audit import tracked
from core.ids import new_uid
from core.spelling import SpellingField, search_indexes


class Product(models.Model):
    """What is sold, with its list price."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    name = models.CharField(max_length=120, unique=True)
    series = models.CharField(max_length=60, blank=True)
    list_price = models.DecimalField(max_digits=16, decimal_places=2)
    currency = models.CharField(max_length=3)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class KeyAccountQuerySet(models.QuerySet["KeyAccount"]):
    def visible_to(self, user: User) -> Self:
        """Accounts that a visible person owns today or has an opportunity with; all for those who see all people."""
        people = Person.objects.visible_to(user).values("pk")
        return self.filter(
            Q(pk__in=KeyAccountOwner.objects.current().filter(person__in=people).values("key_account"))
            | Q(pk__in=Opportunity.objects.filter(owner__in=people).values("key_account"))
        )


@tracked(exclude=["spelling"])
class KeyAccount(models.Model):
    """A customer company under management."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    name = models.CharField(max_length=200, unique=True)
    spelling = SpellingField(of="name")
    sector = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=80, blank=True)
    founded = models.PositiveSmallIntegerField(null=True, blank=True)
    annual_revenue = models.DecimalField(
        max_digits=18, decimal_places=2, null=True, blank=True, help_text=_("In the company's currency, whole units.")
    )
    employees = models.PositiveIntegerField(null=True, blank=True)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="subsidiaries")

    objects = KeyAccountQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="key_account_is_not_its_own_parent", condition=Q(parent=None) | ~Q(parent=F("pk"))
            )
        ]
        indexes = search_indexes("key_account")

    def __str__(self) -> str:
        return self.name


class KeyAccountOwnerQuerySet(models.QuerySet["KeyAccountOwner"]):
    def current(self) -> Self:
        return self.filter(during__upper_inf=True)


@tracked()
class KeyAccountOwner(models.Model):
    """Who owns a key account during a range of dates; one owner at a time."""

    key_account = models.ForeignKey(KeyAccount, models.CASCADE, related_name="owners")
    person = models.ForeignKey(Person, models.PROTECT, related_name="owned_accounts")
    during = DateRangeField()

    objects = KeyAccountOwnerQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="key_account_has_one_owner_at_a_time",
                expressions=[("key_account", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} owns {self.key_account_id} {self.during}"


class OpportunityQuerySet(models.QuerySet["Opportunity"]):
    def visible_to(self, user: User) -> Self:
        """Opportunities of the people whose work the user may see."""
        return self.filter(owner__in=Person.objects.visible_to(user).values("pk"))

    def open(self) -> Self:
        return self.filter(stage__in=Opportunity.OPEN)


class Opportunity(models.Model):
    """A possible deal. Closed ones have a close date; won ones an amount, their booking."""

    class Stage(models.TextChoices):
        PROSPECTING = "prospecting", _("Prospecting")
        ENGAGING = "engaging", _("Engaging")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    OPEN = (Stage.PROSPECTING, Stage.ENGAGING)
    CLOSED = (Stage.WON, Stage.LOST)

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    external_id = models.CharField(max_length=60)
    # The indexes below begin with owner and key account: one of their own would only slow imports down.
    owner = models.ForeignKey(Person, models.PROTECT, related_name="opportunities", db_index=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="opportunities")
    key_account = models.ForeignKey(
        KeyAccount, models.PROTECT, null=True, blank=True, related_name="opportunities", db_index=False
    )
    stage = models.CharField(max_length=12, choices=Stage)
    engaged_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    amount = models.DecimalField(
        max_digits=16, decimal_places=2, help_text=_("Won: the booking. Lost: 0. Open: expected, at list price.")
    )
    currency = models.CharField(max_length=3)

    objects = OpportunityQuerySet.as_manager()

    class Meta:
        constraints = [
            # Not `unique=True`, which adds a second index for LIKE.
            models.UniqueConstraint(name="opportunity_has_its_own_external_id", fields=["external_id"]),
            models.CheckConstraint(
                name="opportunity_is_closed_with_a_date_or_open_without",
                condition=Q(stage__in=["won", "lost"], closed_on__isnull=False)
                | Q(stage__in=["prospecting", "engaging"], closed_on=None),
            ),
            models.CheckConstraint(
                name="opportunity_closes_after_it_is_engaged",
                condition=Q(engaged_on=None) | Q(closed_on=None) | Q(closed_on__gte=F("engaged_on")),
            ),
            models.CheckConstraint(name="opportunity_amount_is_not_negative", condition=Q(amount__gte=0)),
        ]
        indexes = [
            models.Index(name="opportunity_closed", fields=["owner", "closed_on"]),
            models.Index(name="opportunity_open", fields=["owner", "stage"], condition=Q(closed_on=None)),
            models.Index(name="opportunity_account", fields=["key_account", "closed_on"]),
            models.Index(name="opportunity_by_close_date", fields=["closed_on", "id"]),
        ]

    def __str__(self) -> str:
        return self.external_id


class Credit(models.Model):
    """The share of a booking that counts for one KAM, at the booking's date."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="credits", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="credits", db_index=False)
    share = models.DecimalField(max_digits=7, decimal_places=6, default=1)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    currency = models.CharField(max_length=3)
    credited_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="credit_is_given_once_a_person", fields=["opportunity", "person"]),
            models.CheckConstraint(name="credit_share_is_from_0_to_1", condition=Q(share__gt=0, share__lte=1)),
        ]
        indexes = [models.Index(name="credit_by_person_and_day", fields=["person", "credited_on", "id"])]

    def __str__(self) -> str:
        return f"{self.person_id} {self.amount} {self.currency}"


class ReversedCredit(models.Model):
    """A credit that was taken back, as it was: the deal was lost or reopened, or another KAM got it.

    The database writes it whenever a credit goes (migration `0004`), so that what was paid on it can be taken back and
    every line about it still names its deal. A deal that is won anew gets a new credit.
    """

    credit_id = models.BigIntegerField(primary_key=True, help_text=_("The id that the credit had."))
    # The database itself cascades: the row is written while its deal is being deleted.
    opportunity = models.ForeignKey(
        Opportunity, models.DO_NOTHING, related_name="reversed_credits", db_constraint=False
    )
    person = models.ForeignKey(Person, models.CASCADE, related_name="+", db_index=False)
    share = models.DecimalField(max_digits=7, decimal_places=6)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    currency = models.CharField(max_length=3)
    credited_on = models.DateField()
    reversed_on = models.DateField(help_text=_("The day on which the deal was lost, else the day of the change."))
    is_lost = models.BooleanField(help_text=_("The deal is won no more; else it is another KAM's now."))

    class Meta:
        indexes = [models.Index(name="reversed_credit_by_person", fields=["person", "reversed_on"])]

    def __str__(self) -> str:
        return f"{self.person_id} {self.amount} {self.currency} until {self.reversed_on}"


class SubjectFact(models.Model):
    """A fact about one person, or about one team with all under it. Each has two unique keys: NULL equals nothing."""

    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+", db_index=False)
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+", db_index=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"person {self.person_id}" if self.person_id else f"team {self.team_id}"


class SalesDay(SubjectFact):
    """What a subject closed on a day; a team's row sums its members of that day. Kept by `refresh_facts`."""

    day = models.DateField()
    won = models.PositiveIntegerField()
    lost = models.PositiveIntegerField()
    booked = models.DecimalField(max_digits=18, decimal_places=2)
    won_cycle_days = models.PositiveBigIntegerField(
        help_text=_("Days from engaging to winning, summed over the won deals that have both dates.")
    )
    won_with_cycle = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="sales_day_once_a_person", fields=["person", "day"]),
            models.UniqueConstraint(name="sales_day_once_a_team", fields=["team", "day"]),
            models.CheckConstraint(name="sales_day_has_one_subject", condition=Q(person=None) ^ Q(team=None)),
        ]
        indexes = [models.Index(name="sales_day_by_day", fields=["day"])]


class SalesMix(SubjectFact):
    """A subject's closed deals of a month by product or by sector."""

    class Dimension(models.TextChoices):
        PRODUCT = "product", _("Product")
        SECTOR = "sector", _("Sector")

    month = models.DateField(help_text=_("The month's first day."))
    dimension = models.CharField(max_length=10, choices=Dimension)
    key = models.CharField(max_length=120)
    won = models.PositiveIntegerField()
    lost = models.PositiveIntegerField()
    booked = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="sales_mix_once_a_person", fields=["person", "month", "dimension", "key"]),
            models.UniqueConstraint(name="sales_mix_once_a_team", fields=["team", "month", "dimension", "key"]),
            models.CheckConstraint(name="sales_mix_has_one_subject", condition=Q(person=None) ^ Q(team=None)),
        ]
        indexes = [models.Index(name="sales_mix_by_month", fields=["month"])]


class SalesCycle(SubjectFact):
    """How many deals a subject won in a month after how many days, so that medians are exact and cost little."""

    month = models.DateField(help_text=_("The month's first day."))
    days = models.PositiveIntegerField(help_text=_("From engaging to winning."))
    won = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="sales_cycle_once_a_person", fields=["person", "month", "days"]),
            models.UniqueConstraint(name="sales_cycle_once_a_team", fields=["team", "month", "days"]),
            models.CheckConstraint(name="sales_cycle_has_one_subject", condition=Q(person=None) ^ Q(team=None)),
        ]
        indexes = [models.Index(name="sales_cycle_by_month", fields=["month"])]


class PipelineSnapshot(SubjectFact):
    """A subject's open deals by stage at the end of a day: today, and the last day of each past month."""

    day = models.DateField()
    stage = models.CharField(max_length=12, choices=Opportunity.Stage)
    deals = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    median_age_days = models.PositiveIntegerField(null=True)
    stuck_deals = models.PositiveIntegerField(
        default=0, help_text=_("Engaged for longer than nine of ten won deals took.")
    )
    stuck_amount = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    stuck_after_days = models.PositiveIntegerField(
        null=True, help_text=_("How many days nine of ten won deals took, as known on that day.")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="pipeline_once_a_person", fields=["person", "day", "stage"]),
            models.UniqueConstraint(name="pipeline_once_a_team", fields=["team", "day", "stage"]),
            models.CheckConstraint(name="pipeline_has_one_subject", condition=Q(person=None) ^ Q(team=None)),
        ]
        indexes = [models.Index(name="pipeline_by_day", fields=["day"])]


class CrmUser(models.Model):
    """Who a name in the CRM's files is here; renaming the person does not lose the way."""

    name = models.CharField(max_length=120, unique=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="crm_users")

    def __str__(self) -> str:
        return self.name


class ReplaySource(models.Model):
    """Files that are shown as if they happened now: dates moved by whole quarters, and only what is known by today."""

    path = models.CharField(max_length=300, unique=True)
    profile = models.CharField(max_length=120)
    shift_quarters = models.IntegerField()
    replayed_to = models.DateField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.path
