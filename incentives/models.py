"""Plans with versions, assignments, runs, statements and their lines. What was approved never changes; triggers see
to it."""

from pathlib import PurePath
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from accounts.models import Person, Team, User
from core.audit import tracked
from core.ids import new_uid
from core.models import Job
from crm.models import Credit, ReversedCredit
from incentives import models_awards  # noqa: F401  (awards and benefits; Django looks for models here)


@tracked()
class Plan(models.Model):
    """Incentive rules under one name; what they are is in the versions."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


@tracked()
class PlanVersion(models.Model):
    """One wording of a plan. `content` is the plan document that the engine reads; published, it never changes."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    starts = models.DateField(_("valid from"))
    ends = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("First day on which it no longer holds.")
    )
    currency = models.CharField(max_length=3)
    content = models.JSONField()
    digest = models.CharField(max_length=64, blank=True)
    based_on = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    published_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    saved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now, help_text=_("When the draft's wording last changed."))

    class Meta:
        ordering = ["plan", "-number"]
        constraints = [
            models.UniqueConstraint(name="plan_version_number_is_unique", fields=["plan", "number"]),
            models.CheckConstraint(
                name="plan_version_starts_before_it_ends", condition=Q(ends=None) | Q(starts__lt=F("ends"))
            ),
            models.CheckConstraint(
                name="plan_version_has_a_digest_once_published", condition=Q(status="draft") | ~Q(digest="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} v{self.number}"


@tracked()
class PlanAssignment(models.Model):
    """A person is paid by a plan during a range of dates, with a target pay for each quarter."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="assignments")
    person = models.ForeignKey(Person, models.CASCADE, related_name="plan_assignments")
    during = DateRangeField()
    target_pay = models.DecimalField(
        max_digits=14, decimal_places=2, help_text=_("For one quarter at 100 % attainment.")
    )
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="person_has_one_plan_at_a_time",
                expressions=[("person", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.plan_id} {self.during}"


class PlanLetterQuerySet(models.QuerySet["PlanLetter"]):
    def visible_to(self, user: User) -> Self:
        """HR: all. Directors and managers: those of the teams they lead. Everybody: the own ones."""
        if Role.HR in user.roles:
            return self
        if user.may("incentives.view_team_pay"):
            return self.filter(person__in=Person.objects.visible_to(user).values("pk"))
        return self.filter(person__user=user)


@tracked(exclude=["content"])
class PlanLetter(models.Model):
    """A plan version in words and numbers of a person's own case, as that person read and signed it.

    What was signed never changes: the database refuses it (migration `0008`). Who has none has not signed.
    """

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="plan_letters")
    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="letters")
    language = models.CharField(max_length=10)
    content = models.JSONField(help_text=_("The letter as it was shown, text by text."))
    digest = models.CharField(max_length=64, help_text=_("Over the letter's content."))
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=timezone.now)

    objects = PlanLetterQuerySet.as_manager()

    class Meta:
        ordering = ["-signed_at"]
        constraints = [
            models.UniqueConstraint(name="plan_letter_is_signed_once", fields=["person", "version"]),
            models.CheckConstraint(name="plan_letter_has_a_digest", condition=~Q(digest="")),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.version_id}"


class RunQuerySet(models.QuerySet["Run"]):
    def fixed(self) -> Self:
        """Those that are approved, whatever happened to them since."""
        return self.filter(status__in=Run.FIXED)

    def visible_to(self, user: User) -> Self:
        """All for those who work on runs; for others those that pay somebody in their scope, final ones once
        approved."""
        if user.may("incentives.view_draft_run"):
            return self
        return self.filter(pk__in=Statement.objects.visible_to(user).values("run"))


@tracked()
class Run(models.Model):
    """One calculation of bonuses for a period. After approval only its state moves on; corrections are new entries."""

    class Kind(models.TextChoices):
        PROVISIONAL = "provisional", _("Provisional")
        FINAL = "final", _("Final")
        CORRECTION = "correction", _("Correction")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        CALCULATED = "calculated", _("Calculated")
        SUBMITTED = "submitted", _("Submitted")
        APPROVED = "approved", _("Approved")
        EXPORTED = "exported", _("Exported")
        PAID = "paid", _("Paid")
        CLOSED = "closed", _("Closed")

    # From its approval on a run is fixed: what it says no longer changes, only how far its payment has come.
    FIXED = (Status.APPROVED, Status.EXPORTED, Status.PAID, Status.CLOSED)

    # What may follow: payroll takes a file (exported) or not, pays, and closes the books.
    NEXT = {
        Status.APPROVED: (Status.EXPORTED, Status.PAID),
        Status.EXPORTED: (Status.PAID,),
        Status.PAID: (Status.CLOSED,),
    }

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    code = models.SlugField(max_length=90, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    number = models.PositiveSmallIntegerField(default=1, help_text=_("Counts the correction runs of a period."))
    period = models.CharField(max_length=8)
    plan = models.ForeignKey(
        Plan,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Only the people of this plan; empty: everybody."),
    )
    starts = models.DateField()
    ends = models.DateField(help_text=_("First day after the period."))
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    digest = models.CharField(max_length=64, blank=True, help_text=_("Over the frozen inputs and all lines."))
    people = models.PositiveIntegerField(default=0)
    lines = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    total = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    currency = models.CharField(max_length=3)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    prepared_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Nobody for the nightly provisional run."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    calculated_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    returned_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_reason = models.TextField(blank=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    exported_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    exported_at = models.DateTimeField(null=True, blank=True)
    paid_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    paid_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-starts", "-pk"]
        constraints = [
            models.CheckConstraint(name="run_starts_before_it_ends", condition=Q(starts__lt=F("ends"))),
            models.CheckConstraint(
                name="run_is_not_approved_by_its_preparer",
                condition=Q(approved_by=None) | ~Q(approved_by=F("prepared_by")),
            ),
            models.CheckConstraint(
                name="run_is_not_approved_by_its_submitter",
                condition=Q(approved_by=None) | ~Q(approved_by=F("submitted_by")),
            ),
            models.CheckConstraint(
                name="run_is_final_submitted_and_signed_once_approved",
                condition=~Q(status__in=["approved", "exported", "paid", "closed"])
                | (
                    Q(kind__in=["final", "correction"])
                    & ~Q(approved_by=None)
                    & ~Q(submitted_by=None)
                    & ~Q(approved_at=None)
                    & ~Q(digest="")
                ),
            ),
            models.UniqueConstraint(
                name="run_is_there_once_a_period_kind_and_plan",
                fields=["period", "kind", "plan", "number"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="run_is_numbered_only_where_it_corrects", condition=Q(number=1) | Q(kind="correction")
            ),
            models.CheckConstraint(
                name="run_is_marked_by_somebody_at_a_moment",
                condition=Q(exported_by=None, exported_at=None) | ~Q(exported_by=None) & ~Q(exported_at=None),
            ),
            models.CheckConstraint(
                name="run_is_paid_by_somebody_at_a_moment",
                condition=Q(status__in=["paid", "closed"]) & ~Q(paid_by=None) & ~Q(paid_at=None)
                | ~Q(status__in=["paid", "closed"]) & Q(paid_by=None, paid_at=None),
            ),
            models.CheckConstraint(
                name="run_is_closed_by_somebody_at_a_moment",
                condition=Q(status="closed") & ~Q(closed_by=None) & ~Q(closed_at=None)
                | ~Q(status="closed") & Q(closed_by=None, closed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_open(self) -> bool:
        """Whether it may still be calculated again."""
        return self.status in {self.Status.DRAFT, self.Status.CALCULATED}

    @property
    def is_fixed(self) -> bool:
        """Whether it is approved, whatever happened to it since."""
        return self.status in self.FIXED


class RunChunk(models.Model):
    """A range of people of a run, calculated in one transaction. A run that was killed goes on with those not done yet.

    The ranges cover every id there can be. `inputs` is a digest of `frozen` and of the range's credits: when all
    ranges are
    done it is taken again, and where it differs the range is calculated anew.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    first = models.BigIntegerField(help_text=_("Lowest person id."))
    last = models.BigIntegerField(help_text=_("Highest person id."))
    frozen = models.JSONField(
        default=list, help_text=_("Each person with plan version, quota, target pay, team credits, days.")
    )
    inputs = models.CharField(max_length=64)
    lines = models.PositiveIntegerField(default=0)
    calculated_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(name="run_chunk_number_is_unique", fields=["run", "number"])]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number}"


class StatementQuerySet(models.QuerySet["Statement"]):
    def visible_to(self, user: User) -> Self:
        """HR: all. Directors and managers: those of the teams they lead. A KAM: the own ones. Final ones once approved,
        to HR and directors before."""
        if user.may("incentives.view_draft_run"):
            return (
                self if Role.HR in user.roles else self.filter(person__in=Person.objects.visible_to(user).values("pk"))
            )
        shown = Q(run__status__in=Run.FIXED) | Q(run__kind=Run.Kind.PROVISIONAL)
        if user.may("incentives.view_team_pay"):
            return self.filter(shown, person__in=Person.objects.visible_to(user).values("pk"))
        return self.filter(shown, person__user=user)


class Statement(models.Model):
    """One person's result of a run, with the inputs it was made from. `error` says why there is none."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    run = models.ForeignKey(Run, models.CASCADE, related_name="statements")
    person = models.ForeignKey(Person, models.PROTECT, related_name="statements")
    version = models.ForeignKey(PlanVersion, models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    quota = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    target_pay = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    credited = models.DecimalField(max_digits=24, decimal_places=10, default=0)
    attainment = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    total = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    adjusted = models.DecimalField(
        max_digits=16,
        decimal_places=2,
        default=0,
        db_default=0,
        help_text=_("The part of the total that corrects earlier statements."),
    )
    currency = models.CharField(max_length=3)
    balances = models.JSONField(
        null=True, help_text=_("What stays open after this statement: draw owed, held back, carried over.")
    )
    facts = models.JSONField(
        default=dict,
        help_text=_(
            "Frozen inputs beside the credits: team credits, days, and notes that say what a reader must know."
        ),
    )
    error = models.JSONField(null=True, help_text=_("Code and values of what stopped this person's statement."))
    digest = models.CharField(max_length=64, help_text=_("Over this person's frozen inputs and lines."))

    objects = StatementQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(name="statement_once_a_person_and_run", fields=["run", "person"])]
        indexes = [models.Index(name="statement_by_person", fields=["person", "-run"])]

    def __str__(self) -> str:
        return f"{self.run_id} {self.person_id} {self.total}"


class StatementLine(models.Model):
    """One explained amount. Compact: the sentence is built from these columns and the plan version when it is shown.

    A run writes a million of these, so nothing is kept for a single line that a set can guard: the key is the
    statement and
    the position, and that the statement is there and open is checked once a batch by a trigger (migration `0002`).
    """

    pk = models.CompositePrimaryKey("statement_id", "position")
    statement = models.ForeignKey(Statement, models.CASCADE, related_name="lines", db_index=False, db_constraint=False)
    position = models.PositiveIntegerField()
    component = models.PositiveSmallIntegerField(
        null=True, help_text=_("Place of the component in the plan version's content, from 0. Empty: the whole plan.")
    )
    kind = models.CharField(max_length=12, help_text=_("What the engine calls the line: credit, override, cap …"))
    credit = models.ForeignKey(
        Credit, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    # The deal of a credit that is gone by now.
    reversed_credit = models.ForeignObject(
        ReversedCredit, models.DO_NOTHING, from_fields=["credit"], to_fields=["credit_id"], null=True, related_name="+"
    )
    on = models.DateField(null=True)
    base = models.DecimalField(
        max_digits=24, decimal_places=10, help_text=_("What the rule applied to, such as the credit.")
    )
    before = models.DecimalField(
        max_digits=24, decimal_places=10, help_text=_("Running sum of the measure before this line.")
    )
    amount = models.DecimalField(max_digits=16, decimal_places=2)

    def __str__(self) -> str:
        return f"{self.statement_id}/{self.position} {self.amount}"


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def visible_to(self, user: User) -> Self:
        """HR: all. Directors: those of the people they see. Nobody else: what was paid stands on the statement."""
        if not user.may("incentives.view_draft_run"):
            return self.none()
        return self if Role.HR in user.roles else self.filter(person__in=Person.objects.visible_to(user).values("pk"))

    def waiting(self) -> Self:
        """Found, and not taken into a run yet."""
        return self.filter(run=None)


@tracked(exclude=["inputs"])
class Correction(models.Model):
    """A person's pay for a period is not what was paid, because a deal, target or rate changed after the approval.

    Found (no run), taken into a later run, settled when that run is approved: then it is a line there and never
    changes. Of a person and period at most one is open, so a difference is paid once; the database computes `paid`
    again when it is settled (migration `0006`).
    """

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    period = models.CharField(max_length=8)
    starts = models.DateField()
    of = models.ForeignKey(Run, models.PROTECT, related_name="+", help_text=_("The approved run of the period."))
    corrects = models.ForeignKey(
        Statement,
        models.PROTECT,
        null=True,
        related_name="corrections",
        help_text=_("The approved statement. Empty: the person had none for the period."),
    )
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="corrections")
    position = models.PositiveIntegerField(null=True, help_text=_("Of its line in the run's statement of the person."))
    settled = models.BooleanField(default=False)
    paid = models.DecimalField(max_digits=16, decimal_places=2, help_text=_("For the period by all approved runs."))
    due = models.DecimalField(max_digits=16, decimal_places=2, help_text=_("By what is known now."))
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    currency = models.CharField(max_length=3)
    reasons = models.JSONField(default=list, help_text=_("What changed since, as codes and values."))
    problem = models.JSONField(null=True, help_text=_("Why what is due cannot be computed."))
    inputs = models.JSONField(default=dict, help_text=_("What `due` was computed from, for the next comparison."))
    found_at = models.DateTimeField(default=timezone.now)
    taken_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["-starts", "person"]
        constraints = [
            models.UniqueConstraint(
                name="correction_is_open_once_a_person_and_period",
                fields=["person", "period"],
                condition=Q(settled=False),
            ),
            models.CheckConstraint(name="correction_is_the_difference", condition=Q(amount=F("due") - F("paid"))),
            models.CheckConstraint(
                name="correction_is_settled_by_a_line",
                condition=Q(settled=False) | ~Q(run=None) & ~Q(position=None) & Q(problem__isnull=True),
            ),
        ]
        indexes = [models.Index(name="correction_by_run", fields=["run", "person"])]

    def __str__(self) -> str:
        return f"{self.person_id} {self.period} {self.amount}"


def evidence_path(dispute: "Dispute", name: str) -> str:
    """Under a name that says nothing; the given one stands in the row."""
    return f"disputes/{dispute.uid}{PurePath(name).suffix.lower()}"


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def visible_to(self, user: User) -> Self:
        """HR: all. Others: those they asked or answer, and directors those about the people they see."""
        if Role.HR in user.roles:
            return self
        seen = Q(asked_by=user) | Q(owner=user)
        if user.may("incentives.view_draft_run"):
            seen |= Q(statement__person__in=Person.objects.visible_to(user).values("pk"))
        return self.filter(seen)

    def open(self) -> Self:
        return self.filter(state=Dispute.State.OPEN)


@tracked(exclude=["text", "answer"])
class Dispute(models.Model):
    """A person questions a line of a statement, or says that a deal is missing; somebody answers by a day."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for an answer")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="disputes")
    position = models.PositiveIntegerField(null=True, help_text=_("Of the line. Empty: a deal is missing."))
    deal = models.CharField(max_length=120, blank=True, help_text=_("The missing deal, as the person names it."))
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    text = models.TextField()
    facts = models.JSONField(default=list, help_text=_("What the portal answered by itself when it was asked."))
    evidence = models.FileField(upload_to=evidence_path, blank=True)
    evidence_name = models.CharField(max_length=120, blank=True)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", help_text=_("Who answers."))
    due_on = models.DateField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    correction = models.ForeignKey(
        Correction, models.SET_NULL, null=True, blank=True, related_name="disputes", help_text=_("What came of it.")
    )

    objects = DisputeQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(name="dispute_is_about_a_line_or_a_deal", condition=Q(position=None) ^ Q(deal="")),
            models.CheckConstraint(
                name="dispute_is_answered_in_words",
                condition=~Q(state__in=["accepted", "rejected"])
                | ~Q(answer="") & ~Q(answered_by=None) & ~Q(answered_at=None),
            ),
            models.CheckConstraint(
                name="dispute_is_not_answered_by_who_asked",
                condition=Q(answered_by=None) | ~Q(answered_by=F("asked_by")),
            ),
        ]
        indexes = [models.Index(name="dispute_open", fields=["due_on"], condition=Q(state="open"))]

    def __str__(self) -> str:
        return f"{self.statement_id}/{self.position or self.deal} {self.state}"
