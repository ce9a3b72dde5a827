"""The KPI library: what HR may change. Unit, aggregation and source are fixed, since stored results rest on them."""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from core import jobs
from core.audit import acting
from core.errors import NotFound
from goals.models import Kpi

TEXTS = ("name_en", "name_zh", "definition_en", "definition_zh")


@dataclass(frozen=True, slots=True)
class KpiTexts:
    name_en: str
    name_zh: str
    definition_en: str
    definition_zh: str


@transaction.atomic
def edit_kpi(*, code: str, texts: KpiTexts, is_active: bool, by: User) -> Kpi:
    """Change name and definition (which makes a new version of the KPI), switch it on or off. Raises NotFound.

    One that is switched on again is computed for all periods in the background.
    """
    kpi = Kpi.objects.select_for_update().filter(code=code).first()
    if kpi is None:
        raise NotFound
    if any(getattr(kpi, name) != getattr(texts, name) for name in TEXTS):
        kpi.version += 1
    if is_active and not kpi.is_active:
        jobs.enqueue("goals.compute_all")
    for name in TEXTS:
        setattr(kpi, name, getattr(texts, name))
    kpi.is_active = is_active
    with acting(by, "kpi.edited"):
        kpi.save(update_fields=[*TEXTS, "version", "is_active"])
    return kpi
