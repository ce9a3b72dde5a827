"""What awards, certificates and benefits add to the registries of lower floors."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import jobs as job_names
from accounts import person_tabs, search
from accounts.models import User
from core import formats, outbox, schedules
from core.outbox import Kind, Rendered
from incentives import permissions  # noqa: F401  (the names below must be declared)
from incentives.models_awards import Award, Benefit
from incentives.services import awards, benefits, certificates


def _named(payload: Mapping[str, Any]) -> dict[str, str]:
    return {"name": payload["zh"] if formats.chinese() else payload["en"]}


def _award(payload: Mapping[str, Any]) -> str:
    return reverse("incentives:award-detail", args=[payload["award"]])


def award_open(payload: Mapping[str, Any]) -> Rendered:
    values = _named(payload) | {"last": formats.day(date.fromisoformat(payload["ends"]) - timedelta(days=1))}
    return Rendered(
        _("%(name)s is open") % values,
        _("Name a colleague who deserves it, and say why. It is open until %(last)s.") % values,
        _award(payload),
    )


def award_closable(payload: Mapping[str, Any]) -> Rendered:
    return Rendered(
        _("%(name)s can be closed") % _named(payload),
        _("Its time is over. Close it, and the published rule picks the winners."),
        _award(payload),
    )


def award_closed(payload: Mapping[str, Any]) -> Rendered:
    return Rendered(
        _("%(name)s waits for confirmation") % _named(payload),
        _("The rule has picked the winners. Confirm them, and they are on the wall of recognition."),
        _award(payload),
    )


def award_won(payload: Mapping[str, Any]) -> Rendered:
    return Rendered(
        _("Congratulations: %(name)s") % _named(payload),
        _("This award is yours. It is on the wall of recognition, where colleagues can congratulate."),
        _award(payload),
    )


def certificate_issued(payload: Mapping[str, Any]) -> Rendered:
    return Rendered(
        _("Certificate for %(name)s") % _named(payload),
        _("The certificate is issued. Download it in English or Chinese."),
        reverse("incentives:own-recognition"),
    )


def benefit_granted(payload: Mapping[str, Any]) -> Rendered:
    values = _named(payload)
    text = _("The benefit is granted and holds until it is ended.")
    if payload["ends"]:
        last = formats.day(date.fromisoformat(payload["ends"]) - timedelta(days=1))
        text = _("The benefit is granted and holds until %(last)s.") % {"last": last}
    return Rendered(_("Benefit: %(name)s") % values, text, reverse("incentives:benefit-list"))


def benefit_expiring(payload: Mapping[str, Any]) -> Rendered:
    values = _named(payload) | {"last": formats.day(date.fromisoformat(payload["ends"]) - timedelta(days=1))}
    return Rendered(
        _("%(name)s ends on %(last)s") % values,
        _("Use the benefit before that day, or ask HR whether it goes on."),
        reverse("incentives:benefit-list"),
    )


def benefits_proposed(payload: Mapping[str, Any]) -> Rendered:
    text = ngettext("%(count)s benefit is proposed", "%(count)s benefits are proposed", payload["count"])
    return Rendered(
        text % {"count": payload["count"]},
        _("People are entitled by the rules of the catalogue. Grant the benefits, or put them aside."),
        reverse("incentives:benefit-list"),
    )


for _kind in (
    Kind(awards.OPEN_NOTICE, gettext_lazy("An award is open"), award_open),
    Kind(awards.CLOSABLE_NOTICE, gettext_lazy("An award can be closed"), award_closable),
    Kind(awards.CLOSED_NOTICE, gettext_lazy("An award waits for confirmation"), award_closed),
    Kind(awards.WON_NOTICE, gettext_lazy("An award is won"), award_won),
    Kind(certificates.ISSUED_NOTICE, gettext_lazy("A certificate is issued"), certificate_issued),
    Kind(benefits.GRANTED_NOTICE, gettext_lazy("A benefit is granted"), benefit_granted),
    Kind(benefits.EXPIRING_NOTICE, gettext_lazy("A benefit ends soon"), benefit_expiring),
    Kind(benefits.PROPOSED_NOTICE, gettext_lazy("Benefits are proposed"), benefits_proposed),
):
    outbox.register(_kind)


def find_awards(user: User, text: str, most: int) -> list[search.Hit]:
    rows = Award.objects.visible_to(user).filter(Q(name_en__icontains=text) | Q(name_zh__icontains=text))
    return [
        search.Hit(
            award.name,
            f"{formats.period_label(award.period)} · {str(award.get_status_display()).lower()}",
            reverse("incentives:award-detail", args=[award.uid]),
        )
        for award in rows.order_by("-ends", "-pk")[:most]
    ]


def find_benefits(user: User, text: str, most: int) -> list[search.Hit]:
    rows = Benefit.objects.visible_to(user).filter(Q(name_en__icontains=text) | Q(name_zh__icontains=text))
    return [
        search.Hit(benefit.name, str(benefit.get_kind_display()), reverse("incentives:benefit-list"))
        for benefit in rows.order_by("-is_active", "pk")[:most]
    ]


search.register(search.Searchable(80, gettext_lazy("Awards"), "trophy", "incentives.view_awards", find_awards))
search.register(
    search.Searchable(85, gettext_lazy("Benefits"), "heart-handshake", "incentives.view_benefits", find_benefits)
)
person_tabs.register(
    person_tabs.PersonTab(
        75, "recognition", gettext_lazy("Recognition"), "incentives:person-recognition", "incentives.view_awards"
    )
)
job_names.register(certificates.DRAW_JOB, gettext_lazy("Drawing certificates"))
schedules.register(
    schedules.ScheduledTask(
        "incentives.tend_awards_and_benefits",
        gettext_lazy("Awards and benefits"),
        gettext_lazy("Which awards can be closed, who is entitled to a benefit, and which benefits end soon."),
    )
)
