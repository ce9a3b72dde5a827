"""The administrator's start page: what needs somebody, each with one next step, and the state of each part."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import jobs as job_names
from core import formats
from core.health import Sign
from core.models import Job, OutboxMessage
from core.outbox import KINDS
from core.ui import Attention, Tone
from dashboards.selectors.administrator import AdministratorToday, Counted

# Job states as the pills of `{% status %}` name them.
PILLS = {Job.State.QUEUED: "planned"}


@dataclass(frozen=True, slots=True)
class Health:
    """One part of the installation: its state in words, and since when or why."""

    label: str
    state: str
    tone: Tone
    at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class JobRow:
    label: str
    who: str
    state: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MailRow:
    label: str
    to: str
    error: str
    next_at: datetime | None


def health(found: AdministratorToday) -> list[Health]:
    labels = {"database": _("Database"), "migrations": _("Database tables"), "redis": _("Redis")}
    rows = [_part(label, found.parts.get(name, "ok")) for name, label in labels.items()]
    rows += [_process(_("Workers"), found.worker), _process(_("Scheduler"), found.beat)]
    late = found.computed_late
    rows.append(
        Health(
            _("Results of this period"),
            _("late") if late else _("current"),
            "careful" if late else "good",
            found.computed_at,
            "" if found.computed_at else _("not computed yet"),
        )
    )
    return rows


def _part(label: str, state: str) -> Health:
    return Health(label, _("works"), "good") if state == "ok" else Health(label, _("fault"), "bad", detail=state)


def _process(label: str, sign: Sign) -> Health:
    if sign.late:
        return Health(label, _("silent"), "bad", sign.at, "" if sign.at else _("no sign of life yet"))
    return Health(label, _("works"), "good", sign.at)


def attention(found: AdministratorToday) -> list[Attention]:
    """What needs an administrator, worst first; nothing where all is well."""
    return [*_faults(found), *_stuck(found), *_people(found), *_tokens(found)]


def _faults(found: AdministratorToday) -> Iterator[Attention]:
    wrong = [row for row in health(found) if row.tone == "bad"]
    for row in wrong:
        title = _("%(part)s: %(state)s") % {"part": row.label, "state": row.state}
        detail = row.detail or (_("last sign %(ago)s") % {"ago": formats.ago(row.at)} if row.at else "")
        yield Attention(title, detail, "bad", _("See the check"), reverse("readyz"))
    if found.computed_late:
        when = formats.ago(found.computed_at) if found.computed_at else _("not yet")
        yield Attention(
            _("Last night's results are missing"),
            _("last computed: %(when)s") % {"when": when},
            "bad",
            _("Open schedules"),
            reverse("settings-schedules"),
        )


def _stuck(found: AdministratorToday) -> Iterator[Attention]:
    if found.jobs_failed:
        title = ngettext("%(count)s job failed this week", "%(count)s jobs failed this week", found.jobs_failed)
        failed = next((row for row in job_rows(found) if row.state == "failed"), None)
        yield Attention(
            title % {"count": formats.number(found.jobs_failed)},
            f"{failed.label}: {failed.message}" if failed and failed.message else (failed.label if failed else ""),
            "bad",
            _("See the jobs"),
            "#jobs",
        )
    if found.outbox.given_up:
        title = ngettext("%(count)s mail was given up", "%(count)s mails were given up", found.outbox.given_up)
        yield Attention(
            title % {"count": formats.number(found.outbox.given_up)}, _first_error(found), "bad", _("See why"), "#mail"
        )
    elif found.outbox.failing:
        title = ngettext("%(count)s mail fails", "%(count)s mails fail", found.outbox.failing)
        yield Attention(
            title % {"count": formats.number(found.outbox.failing)},
            _first_error(found),
            "careful",
            _("See why"),
            "#mail",
        )
    for row in found.imports:
        if row.rejected:
            title = ngettext("%(count)s row in quarantine", "%(count)s rows in quarantine", row.rejected)
            yield Attention(
                title % {"count": formats.number(row.rejected)},
                f"{row.batch.source} · {formats.ago(row.batch.started_at)}",
                "careful",
                _("See the rows"),
                reverse("crm:import-detail", args=[row.batch.uid]),
            )


def _first_error(found: AdministratorToday) -> str:
    return next((row.mail_error for row in found.outbox.examples if row.mail_error), "")


def _people(found: AdministratorToday) -> Iterator[Attention]:
    if found.unplaced.count:
        title = ngettext(
            "%(count)s person has no team and no role",
            "%(count)s people have no team and no role",
            found.unplaced.count,
        )
        first = found.unplaced.first[0]
        yield Attention(
            title % {"count": formats.number(found.unplaced.count)},
            _names(found.unplaced),
            "careful",
            _("Place"),
            reverse("person-employment", args=[first.uid]),
        )
    if found.without_login.count:
        title = ngettext(
            "%(count)s person cannot log in yet", "%(count)s people cannot log in yet", found.without_login.count
        )
        yield Attention(
            title % {"count": formats.number(found.without_login.count)},
            _names(found.without_login),
            "accent",
            _("Open people"),
            reverse("people"),
        )


def _names(found: Counted) -> str:
    names = formats.listed([person.name for person in found.first])
    return f"{names} …" if found.count > len(found.first) else names


def _tokens(found: AdministratorToday) -> Iterator[Attention]:
    token = found.tokens.next
    if token is None:
        return
    title = ngettext(
        "%(count)s API token ends within two weeks", "%(count)s API tokens end within two weeks", found.tokens.count
    )
    yield Attention(
        title % {"count": formats.number(found.tokens.count)},
        _("%(name)s of %(who)s, %(when)s")
        % {"name": token.name, "who": token.user, "when": formats.ago(token.expires_at)},
        "careful",
        _("Open tokens"),
        reverse("settings-tokens"),
    )


def job_rows(found: AdministratorToday) -> list[JobRow]:
    return [
        JobRow(
            label=str(job_names.LABELS.get(job.kind, job.kind)),
            who=str(job.requested_by) if job.requested_by else _("the portal"),
            state=str(PILLS.get(Job.State(job.state), job.state)),
            message=job.message,
            at=job.finished_at or job.created_at,
        )
        for job in found.jobs
    ]


def mail_rows(found: AdministratorToday) -> list[MailRow]:
    return [_mail(message) for message in found.outbox.examples]


def _mail(message: OutboxMessage) -> MailRow:
    kind = KINDS.get(message.kind)
    return MailRow(
        label=str(kind.label) if kind else message.kind,
        to=str(message.user),
        error=message.mail_error,
        next_at=message.next_attempt_at,
    )
