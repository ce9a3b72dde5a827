"""What a part of a plan pays at target: a weight of the target pay, an own amount, or a share beside the weights."""

from fractions import Fraction

from incentives.rules.case import Case
from incentives.rules.fields import Field, Money, Share
from incentives.rules.reading import Fields
from incentives.rules.words import Words

WEIGHT = Field("weight", Share(), Words("Weight of target pay", "占目标奖金权重"), default=None, attr="weight_given")
AMOUNT = Field("amount", Money(), Words("Or an amount", "或固定金额"), default=None)
SHARE = Field(
    "share",
    Share(),
    Words("Or a share beside the weights", "或权重之外的比例"),
    default=None,
    help=Words("Of the target pay; it does not count into the 100 %.", "按目标奖金计算，不计入 100%。"),
)
SIZE_FIELDS = (WEIGHT, AMOUNT, SHARE)


def size(case: Case, weight: Fraction | None, amount: Fraction | None, share: Fraction | None) -> Fraction | None:
    """In money, prorated by the days; None where there is no target pay to take a share of."""
    if amount is not None:
        return amount * case.ratio
    part = weight if weight is not None else share
    return None if case.target_pay is None or part is None else case.target_pay * part


def check_size(fields: Fields, weight: Fraction | None, amount: Fraction | None, share: Fraction | None) -> None:
    """Exactly one of the three."""
    given = [each for each in (weight, amount, share) if each is not None]
    if not given:
        fields.problem("weight", "size_missing")
    elif len(given) > 1:
        fields.problem("weight", "size_twice")
    if weight is not None and not 0 < weight <= 1:
        fields.problem("weight", "weight_outside", given=weight)
