"""What this app adds to the registries of the frame: its place, the tab of a person's page, what can be found."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import navigation, person_actions, person_tabs, search
from accounts.models import Person, User
from core import formats, schedules
from training import permissions  # noqa: F401  (the names below must be declared)
from training.models import CoachingNote


def find_notes(user: User, text: str, most: int) -> list[search.Hit]:
    """Notes that the user reads, by their topic and shared text. The private part is never searched."""
    rows = (
        CoachingNote.objects.visible_to(user).begun().filter(Q(topic__icontains=text) | Q(shared_text__icontains=text))
    )
    return [
        search.Hit(
            note.topic or _("without a topic"),
            f"{note.person.name} · {formats.day(note.held_on)}",
            reverse("training:note", args=[note.uid]),
        )
        for note in rows.select_related("person").order_by("-held_on", "-pk")[:most]
    ]


def is_somebody_else(user: User, person: Person) -> bool:
    return person.user_id != user.pk


navigation.register(
    navigation.Place(70, gettext_lazy("Coaching"), "messages", "training:coaching", "training.read_notes", "/coaching/")
)
person_tabs.register(
    person_tabs.PersonTab(40, "coaching", gettext_lazy("Coaching"), "training:person-coaching", "training.read_notes")
)
person_actions.register(
    person_actions.PersonAction(
        10,
        gettext_lazy("Log a one-on-one"),
        "messages",
        lambda person: reverse("training:note-new", args=[person.uid]),
        "training.log_note",
        key="n",
        fits=is_somebody_else,
    )
)
search.register(search.Searchable(60, gettext_lazy("Coaching notes"), "messages", "training.read_notes", find_notes))
schedules.register(
    schedules.ScheduledTask(
        "training.remind_coaching",
        gettext_lazy("Coaching reminders"),
        gettext_lazy("Tells managers whom to talk to, and people which actions are due."),
    )
)
