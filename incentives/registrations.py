"""What this app adds to the registries of lower floors: places, kinds of notices, and work after results have
changed."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import jobs as job_names
from accounts import navigation, person_tabs
from accounts.navigation import Place
from accounts.person_tabs import PersonTab
from core import formats, jobs, outbox, schedules
from core.calendar import current_period
from core.outbox import Kind, Rendered
from goals.hooks import on_results_changed
from incentives.services import letters, questions


def statement_ready(payload: Mapping[str, Any]) -> Rendered:
    period = formats.period_label(payload["period"])
    return Rendered(
        _("Statement %(period)s is ready") % {"period": period},
        _("The bonus run of %(period)s is approved. The statement shows every deal and how it was paid.")
        % {"period": period},
        reverse("incentives:statement-detail", args=[payload["statement"]]),
    )


def run_submitted(payload: Mapping[str, Any]) -> Rendered:
    period = formats.period_label(payload["period"])
    return Rendered(
        _("Bonus run %(period)s waits for approval") % {"period": period},
        _("Check the run of %(period)s, then approve it or send it back with a reason.") % {"period": period},
        reverse("incentives:run-detail", args=[payload["run"]]),
    )


def run_returned(payload: Mapping[str, Any]) -> Rendered:
    period = formats.period_label(payload["period"])
    return Rendered(
        _("Bonus run %(period)s was sent back") % {"period": period},
        _("Reason: %(reason)s") % {"reason": payload["reason"]},
        reverse("incentives:run-detail", args=[payload["run"]]),
    )


def line_question(payload: Mapping[str, Any]) -> Rendered:
    values = {
        "name": payload["asked_by"],
        "amount": _disputed(payload),
        "period": formats.period_label(payload["period"]),
        "person": payload["person"],
    }
    return Rendered(
        _("%(name)s questions %(amount)s on the statement %(period)s of %(person)s") % values,
        payload["text"],
        reverse("incentives:dispute-detail", args=[payload["dispute"]]),
    )


def letter_asked(payload: Mapping[str, Any]) -> Rendered:
    day = date.fromisoformat(payload["day"])
    values = {"plan": payload["plan"], "number": payload["number"], "day": formats.day(day)}
    title = _("Please sign the plan letter of %(plan)s") if payload["again"] else _("A new plan letter of %(plan)s")
    return Rendered(
        title % values,
        _("Version %(number)s pays from %(day)s. The letter shows it with your own target and tiers.") % values,
        reverse("incentives:letter-read", args=[payload["version"]]),
    )


outbox.register(Kind(letters.KIND, gettext_lazy("Plan letter to sign"), letter_asked))


def _disputed(payload: Mapping[str, Any]) -> str:
    """The amount of the line, or the deal that is missing."""
    if not payload["amount"]:
        return _("a missing deal (%(deal)s)") % {"deal": payload["deal"]}
    return formats.money_full(Decimal(payload["amount"]), payload["currency"])


def dispute_answered(payload: Mapping[str, Any]) -> Rendered:
    period = formats.period_label(payload["period"])
    accepted = payload["state"] == "accepted"
    title = (
        _("The question about %(period)s was accepted") if accepted else _("The question about %(period)s is answered")
    )
    return Rendered(
        title % {"period": period}, payload["text"], reverse("incentives:dispute-detail", args=[payload["dispute"]])
    )


def dispute_due(payload: Mapping[str, Any]) -> Rendered:
    values = {"person": payload["person"], "period": formats.period_label(payload["period"])}
    due = {"day": formats.day(date.fromisoformat(payload["due"]))}
    return Rendered(
        _("A question of %(person)s about %(period)s waits for an answer") % values,
        (_("It was due on %(day)s.") if payload["late"] else _("It is due on %(day)s.")) % due,
        reverse("incentives:dispute-detail", args=[payload["dispute"]]),
    )


outbox.register(Kind("incentives.dispute_answered", gettext_lazy("A question about pay is answered"), dispute_answered))
outbox.register(Kind("incentives.dispute_due", gettext_lazy("A question about pay is due"), dispute_due))
outbox.register(Kind("incentives.statement_ready", gettext_lazy("Statement is ready"), statement_ready))
outbox.register(Kind("incentives.run_submitted", gettext_lazy("Bonus run waits for approval"), run_submitted))
outbox.register(Kind("incentives.run_returned", gettext_lazy("Bonus run was sent back"), run_returned))
outbox.register(Kind(questions.KIND, gettext_lazy("A question about a statement"), line_question))

navigation.register(
    Place(90, gettext_lazy("Incentives"), "coin", "incentives:home", "incentives.view_awards", "/incentives/")
)
person_tabs.register(
    PersonTab(
        70, "statements", gettext_lazy("Statements"), "incentives:person-statements", "incentives.view_statements"
    )
)


@on_results_changed
def refresh_provisional_run(periods: Sequence[str], _person_ids: Sequence[int] | None) -> None:
    """The open quarter's provisional run follows its results; in past ones what was paid is looked at again."""
    if current_period().code in periods:
        jobs.enqueue("incentives.provisional_runs")
    if any(code != current_period().code for code in periods):
        jobs.enqueue("incentives.find_corrections")


job_names.register("incentives.calculate", gettext_lazy("Calculating bonuses"))

schedules.register(
    schedules.ScheduledTask(
        "incentives.remind_of_disputes",
        gettext_lazy("Questions about pay"),
        gettext_lazy("Reminds those who answer of what is due."),
    )
)
job_names.register("incentives.find_corrections", gettext_lazy("Looking for changes in paid periods"))

schedules.register(
    schedules.ScheduledTask(
        "incentives.find_corrections",
        gettext_lazy("Changes in paid periods"),
        gettext_lazy("Deals, targets and rates that changed after a bonus run was approved."),
    )
)
schedules.register(
    schedules.ScheduledTask(
        "incentives.ask_for_letters",
        gettext_lazy("Plan letters"),
        gettext_lazy("Asks who has not signed the plan letter, again every week."),
    )
)
schedules.register(
    schedules.ScheduledTask(
        "incentives.provisional_runs",
        gettext_lazy("Provisional bonus runs"),
        gettext_lazy("What bonuses of the running period would be today."),
    )
)
