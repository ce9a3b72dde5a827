"""What this app adds to the registries of the floors below."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import navigation, person_tabs
from core import formats, jobs, outbox, schedules
from crm import hooks as crm_hooks
from goals import crm_sources
from goals.models import Kpi
from goals.services.questions import KIND
from goals.values import text

crm_sources.register_all()

navigation.register(
    navigation.Place(50, gettext_lazy("Goals"), "target", "goals:scorecard", "goals.view_results", "/goals/")
)
person_tabs.register(
    person_tabs.PersonTab(20, "results", gettext_lazy("Results"), "goals:person-results", "goals.view_results")
)


def question_notice(values: Mapping[str, Any]) -> outbox.Rendered:
    kpi = Kpi(name_en=values["kpi"]["en"], name_zh=values["kpi"]["zh"], unit=values["kpi"]["unit"])
    title = _("%(asker)s asks about %(kpi)s of %(subject)s in %(period)s: %(value)s") % {
        "asker": values["asker"],
        "kpi": kpi.name,
        "subject": values["subject"],
        "period": formats.period_label(values["period"]),
        "value": text(kpi, None if values["value"] is None else Decimal(values["value"])),
    }
    return outbox.Rendered(title, values["question"], values["path"])


outbox.register(outbox.Kind(KIND, gettext_lazy("Questions about results"), question_notice))


@crm_hooks.on_bookings_changed
def recompute(person_ids: frozenset[int], days: frozenset[date]) -> None:
    """Runs inside the import's transaction; the task waits for its commit."""
    jobs.enqueue("goals.compute_for", sorted(person_ids), sorted(day.isoformat() for day in days))


schedules.register(
    schedules.ScheduledTask(
        "goals.compute_all",
        gettext_lazy("Recompute KPI results"),
        gettext_lazy("All results of all periods that may have changed."),
    )
)
