"""What a rule may look at: attainment, credits, tenure, or a result of a KPI, OKR, review or goal."""

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from incentives.rules.case import NOTHING, Case
from incentives.rules.facts import Result
from incentives.rules.fields import Choice, Field, Group, Text
from incentives.rules.words import Words

# What credits can be of. A portal offers those that its CRM delivers.
CREDIT_MEASURES = {
    "booked_revenue": Words("Bookings", "签约额"),
    "invoiced_revenue": Words("Invoices", "开票额"),
    "payments_received": Words("Payments received", "回款额"),
    "gross_margin": Words("Gross margin", "毛利额"),
}

ATTAINMENT, CREDITED, TEAM_CREDITS, TEAM_ATTAINMENT = "attainment", "credited", "team_credits", "team_attainment"
LOWEST_ATTAINMENT, TENURE_MONTHS, KPI = "lowest_attainment", "tenure_months", "kpi"

OF = {
    ATTAINMENT: Words("Attainment of the target", "目标达成率"),
    CREDITED: Words("Own credits", "个人业绩"),
    TEAM_CREDITS: Words("Credits of the team", "团队业绩"),
    TEAM_ATTAINMENT: Words("Attainment of the team's target", "团队目标达成率"),
    LOWEST_ATTAINMENT: Words("Lowest attainment of the products", "各产品中最低的达成率"),
    TENURE_MONTHS: Words("Months in the company", "在职月数"),
    KPI: Words("A result: KPI, OKR, review or goal", "考核结果（KPI、OKR、评分或目标）"),
}
READS = {
    "value": Words("Value", "数值"),
    "attainment": Words("Attainment", "达成率"),
    "score": Words("Score", "得分"),
}


class Measured(NamedTuple):
    """A value, None where there is none; `n` answers stand behind it, None where nobody counts them."""

    value: Fraction | None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """What is looked at. `code` and `read` belong to a result."""

    of: str
    code: str | None = None
    read: str | None = None

    @property
    def name(self) -> str:
        """'attainment' or 'csat', for sentences."""
        return self.code or self.of

    def measured(self, case: Case) -> Measured:
        if self.of == KPI:
            result = case.facts.results.get(self.code or "", Result())
            return Measured(getattr(result, self.read or "value"), result.n)
        return Measured(_OWN[self.of](case))


def _team_credits(case: Case) -> Fraction | None:
    team = case.facts.team_credits
    return None if team is None else Fraction(team)


def _team_attainment(case: Case) -> Fraction | None:
    team, quota = case.facts.team_credits, case.facts.team_quota
    return Fraction(team) / quota if team is not None and quota else None


def _lowest_attainment(case: Case) -> Fraction | None:
    """Over the named quotas, each against the credits of the product of that name."""
    shares = []
    for name in case.facts.quotas:
        quota = case.quota_of(name)
        if not quota:
            return None
        sold = (case.exact(credit) for credit in case.credits if case.deal(credit).product == name)
        shares.append(sum(sold, NOTHING) / quota)
    return min(shares, default=None)


def _tenure(case: Case) -> Fraction | None:
    months = case.facts.tenure_months
    return None if months is None else Fraction(months)


_OWN = {
    ATTAINMENT: lambda case: case.attainment,
    CREDITED: lambda case: case.credited,
    TEAM_CREDITS: _team_credits,
    TEAM_ATTAINMENT: _team_attainment,
    LOWEST_ATTAINMENT: _lowest_attainment,
    TENURE_MONTHS: _tenure,
}


class MeasureRef(Group):
    """A field that names what is looked at."""

    widget = "measure"

    def __init__(self) -> None:
        super().__init__(
            fields=(
                Field("of", Choice(OF), Words("What is looked at", "依据")),
                Field("code", Text(), Words("Code of the result", "结果代码"), when={"of": (KPI,)}),
                Field(
                    "read",
                    Choice(READS),
                    Words("Which of its figures", "取哪个数"),
                    default="value",
                    when={"of": (KPI,)},
                ),
            ),
            into=Measure,
        )
