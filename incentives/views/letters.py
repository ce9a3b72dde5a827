"""Plan letters: a version in words and numbers of one's own case, read, signed and kept; and who has not signed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from core import calendar, formats, pdf
from core.errors import NotFound
from core.keyset import next_page_url
from core.ui import Crumb, Tab
from incentives.messages import note_text
from incentives.models import PlanLetter
from incentives.selectors.letters import (
    LetterCase,
    SignedCount,
    TierInMoney,
    letter_case,
    letter_rows,
    letters_to_sign,
    signed_counts,
)
from incentives.services.letters import letter_digest, remind, sign_letter
from incentives.views.plan_words import ComponentWords, document_words

Content = dict[str, Any]


# The letter's text


def letter_content(case: LetterCase) -> Content:
    """The letter in the active language, as plain texts: this is what is shown, signed and kept."""
    currency = case.version.currency
    words = document_words(case.version.content, currency)
    keys = [component.key for component in case.plan.components]
    return {
        "person": case.person.name,
        "number": case.person.number,
        "plan": case.version.plan.name,
        "version": case.version.number,
        "plan_digest": case.version.digest,
        "title": _("Plan letter: %(plan)s, version %(number)s")
        % {"plan": case.version.plan.name, "number": case.version.number},
        "greeting": _("Dear %(name)s,") % {"name": case.person.name},
        "opening": _("from %(day)s on you are paid by this plan. This letter says what it means for you.")
        % {"day": formats.day(max(case.version.starts, case.assignment.during.lower or case.version.starts))},
        "facts": _facts(case),
        "parts": [
            _part(words_of, case.tiers.get(key or "", ()), currency)
            for words_of, key in zip(words, [*keys, None], strict=False)
        ],
        "examples": _examples(case),
        "closing": _("The wording of the version is what pays. It never changes: a new wording is a new letter."),
    }


def _facts(case: LetterCase) -> list[list[str]]:
    currency, period = case.version.currency, formats.period_label(case.period.code)
    quota = _("not set yet") if case.quota is None else formats.money_full(case.quota, currency)
    facts = [
        [_("Your target, %(period)s") % {"period": period}, quota],
        [_("Your pay at target, a quarter"), formats.money_full(case.assignment.target_pay, currency)],
    ]
    if case.most is not None:
        facts.append([_("The plan pays you at most, a quarter"), formats.money_full(case.most, currency)])
    if case.version.ends:
        facts.append([_("Holds until"), formats.day(case.version.ends)])
    return facts


def _part(words: ComponentWords, tiers: Sequence[TierInMoney], currency: str) -> Content:
    return {
        "name": words.name,
        "kind": words.kind,
        "says": [[row.label, row.after] for row in words.rows if row.after],
        "tiers": [_tier(tier, currency) for tier in tiers],
    }


def _tier(tier: TierInMoney, currency: str) -> list[str]:
    start = formats.money_full(tier.start, currency)
    if tier.end is None:
        where = _("above %(bound)s") % {"bound": start}
    else:
        where = f"{start} {formats.DASH} {formats.money_full(tier.end, currency)}"
    earned = formats.DASH if tier.earned is None else formats.money_full(tier.earned, currency)
    return [where, formats.percent(tier.rate, 2), earned]


def _examples(case: LetterCase) -> list[Content]:
    currency = case.version.currency
    return [
        {
            "attainment": formats.percent(example.attainment),
            "credit": formats.money_full(example.credit, currency),
            "pay": formats.money_full(example.pay, currency),
            "notes": [note_text(note.code, note.values, currency) for note in example.notes],
        }
        for example in case.examples
    ]


# One's own


def _crumbs(*further: Crumb) -> list[Crumb]:
    return [Crumb(_("Incentives"), reverse("incentives:home")), *further]


def _own() -> Crumb:
    return Crumb(_("My plan letters"), reverse("incentives:own-letters"))


@require_GET
@requires("incentives.view_own_pay")
def own_letters(request: UserRequest) -> HttpResponse:
    """What one has to sign, and what one has signed."""
    person = request.user.person_or_none
    if person is None:
        raise NotFound
    context = {
        "to_sign": letters_to_sign(person, calendar.today()),
        "signed": list(PlanLetter.objects.filter(person=person).select_related("version__plan")),
        "crumbs": _crumbs(Crumb(_("My plan letters"))),
    }
    return render(request, "incentives/own_letters.html", context)


@require_GET
@requires("incentives.view_own_pay")
def letter_read(request: UserRequest, version_uid: UUID) -> HttpResponse:
    """The own letter of a version, with the button to sign it; once signed, what was signed."""
    person = request.user.person_or_none
    if person is None:
        raise NotFound
    signed = PlanLetter.objects.filter(person=person, version__uid=version_uid).first()
    if signed is not None:
        return redirect("incentives:letter-signed", signed.uid)
    case = letter_case(person=person, version_uid=version_uid, on=calendar.today())
    content = letter_content(case)
    context = {
        "letter": content,
        "digest": letter_digest(content),
        "version": case.version,
        "crumbs": _crumbs(_own(), Crumb(f"{case.version.plan.name} {case.version.number}")),
    }
    return render(request, "incentives/letter_read.html", context)


@require_POST
@requires("incentives.view_own_pay")
def letter_sign(request: UserRequest, version_uid: UUID) -> HttpResponse:
    person = request.user.person_or_none
    if person is None:
        raise NotFound
    case = letter_case(person=person, version_uid=version_uid, on=calendar.today())
    letter = sign_letter(
        version_uid=version_uid,
        content=letter_content(case),
        language=get_language() or "en",
        read=request.POST.get("digest", ""),
        by=request.user,
    )
    messages.success(request, _("The letter is signed. You can read it here at any time."))
    return redirect("incentives:letter-signed", letter.uid)


# What was signed


def _signed(request: UserRequest, uid: UUID) -> PlanLetter:
    letter = get_visible(PlanLetter, request.user, uid)
    return PlanLetter.objects.select_related("person", "version__plan", "signed_by").get(pk=letter.pk)


@require_GET
@requires("incentives.view_statements")
def letter_signed(request: UserRequest, uid: UUID) -> HttpResponse:
    """A letter as it was signed, in the language in which it was read."""
    letter = _signed(request, uid)
    is_own = letter.person.user_id == request.user.pk
    above = _own() if is_own else Crumb(_("Plan letters"), reverse("incentives:letter-list"))
    context = {
        "signed": letter,
        "letter": letter.content,
        "crumbs": _crumbs(above, Crumb(letter.person.name)),
    }
    return render(request, "incentives/letter_signed.html", context)


@require_GET
@requires("incentives.view_statements")
def letter_pdf(request: UserRequest, uid: UUID) -> HttpResponse:
    """Raises NotFound, PdfNeedsPango, PdfNeedsAChineseFont."""
    letter = _signed(request, uid)
    context: Mapping[str, Any] = {"signed": letter, "letter": letter.content}
    document = pdf.document("incentives/letter_pdf.html", context, language=letter.language)
    name = f"plan-letter-{letter.version.plan.code}-v{letter.version.number}-{letter.person.number}"
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return HttpResponse(document, content_type="application/pdf", headers=headers)


# Who has not signed


@require_GET
@requires("incentives.view_letters")
def letter_list(request: UserRequest) -> HttpResponse:
    """By version who has signed and who has not, of the people whom the viewer sees."""
    today = calendar.today()
    counts = signed_counts(viewer=request.user, on=today)
    chosen = _chosen(counts, request.GET.get("version", ""))
    context: dict[str, Any] = {"counts": counts, "chosen": chosen, "crumbs": _crumbs(Crumb(_("Plan letters")))}
    if chosen is None:
        return render(request, "incentives/letter_list.html", context)
    only = request.GET.get("only", "")
    page = letter_rows(
        viewer=request.user,
        version=chosen.version,
        on=today,
        only=only if only in {"waiting", "signed"} else "",
        words=request.GET.get("q", "")[:100],
        after=request.GET.get("after", ""),
    )
    context |= {
        "rows": page.rows,
        "next_url": next_page_url(request, page.after),
        "tabs": _tabs(chosen, only),
    }
    if wants_fragment(request):
        template = "incentives/_letter_rows.html" if request.GET.get("after") else "incentives/_letter_table.html"
        return render(request, template, context)
    return render(request, "incentives/letter_list.html", context)


def _chosen(counts: Sequence[SignedCount], uid: str) -> SignedCount | None:
    return next((each for each in counts if str(each.version.uid) == uid), next(iter(counts), None))


def _tabs(chosen: SignedCount, only: str) -> list[Tab]:
    choices = (
        ("", _("All"), chosen.people),
        ("waiting", _("Not signed"), chosen.waiting),
        ("signed", _("Signed"), chosen.signed),
    )
    return [
        Tab(label, f"?version={chosen.version.uid}&only={name}", active=name == only, count=count)
        for name, label, count in choices
    ]


@require_POST
@requires("incentives.view_letters")
def letter_remind(request: UserRequest, version_uid: UUID) -> HttpResponse:
    count = remind(version_uid=version_uid, by=request.user)
    text = ngettext("%(n)s person is reminded.", "%(n)s people are reminded.", count) % {"n": formats.number(count)}
    messages.success(request, text)
    return redirect(f"{reverse('incentives:letter-list')}?version={version_uid}&only=waiting")
