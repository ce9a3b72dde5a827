"""Questions about pay: the list, one with its answer, and the deal that is missing."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from core import formats
from core.calendar import today
from core.errors import NotFound
from core.keyset import keyset_page, next_page_url
from core.ui import Audience, Crumb, Tab, Tone
from incentives.forms.entries import AnswerForm, MissingDealForm
from incentives.models import Dispute, Statement
from incentives.selectors.disputes import DisputeCounts, dispute_counts, dispute_rows
from incentives.selectors.first_answers import FirstAnswer, answer_about_missing
from incentives.services import questions
from incentives.views.statement_head import statement_title

TONES: dict[str, Tone] = {"open": "accent", "accepted": "good", "rejected": "muted", "withdrawn": "muted"}


def crumbs(*further: Crumb) -> list[Crumb]:
    home = Crumb(_("Incentives"), reverse("incentives:home"))
    return [home, Crumb(_("Questions about pay"), reverse("incentives:dispute-list")), *further]


@dataclass(frozen=True, slots=True)
class DisputeRow:
    dispute: Dispute
    about: str
    tone: Tone
    overdue: bool


def about(dispute: Dispute) -> str:
    """'Line 3' or 'Missing: O-123'."""
    if dispute.position is None:
        return _("Missing deal: %(deal)s") % {"deal": dispute.deal}
    return _("Line %(position)s") % {"position": dispute.position}


def _row(dispute: Dispute) -> DisputeRow:
    overdue = dispute.state == Dispute.State.OPEN and dispute.due_on < today()
    return DisputeRow(dispute, about(dispute), "bad" if overdue else TONES[dispute.state], overdue)


@require_GET
@requires("incentives.dispute")
def dispute_list(request: UserRequest) -> HttpResponse:
    """Those that the viewer asked, answers or oversees; HTMX gets the next rows."""
    state, mine = request.GET.get("state", "open"), request.GET.get("mine") == "1"
    rows = dispute_rows(viewer=request.user, state=state, mine=mine)
    page = keyset_page(rows, order=("due_on", "pk"), after=request.GET.get("after", ""))
    context: dict[str, Any] = {
        "rows": [_row(row) for row in page.rows],
        "next_url": next_page_url(request, page.after),
    }
    if wants_fragment(request) and request.GET.get("after"):
        return render(request, "incentives/_dispute_rows.html", context)
    counts = dispute_counts(viewer=request.user)
    context |= {"tabs": _tabs(request, counts, state, mine=mine), "crumbs": crumbs()[:1]}
    return render(request, "incentives/dispute_list.html", context)


def _tabs(request: UserRequest, counts: DisputeCounts, state: str, *, mine: bool) -> list[Tab]:
    tabs = [
        Tab(_("Unanswered"), "?state=open", state == "open" and not mine, counts.open),
        Tab(_("Overdue"), "?state=overdue", state == "overdue", counts.overdue),
        Tab(_("Closed"), "?state=closed", state == "closed", counts.closed),
    ]
    if request.user.may("incentives.answer_dispute"):
        tabs.insert(1, Tab(_("I answer"), "?state=open&mine=1", mine, counts.mine))
    return tabs


@require_GET
@requires("incentives.dispute")
def dispute_detail(request: UserRequest, uid: UUID) -> HttpResponse:
    return _detail(request, get_visible(Dispute, request.user, uid), AnswerForm())


def _detail(request: UserRequest, dispute: Dispute, form: AnswerForm) -> HttpResponse:
    statement = dispute.statement
    user, is_open = request.user, dispute.state == Dispute.State.OPEN
    sees_statement = Statement.objects.visible_to(user).filter(pk=statement.pk).exists()
    context = {
        "dispute": dispute,
        "row": _row(dispute),
        "first": _first(request, dispute) if sees_statement else dispute.facts,
        "statement": statement,
        "sees_statement": sees_statement,
        "may_answer": is_open and user.may("incentives.answer_dispute") and dispute.asked_by_id != user.pk,
        "may_withdraw": is_open and dispute.asked_by_id == user.pk,
        "form": form,
        "title": statement_title(statement),
        "crumbs": crumbs(Crumb(about(dispute))),
    }
    return render(request, "incentives/dispute_detail.html", context, status=422 if form.is_bound else 200)


def _first(request: UserRequest, dispute: Dispute) -> FirstAnswer:
    """By what is known now, in the reader's language; what was told when it was asked is kept in the row."""
    return questions.first_answer(
        statement=dispute.statement, viewer=request.user, position=dispute.position, deal=dispute.deal
    )


@require_POST
@requires("incentives.answer_dispute")
def dispute_answer(request: UserRequest, uid: UUID) -> HttpResponse:
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _detail(request, get_visible(Dispute, request.user, uid), form)
    given = form.cleaned_data
    accepted = given["outcome"] == "accepted"
    questions.answer_dispute(dispute_uid=uid, accepted=accepted, text=given["text"], by=request.user)
    messages.success(request, _("The answer was sent."))
    return redirect("incentives:dispute-detail", uid)


@require_POST
@requires("incentives.dispute")
def dispute_withdraw(request: UserRequest, uid: UUID) -> HttpResponse:
    questions.withdraw_dispute(dispute_uid=uid, by=request.user)
    messages.success(request, _("The question is withdrawn."))
    return redirect("incentives:dispute-list")


@require_GET
@requires("incentives.dispute")
def dispute_evidence(request: UserRequest, uid: UUID) -> HttpResponse:
    """The file as it was given, never shown inside the portal."""
    dispute = get_visible(Dispute, request.user, uid)
    if not dispute.evidence:
        raise NotFound
    with dispute.evidence.open("rb") as file:
        content = file.read()
    header = content_disposition_header(as_attachment=True, filename=dispute.evidence_name) or "attachment"
    return HttpResponse(content, content_type="application/octet-stream", headers={"Content-Disposition": header})


@requires("incentives.dispute")
def dispute_missing(request: UserRequest, uid: UUID) -> HttpResponse:
    """A deal that should be in the statement: first what the portal knows of it, then the question."""
    statement = get_visible(Statement, request.user, uid)
    deal = request.GET.get("deal", "").strip()[:120]
    form = MissingDealForm(request.POST or None, request.FILES or None, initial={"deal": deal})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        dispute = questions.ask(
            statement_uid=uid, deal=given["deal"], text=given["text"], evidence=given["evidence"], by=request.user
        )
        day = formats.day(dispute.due_on)
        messages.success(request, _("The question was sent. It is answered by %(day)s.") % {"day": day})
        return redirect("incentives:dispute-detail", dispute.uid)
    context = {
        "statement": statement,
        "first": answer_about_missing(viewer=request.user, statement=statement, deal=deal) if deal else None,
        "deal": deal,
        "form": form,
        "title": statement_title(statement),
        "audience": Audience(readers=[_("you"), *questions.answering_names(statement)]),
        "crumbs": crumbs(Crumb(_("A deal is missing"))),
    }
    return render(request, "incentives/dispute_missing.html", context, status=422 if form.is_bound else 200)
