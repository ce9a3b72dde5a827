"""Coaching notes with a shared and a private part, the promises made in them, and how often people are due."""

from datetime import date
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Person, User
from core.audit import tracked
from core.calendar import today
from core.ids import new_uid
from crm.models import Opportunity
from goals.models import KpiResult


class CoachingNoteQuerySet(models.QuerySet["CoachingNote"]):
    def read_by(self, reader: int | OuterRef) -> Self:
        """The one rule of who reads a note: its author, the person coached, and who leads that person's team today.

        `reader` is a person's key, or a reference to one in an outer query. So the same words answer "which notes does
        this person read" (`visible_to`) and "who reads this note" (`selectors.readers_of`, the audience line).
        """
        nested = OuterRef(reader) if isinstance(reader, OuterRef) else reader
        led = Membership.objects.filter(
            during__contains=today(),
            team__leaderships__during__contains=today(),
            team__leaderships__person=nested,
        )
        return self.filter(Q(author=reader) | Q(person=reader) | Q(person__in=led.values("person")))

    def visible_to(self, user: User) -> Self:
        """The notes whose shared part the user reads. A role alone opens none: not HR's, not an administrator's."""
        person = user.person_or_none
        return self.none() if person is None else self.read_by(person.pk)

    def begun(self) -> Self:
        """Without the pages that were opened and left empty."""
        actions = ActionItem.objects.filter(note=OuterRef("pk"))
        links = NoteLink.objects.filter(note=OuterRef("pk"))
        return self.filter(Q(version__gt=1) | Exists(actions) | Exists(links))


@tracked(exclude=["topic", "shared_text", "edited_in"])
class CoachingNote(models.Model):
    """A one-on-one of an author and a person. The private part lies in a table of its own, which only the author reads.

    Once closed it is a record: the database refuses any change, and later text is an addendum.
    """

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    author = models.ForeignKey(Person, models.PROTECT, related_name="notes_written")
    person = models.ForeignKey(Person, models.PROTECT, related_name="notes_about")
    held_on = models.DateField(_("held on"), default=today)
    topic = models.CharField(_("topic"), max_length=160, blank=True)
    shared_text = models.TextField(_("shared note"), blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(
        default=1, help_text=_("Grows with each save, so that two editors notice each other.")
    )
    edited_in = models.UUIDField(
        null=True,
        editable=False,
        help_text=_("The opened page that saved last: it may go on where the answer to its save was lost."),
    )

    objects = CoachingNoteQuerySet.as_manager()

    class Meta:
        ordering = ["-held_on", "-pk"]
        indexes = [
            models.Index(name="note_of_person", fields=["person", "-held_on"]),
            models.Index(name="note_by_author", fields=["author", "-held_on"]),
        ]
        constraints = [models.CheckConstraint(name="note_is_about_somebody_else", condition=~Q(author=F("person")))]
        triggers = [
            pgtrigger.Protect(
                name="closed_note_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__closed_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"note {self.uid}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class PrivateNoteQuerySet(models.QuerySet["PrivateNote"]):
    def of_author(self, user: User) -> Self:
        """The only door to private texts: those of notes that the user wrote."""
        return self.filter(note__author__user=user)


class PrivateNote(models.Model):
    """The author's own text about a note. No audit, no export, no API, no search; asked for only by `of_author`."""

    note = models.OneToOneField(CoachingNote, models.CASCADE, related_name="+")
    text = models.TextField(blank=True)

    objects = PrivateNoteQuerySet.as_manager()

    def __str__(self) -> str:
        return f"private part of {self.note_id}"


@tracked(exclude=["text"])
class NoteAddendum(models.Model):
    """What was added to a closed note, and when. It never changes either."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    note = models.ForeignKey(CoachingNote, models.PROTECT, related_name="addenda")
    author = models.ForeignKey(Person, models.PROTECT, related_name="+")
    text = models.TextField(_("addendum"))
    written_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["written_at", "pk"]
        triggers = [pgtrigger.Protect(name="addendum_stays", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"addendum {self.uid}"


class NoteLink(models.Model):
    """What a note is about: a deal or a KPI result of the person coached, with its state then."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    note = models.ForeignKey(CoachingNote, models.CASCADE, related_name="links")
    opportunity = models.ForeignKey(Opportunity, models.CASCADE, null=True, related_name="+")
    result = models.ForeignKey(KpiResult, models.CASCADE, null=True, related_name="+")
    state_then = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="note_link_leads_to_one_thing", condition=Q(opportunity=None) ^ Q(result=None)),
            models.UniqueConstraint(
                name="note_link_once_a_deal", fields=["note", "opportunity"], condition=Q(result=None)
            ),
            models.UniqueConstraint(
                name="note_link_once_a_result", fields=["note", "result"], condition=Q(opportunity=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.note_id} -> {self.opportunity_id or self.result_id}"


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    def visible_to(self, user: User) -> Self:
        """Those of notes that the user reads, and the user's own promises wherever they were made."""
        notes = CoachingNote.objects.visible_to(user).values("pk")
        return self.filter(Q(note__in=notes) | Q(owner__user=user))

    def open(self) -> Self:
        return self.filter(done_at=None)

    def overdue(self, on: date) -> Self:
        return self.open().filter(due_on__lt=on)


@tracked(exclude=["text"])
class ActionItem(models.Model):
    """A promise made in a note: who does what by when."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    note = models.ForeignKey(CoachingNote, models.CASCADE, related_name="actions")
    owner = models.ForeignKey(Person, models.PROTECT, related_name="actions")
    text = models.CharField(_("what"), max_length=300)
    due_on = models.DateField(_("by"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        ordering = [F("due_on").asc(nulls_last=True), "pk"]
        indexes = [models.Index(name="action_open_by_owner", fields=["owner", "due_on"], condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"promise {self.uid}"


@tracked()
class CoachingCadence(models.Model):
    """After how many days without a one-on-one people are due: one manager's people, or (no manager) all others."""

    manager = models.OneToOneField(Person, models.CASCADE, null=True, blank=True, related_name="coaching_cadence")
    days = models.PositiveSmallIntegerField(_("days between one-on-ones"))

    class Meta:
        constraints = [
            models.UniqueConstraint(name="coaching_cadence_has_one_default", fields=["manager"], nulls_distinct=False),
            models.CheckConstraint(
                name="coaching_cadence_is_from_a_day_to_a_year", condition=Q(days__gte=1, days__lte=366)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.manager_id or 'all'}: {self.days} days"
