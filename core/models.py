"""Tables of the foundation: exchange rates, outbox, jobs, imports with their quarantine."""

from collections.abc import Mapping
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.audit import tracked
from core.ids import new_uid


@tracked()
class ExchangeRate(models.Model):
    """Units of `quote` for one unit of `base`, as published for a day."""

    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    on = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)
    source = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="exchange_rate_is_given_once_a_day", fields=["base", "quote", "on"]),
            models.CheckConstraint(name="exchange_rate_is_positive", condition=Q(rate__gt=0)),
            models.CheckConstraint(name="exchange_rate_joins_two_currencies", condition=~Q(base=F("quote"))),
        ]

    def __str__(self) -> str:
        return f"{self.base}/{self.quote} {self.on}"

    @classmethod
    def named_in_audit(cls, values: Mapping[str, Any]) -> str:
        return f"{values['base']}/{values['quote']} {values['on']}"


class OutboxMessageQuerySet(models.QuerySet["OutboxMessage"]):
    def visible_to(self, user: AbstractBaseUser) -> Self:
        """Notices are for the one they were written to."""
        return self.filter(user_id=user.pk)


class OutboxMessage(models.Model):
    """A notice to one user: shown in the portal at once, mailed by the worker; `key` makes it happen once."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_error = models.TextField(blank=True)
    next_attempt_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = OutboxMessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(name="outbox_by_user", fields=["user", "-id"]),
            models.Index(name="outbox_unread", fields=["user"], condition=Q(read_at=None)),
            models.Index(name="outbox_to_mail", fields=["next_attempt_at"], condition=Q(mailed_at=None)),
        ]

    def __str__(self) -> str:
        return self.key


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: AbstractBaseUser) -> Self:
        """The work one has asked for. What the schedule started belongs to nobody."""
        return self.filter(requested_by_id=user.pk)


class Job(models.Model):
    """Long work that somebody waits for: what it is, how far it is, and what came of it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    kind = models.CharField(max_length=60)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)
    result_path = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(name="job_by_user", fields=["requested_by", "-id"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"

    @property
    def is_over(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}


class ImportBatch(models.Model):
    """One import of one set of files: what came, what went in, what was kept out."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    kind = models.CharField(max_length=60)
    source = models.CharField(max_length=300)
    profile = models.CharField(max_length=120, blank=True)
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    dry_run = models.BooleanField(default=False)
    report = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(name="import_batch_newest", fields=["kind", "-id"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class ImportRejection(models.Model):
    """A row in quarantine: the file, its line, the row as it came, and why it stayed out."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rejections")
    file = models.CharField(max_length=200)
    line = models.PositiveIntegerField(help_text=_("Line number in the file; the header is line 1."))
    code = models.CharField(max_length=60)
    values = models.JSONField(default=dict, help_text=_("Fills the places of the reason's text."))
    row = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="import_rejection_once_a_line_and_reason", fields=["batch", "file", "line", "code"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.code}"
