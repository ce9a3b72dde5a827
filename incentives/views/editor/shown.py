"""The parts of the plan editor's page, as plain data with texts in the reader's language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _

from incentives.forms.typed_plan import NotANumber, TypedComponent, number_typed


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field of the document as the page shows it; `unit` stands behind the value."""

    name: str
    value: str
    error: str = ""
    unit: str = ""
    label: str = ""

    @property
    def id(self) -> str:
        return field_id(self.name)


def field_id(path: str) -> str:
    return f"f-{path.replace('.', '-')}"


@dataclass(frozen=True, slots=True)
class ShownTier:
    """A row of the grid. `share` is what all credit up to its end has earned, of the component's pay at target."""

    number: int
    action: str
    start: str
    to: ShownField
    rate: ShownField
    share: str

    @property
    def errors(self) -> list[str]:
        return [text for text in (self.to.error, self.rate.error) if text]


@dataclass(frozen=True, slots=True)
class ShownComponent:
    """A component: its card at the left and its panel in the middle."""

    index: int
    typed: TypedComponent
    title: str
    kind: str
    sentence: str
    weight_text: str
    fields: Mapping[str, ShownField]
    tiers: Sequence[ShownTier]
    selected: bool
    has_error: bool

    @property
    def path(self) -> str:
        return f"components.{self.index}"

    @property
    def shown_fields(self) -> Iterator[ShownField]:
        """The fields beside the tiers that the kind has."""
        kinds = {
            "weight": self.typed.has_weight,
            "rate": not self.typed.has_tiers,
            "threshold": not self.typed.has_tiers,
        }
        return (field for name, field in self.fields.items() if kinds.get(name, True))

    @property
    def share_label(self) -> str:
        """What `ShownTier.share` is."""
        return _("Share of target pay at the top") if self.typed.of_target_pay else _("Earned at the top")


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """What stands before publishing; `field` is the id of the field to go to."""

    text: str
    tone: Literal["bad", "careful", "accent"]
    field: str = ""
    component: int | None = None


@dataclass(frozen=True, slots=True)
class Typical:
    """The case of the example as typed: bookings target, pay at target, attainment, bookings of a leader's team."""

    quota: str
    target_pay: str
    attainment: str = "112"
    team: str = ""

    @property
    def quota_amount(self) -> Decimal | None:
        """Above 0; None where it can't be computed with."""
        return positive(self.quota)

    @property
    def target_amount(self) -> Decimal | None:
        return positive(self.target_pay)

    @property
    def team_amount(self) -> Decimal | None:
        return number_or_none(self.team)

    @property
    def ratio(self) -> Decimal | None:
        """The attainment as a ratio."""
        percent = number_or_none(self.attainment)
        return None if percent is None or percent < 0 else percent / 100


def number_or_none(text: str) -> Decimal | None:
    try:
        return number_typed(text)
    except NotANumber:
        return None


def positive(text: str) -> Decimal | None:
    number = number_or_none(text)
    return number if number and number > 0 else None


@dataclass(frozen=True, slots=True)
class ExampleLine:
    text: str
    pay: str


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What the plan pays in the example, and the parts it is made of; `error` where the case can't be computed."""

    total: str = ""
    sentence: str = ""
    lines: Sequence[ExampleLine] = ()
    notes: Sequence[str] = ()
    error: str = ""
