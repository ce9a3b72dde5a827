"""Coaching notes with a shared and a private part, and the promises made in them."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Leadership, Membership, Person, User
from core.audit import tracked
from core.calendar import today
from core.ids import new_uid
from crm.models import Opportunity
from goals.models import KpiResult


class CoachingNoteQuerySet(models.QuerySet["CoachingNote"]):
    def visible_to(self, user: User) -> Self:
        """The shared part: for its author, the person coached, and who leads that person's team today. Nobody else.

        The audience line above the text box is computed from this same rule (`training.selectors.readers_of`).
        """
        led = Membership.objects.filter(
            during__contains=today(), team__in=Leadership.objects.filter(person__user=user, during__contains=today()).values("team")
        )
        return self.filter(Q(author__user=user) | Q(person__user=user) | Q(person__in=led.values("person")))


@tracked(exclude=["shared_text"])
class CoachingNote(models.Model):
    """A one-on-one of an author and a person. The private part lives in a table of its own, which only the author reads."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    author = models.ForeignKey(Person, models.PROTECT, related_name="notes_written")
    person = models.ForeignKey(Person, models.PROTECT, related_name="notes_about")
    held_on = models.DateField(_("held on"), default=today)
    topic = models.CharField(_("topic"), max_length=160)
    shared_text = models.TextField(_("shared note"), blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1, help_text=_("Grows with each save, so that two editors notice each other."))

    objects = CoachingNoteQuerySet.as_manager()

    class Meta:
        ordering = ["-held_on", "-pk"]
        indexes = [models.Index(name="note_of_person", fields=["person", "-held_on"])]
        constraints = [models.CheckConstraint(name="note_is_about_somebody_else", condition=~Q(author=models.F("person")))]

    def __str__(self) -> str:
        return f"{self.held_on} {self.topic}"


class PrivateNote(models.Model):
    """The author's own text. No audit, no export, no API; queried only through the author."""

    note = models.OneToOneField(CoachingNote, models.CASCADE, related_name="private")
    text = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"private part of {self.note_id}"


class NoteLink(models.Model):
    """What a note is about: a deal or a KPI result, with its state then."""

    note = models.ForeignKey(CoachingNote, models.CASCADE, related_name="links")
    opportunity = models.ForeignKey(Opportunity, models.CASCADE, null=True, related_name="+")
    result = models.ForeignKey(KpiResult, models.CASCADE, null=True, related_name="+")
    state_then = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(name="note_link_leads_to_one_thing", condition=Q(opportunity=None) ^ Q(result=None)),
            models.UniqueConstraint(name="note_link_once_a_deal", fields=["note", "opportunity"], condition=Q(result=None)),
            models.UniqueConstraint(name="note_link_once_a_result", fields=["note", "result"], condition=Q(opportunity=None)),
        ]

    def __str__(self) -> str:
        return f"{self.note_id} -> {self.opportunity_id or self.result_id}"


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    def visible_to(self, user: User) -> Self:
        """Those of notes that the user may read."""
        return self.filter(note__in=CoachingNote.objects.visible_to(user).values("pk"))

    def overdue(self, on: date) -> Self:
        return self.filter(done_at=None, due_on__lt=on)


@tracked(exclude=["text"])
class ActionItem(models.Model):
    """A promise made in a note: who does what by when."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    note = models.ForeignKey(CoachingNote, models.CASCADE, related_name="actions")
    owner = models.ForeignKey(Person, models.PROTECT, related_name="actions")
    text = models.CharField(_("what"), max_length=300)
    due_on = models.DateField(_("by"), null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [models.Index(name="action_open_by_owner", fields=["owner", "due_on"], condition=Q(done_at=None))]

    def __str__(self) -> str:
        return self.text
