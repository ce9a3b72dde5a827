"""What pages and the API read about benefits: the catalogue, grants, what ends soon, who is entitled by rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Upper

from accounts.models import LevelRecord, Person, User
from incentives.models import Run, Statement
from incentives.models_awards import Benefit, BenefitGrant
from incentives.selectors.awards import works

SOON = timedelta(days=30)
# How far back an approved statement still entitles: who reached a tier is proposed once for each of its quarters.
TIER_LOOKS_BACK = timedelta(days=200)


def catalogue(*, viewer: User, on: date) -> "QuerySet[Benefit]":
    """Benefits with how many people have them on a day and how many are proposed. One query."""
    held = Q(grants__status=BenefitGrant.Status.GRANTED, grants__during__contains=on)
    return (
        Benefit.objects.visible_to(viewer)
        .annotate(
            holders=Count("grants", filter=held),
            proposed=Count("grants", filter=Q(grants__status=BenefitGrant.Status.PROPOSED)),
        )
        .order_by("-is_active", "kind", "pk")
    )


def grants(*, viewer: User) -> "QuerySet[BenefitGrant]":
    """The grants that the viewer may see, with benefit and person."""
    return BenefitGrant.objects.visible_to(viewer).select_related("benefit", "person", "granted_by")


def grants_of(*, viewer: User, person: Person) -> "QuerySet[BenefitGrant]":
    """A person's given benefits as far as the viewer may see them: those that hold first, then the latest."""
    rows = grants(viewer=viewer).filter(person=person)
    given = rows.filter(status__in=[BenefitGrant.Status.GRANTED, BenefitGrant.Status.ENDED])
    return given.order_by("-status", "-granted_at", "-pk")


def proposals(*, viewer: User) -> "QuerySet[BenefitGrant]":
    """What waits for a decision, by benefit and name."""
    rows = grants(viewer=viewer).filter(status=BenefitGrant.Status.PROPOSED)
    return rows.order_by("benefit", "person__name", "pk")


def expiring(rows: "QuerySet[BenefitGrant]", on: date) -> "QuerySet[BenefitGrant]":
    """Those of `rows` that hold on a day and end within thirty days; what is used up already needs no warning."""
    held = rows.filter(status=BenefitGrant.Status.GRANTED, during__contains=on, used_on=None)
    return (
        held.annotate(last=Upper("during"))
        .filter(during__endswith__lte=on + SOON)
        .select_related("benefit", "person")
        .order_by("last", "pk")
    )


# Who is entitled


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A person is entitled to a benefit on an occasion, with the numbers behind it."""

    benefit: Benefit
    person_id: int
    cause: str
    facts: Mapping[str, str]


def entitlements(on: date) -> Iterator[Entitlement]:
    """Whom the rules of the active benefits entitle on a day and who does not have them. A few queries a benefit."""
    for benefit in Benefit.objects.filter(is_active=True).order_by("pk"):
        match benefit.entitled:
            case Benefit.Entitled.EVERYBODY:
                yield from _everybody(benefit, on)
            case Benefit.Entitled.LEVEL:
                yield from _by_level(benefit, on)
            case Benefit.Entitled.TIER:
                yield from _by_tier(benefit, on)


def _without(benefit: Benefit, on: date) -> "QuerySet[Person]":
    """Who works here on a day and does not hold the benefit then."""
    holds = BenefitGrant.objects.in_force(on).filter(benefit=benefit, person=OuterRef("pk"))
    return Person.objects.filter(works(on), ~Exists(holds), user__is_active=True).order_by("pk")


def _everybody(benefit: Benefit, on: date) -> Iterator[Entitlement]:
    """Once where it has no end, else once a year."""
    cause = str(on.year) if benefit.months else "everybody"
    for person in _without(benefit, on).values_list("pk", flat=True):
        yield Entitlement(benefit, person, cause, {})


def _by_level(benefit: Benefit, on: date) -> Iterator[Entitlement]:
    rows = LevelRecord.objects.filter(
        during__contains=on, level__gte=benefit.least_level or 0, person__in=_without(benefit, on).values("pk")
    )
    for person, level in rows.order_by("person").values_list("person", "level"):
        cause = f"level:{level}:{on.year}" if benefit.months else f"level:{level}"
        yield Entitlement(benefit, person, cause, {"level": str(level)})


def _by_tier(benefit: Benefit, on: date) -> Iterator[Entitlement]:
    """By the latest approved final statement that reached it: what may still change entitles nobody."""
    rows = Statement.objects.filter(
        run__status__in=Run.FIXED,
        run__kind=Run.Kind.FINAL,
        run__ends__gt=on - TIER_LOOKS_BACK,
        attainment__gte=benefit.least_attainment,
        person__in=_without(benefit, on).values("pk"),
    )
    latest = rows.order_by("person", "-run__starts").distinct("person")
    for person, period, attainment in latest.values_list("person", "run__period", "attainment"):
        yield Entitlement(benefit, person, period, {"period": period, "attainment": str(attainment)})
