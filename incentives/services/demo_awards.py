"""Awards and benefits of the demo company, from what really happened: the results of its quarters pick the winners.

Everything here is marked as demo. What is past is dated back to when it would have been; what waits for somebody (an
award to confirm, one to vote in, proposals to decide) is left for whoever looks around.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TypedDict

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from accounts.models import Membership, Person, User
from core import calendar, formats
from core.audit import acting
from core.periods import Period
from crm.models import Opportunity
from goals.models import Kpi
from incentives.models_awards import Award, Benefit, BenefitGrant, Winner
from incentives.services.awards import AwardTerms, close_award, confirm_award, create_award, nominate, open_award, vote
from incentives.services.benefits import BenefitTerms, confirm_grants, create_benefit, grant_benefit, propose_grants
from incentives.services.certificates import issue_certificates

# Given out in the second week after a quarter.
DAYS_AFTER = 9
LEAST_DECIDED = Decimal(20)
NOMINEES = 3


class Texts(TypedDict):
    """What an award is called and what it is for, in both languages."""

    name_en: str
    name_zh: str
    description_en: str
    description_zh: str


MOST_BOOKED: Texts = {
    "name_en": "Most booked",
    "name_zh": "签约之星",
    "description_en": "The three who booked most in the quarter.",
    "description_zh": "季度签约额前三名。",
}
BEST_WIN_RATE: Texts = {
    "name_en": "Best win rate",
    "name_zh": "赢单率之星",
    "description_en": "Who wins most of what is decided, over at least twenty deals.",
    "description_zh": "已决商机不少于 20 个，赢单率最高。",
}
TARGET_REACHED: Texts = {
    "name_en": "Target reached",
    "name_zh": "达标奖",
    "description_en": "For everybody who reached the booking target of the quarter.",
    "description_zh": "授予完成季度签约目标的每一位同事。",
}
COLLEAGUE: Texts = {
    "name_en": "Colleague of the quarter",
    "name_zh": "季度最佳同事",
    "description_en": "Who made the work of others easier or showed how a deal is won?",
    "description_zh": "谁帮了大家的忙，或者做了值得学习的单子？",
}


@transaction.atomic
def ensure_demo_awards(*, quarters: Sequence[Period], hr: User, director: User) -> None:
    """Awards of the closed quarters among `quarters`, one to vote in, the catalogue of benefits. Once."""
    if Award.objects.exists() or Benefit.objects.exists():
        return
    closed = [quarter for quarter in quarters if quarter.end + timedelta(days=DAYS_AFTER) <= calendar.today()]
    kpis = {kpi.code: kpi for kpi in Kpi.objects.all()}
    for quarter in closed:
        _given(_by_rule(MOST_BOOKED, quarter, kpis["booked_revenue"], hr, places=3), director)
        rate = _by_rule(BEST_WIN_RATE, quarter, kpis["win_rate"], hr, least_base=LEAST_DECIDED)
        _given(rate, director)
        if quarter != closed[-1]:
            issue_certificates(award_uid=rate.uid, by=hr)
    if closed:  # waits for the director
        _by_rule(TARGET_REACHED, closed[-1], kpis["booked_revenue"], hr, reaches=Decimal(1))
    _vote(quarters[-1], hr)
    _benefits(hr)


def _by_rule(
    texts: Texts,
    quarter: Period,
    kpi: Kpi,
    hr: User,
    *,
    places: int = 1,
    least_base: Decimal | None = None,
    reaches: Decimal | None = None,
) -> Award:
    """Opened and closed: the rule has picked its winners."""
    terms = AwardTerms(
        **texts,
        kind=Award.Kind.RULE,
        period=quarter.code,
        starts=quarter.start,
        ends=quarter.end,
        places=places,
        kpi=kpi,
        rule=Award.Rule.THRESHOLD if reaches else Award.Rule.RANK,
        measure=Award.Measure.ATTAINMENT if reaches else Award.Measure.ACTUAL,
        threshold=reaches,
        least_base=least_base,
    )
    award = open_award(award_uid=create_award(terms=terms, by=hr, is_demo=True).uid, by=hr)
    return close_award(award_uid=award.uid, by=hr)


def _given(award: Award, director: User) -> None:
    """Confirmed, and dated back to the second week after its quarter."""
    confirm_award(award_uid=award.uid, by=director)
    day = award.period_ends + timedelta(days=DAYS_AFTER)
    at = timezone.make_aware(datetime.combine(day, time(10)))
    with acting(director, "award.confirmed"):
        Award.objects.filter(pk=award.pk).update(confirmed_at=at)
        Winner.objects.filter(award=award).update(awarded_on=day)


# The award that is open


def _vote(quarter: Period, hr: User) -> None:
    """The owners of the largest deals won in the quarter are nominated by colleagues, who vote, too."""
    terms = AwardTerms(
        **COLLEAGUE, kind=Award.Kind.VOTE, period=quarter.code, starts=quarter.start, ends=quarter.end, places=1
    )
    award = open_award(award_uid=create_award(terms=terms, by=hr, is_demo=True).uid, by=hr)
    deals = _largest_deals(quarter)
    for number, deal in enumerate(deals):
        language = ("en", "zh-hans")[number % 2]
        for place, mate in enumerate(_team_mates(deal.owner)[: NOMINEES - number]):
            reason = _reason(deal, place, language)
            nominate(award_uid=award.uid, nominee_uid=deal.owner.uid, reason=reason, by=mate.user)
            vote(award_uid=award.uid, nominee_uid=deal.owner.uid, by=mate.user)


def _largest_deals(quarter: Period) -> list[Opportunity]:
    """The largest won deal of each of the first few owners, largest first."""
    won = Opportunity.objects.filter(
        stage=Opportunity.Stage.WON, closed_on__gte=quarter.start, closed_on__lt=quarter.end
    ).select_related("owner__user", "key_account", "product")
    found: dict[int, Opportunity] = {}
    for deal in won.order_by("-amount", "pk")[:200]:
        found.setdefault(deal.owner_id, deal)
        if len(found) == NOMINEES:
            break
    return list(found.values())


def _team_mates(person: Person) -> list[Person]:
    today = calendar.today()
    team = Membership.objects.filter(person=person, during__contains=today).values("team")
    mates = Membership.objects.filter(team__in=team, during__contains=today).exclude(person=person)
    return list(Person.objects.filter(pk__in=mates.values("person")).select_related("user").order_by("name", "pk"))


REASONS = {
    "en": (
        "Won {account} for {amount}, then went through the whole deal with the team, including what nearly went wrong.",
        "I sat in on the talks with {account}. The way the price was defended is what I now try with my own customers.",
        "{amount} from {account}, and still found time to prepare two of my offers with me.",
    ),
    "zh-hans": (
        "签下 {account}，金额 {amount}，事后带全组复盘了整个过程，差点丢单的地方也讲得很坦白。",
        "一起拜访过 {account}，谈价格的思路很值得学，我已经用在自己的客户上了。",
        "{account} 这单 {amount} 不容易，期间还抽空帮我改了两份报价。",
    ),
}


def _reason(deal: Opportunity, number: int, language: str) -> str:
    """What was won, in one of the two languages that people here write; each nominator has the own words."""
    with translation.override(language):
        amount = formats.money(deal.amount or Decimal(0), deal.currency)
    account = deal.key_account.name if deal.key_account else deal.product.name
    return REASONS[language][number % len(REASONS[language])].format(account=account, amount=amount)


# Benefits


def _benefits(hr: User) -> None:
    """Four benefits; who is entitled by rule has them, the upper tier waits for a decision, one ends soon."""
    today = calendar.today()
    phone = _benefit(
        hr, "Phone and internet", "通讯补贴", "For work on the road, each month.", "外勤通讯费用，按月发放。",
        kind=Benefit.Kind.ALLOWANCE, unit=Benefit.Unit.MONEY, value=Decimal(40), entitled=Benefit.Entitled.EVERYBODY,
    )  # fmt: skip
    confirm = BenefitGrant.objects.filter(status=BenefitGrant.Status.PROPOSED)
    propose_grants(by=hr)
    confirm_grants(grant_uids=list(confirm.filter(benefit=phone).values_list("uid", flat=True)), by=hr)
    check = _benefit(
        hr, "Health check", "年度体检", "A full check at a clinic of one's choice.", "自选医院，全项体检一次。",
        kind=Benefit.Kind.HEALTH, months=12, is_used_once=True, entitled=Benefit.Entitled.BY_HAND,
    )  # fmt: skip
    for person in Membership.objects.filter(during__contains=today).order_by("person__name").values("person__uid")[:9]:
        uid = person["person__uid"]
        starts = today - timedelta(days=345)
        ends = today + timedelta(days=20)
        grant_benefit(benefit_uid=check.uid, person_uid=uid, starts=starts, ends=ends, by=hr)
    _benefit(
        hr, "Upper-tier dinner", "高档位晚宴券", "Dinner for two after a quarter in the plan's upper tiers.",
        "季度达成率进入高档位，奖励双人晚餐一次。", kind=Benefit.Kind.VOUCHER, unit=Benefit.Unit.MONEY,
        value=Decimal(150), entitled=Benefit.Entitled.TIER, least_attainment=Decimal("1.3"), months=6,
        is_used_once=True,
    )  # fmt: skip
    _benefit(
        hr, "Extra leave", "额外年假", "From the fourth level of the ladder on.", "职级达到第 4 级起享有。",
        kind=Benefit.Kind.LEAVE, unit=Benefit.Unit.DAYS, value=Decimal(3), entitled=Benefit.Entitled.LEVEL,
        least_level=4, months=12,
    )  # fmt: skip
    propose_grants(by=hr)


def _benefit(
    hr: User, name_en: str, name_zh: str, description_en: str, description_zh: str, **terms: object
) -> Benefit:
    currency = settings.COMPANY_CURRENCY if terms.get("unit") == Benefit.Unit.MONEY else ""
    texts = {
        "name_en": name_en,
        "name_zh": name_zh,
        "description_en": description_en,
        "description_zh": description_zh,
    }
    return create_benefit(terms=BenefitTerms(**texts, **terms, currency=currency), by=hr, is_demo=True)  # type: ignore[arg-type]
