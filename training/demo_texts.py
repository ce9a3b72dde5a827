"""The sentences of the demo's notes in the two languages of their authors; `training.demo` fills the places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Situation(StrEnum):
    """What a talk is about."""

    FELL = "fell"
    ROSE = "rose"
    STUCK = "stuck"
    STEADY = "steady"


@dataclass(frozen=True, slots=True)
class Line:
    """A promise; `by_author`: the manager's own."""

    text: str
    by_author: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    topic: str
    text: str
    actions: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Texts:
    language: str
    stories: Mapping[Situation, Story]
    private: Sequence[str]
    won_later: str
    lost_later: str


ENGLISH = Texts(
    language="en",
    stories={
        Situation.FELL: Story(
            "Why %(product)s deals are lost",
            "Goal: win rate back to %(before)s by the end of the quarter.\n"
            "Reality: %(now)s so far in %(quarter)s, %(before)s the quarter before. "
            "Of %(product_decided)s %(product)s deals %(product_lost)s were lost. "
            "%(deal)s on %(deal_day)s is typical: the price came before the user had tried it.\n"
            "Options: a trial before the price; a colleague in two calls; leave the smallest deals for now.\n"
            "Will: trial first in the next five %(product)s deals.",
            (
                Line("Offer a trial in the next five %(product)s deals"),
                Line("Ask the buyer of %(deal)s why they said no"),
                Line("Join two customer calls", by_author=True),
                Line("Send the price sheet of %(product)s", by_author=True),
            ),
        ),
        Situation.ROSE: Story(
            "What works with %(deal_product)s",
            "Goal: keep the win rate of %(quarter)s above %(before)s.\n"
            "Reality: %(won)s of %(decided)s decided deals are won, %(now)s after %(before)s the quarter before. "
            "%(deal)s shows how: the user was at the table from the first call.\n"
            "Options: do the same with the two largest open deals; tell the team about it.\n"
            "Will: a short story of %(deal)s at the next team meeting.",
            (
                Line("Tell the story of %(deal)s at the team meeting"),
                Line("Bring the user into the two largest open deals"),
                Line("Put %(deal)s on the agenda of the team meeting", by_author=True),
            ),
        ),
        Situation.STUCK: Story(
            "Deals that stand still",
            "Goal: a decision, yes or no, in every deal older than three months.\n"
            "Reality: %(stuck)s open deals have not moved for that long. %(deal)s has waited for %(deal_days)s days.\n"
            "Options: ask for the decision with a date; go one level up; let it go and win back the time.\n"
            "Will: a clear next step in each of them before we talk again.",
            (
                Line("Ask %(deal)s for a decision with a date"),
                Line("Write the next step into every deal older than three months"),
                Line("Call the manager of the buyer at %(deal)s", by_author=True),
            ),
        ),
        Situation.STEADY: Story(
            "Plan for the rest of %(quarter)s",
            "Goal: more booked in %(quarter)s than the %(booked_before)s of the quarter before.\n"
            "Reality: %(booked)s so far, %(won)s deals won of %(decided)s decided.\n"
            "Options: more first talks each week; larger products with the accounts we know.\n"
            "Will: five new first talks a week until the end of the month.",
            (
                Line("Five new first talks a week"),
                Line("List three accounts for a larger product"),
                Line("Look through the list of accounts together", by_author=True),
            ),
        ),
    },
    private=(
        "Seems tired; ask about the workload, not about numbers.",
        "Ready for more. Talk about the next level in the spring.",
        "Gets impatient with small deals. Praise the patience when it shows.",
        "Was open about the lost deals today. Thank for that.",
    ),
    won_later="%(deal)s is won: %(amount)s.",
    lost_later="%(deal)s is lost. We talk about it next time.",
)

CHINESE = Texts(
    language="zh-hans",
    stories={
        Situation.FELL: Story(
            "%(product)s 丢单原因",
            "目标：季度末赢单率回到 %(before)s。\n"
            "现状：%(quarter)s至今 %(now)s，上季度 %(before)s。%(product)s 已定 %(product_decided)s 单，"
            "丢了 %(product_lost)s 单。典型的是 %(deal)s（%(deal_day)s）：客户还没试用，先谈了价格。\n"
            "方案：先试用后报价；请同事陪访两次；小单先放一放。\n"
            "行动：接下来五个 %(product)s 商机都先安排试用。",
            (
                Line("接下来五个 %(product)s 商机先安排试用"),
                Line("回访 %(deal)s 的采购，问清没选我们的原因"),
                Line("陪访两次", by_author=True),
                Line("发 %(product)s 的价格表", by_author=True),
            ),
        ),
        Situation.ROSE: Story(
            "%(deal_product)s 的好做法",
            "目标：%(quarter)s赢单率保持在 %(before)s 以上。\n"
            "现状：已定 %(decided)s 单，赢 %(won)s 单，赢单率 %(now)s，上季度 %(before)s。"
            "%(deal)s 的做法值得学：从第一次会议起就请使用部门参加。\n"
            "方案：两个最大的商机照此推进；在团队里分享。\n"
            "行动：下次例会讲 %(deal)s 的经过。",
            (
                Line("例会上分享 %(deal)s 的经过"),
                Line("两个最大的商机请使用部门参加"),
                Line("把 %(deal)s 列入例会议程", by_author=True),
            ),
        ),
        Situation.STUCK: Story(
            "停滞的商机",
            "目标：三个月以上的商机都有结论。\n"
            "现状：有 %(stuck)s 个商机三个月没有进展，其中 %(deal)s 已等了 %(deal_days)s 天。\n"
            "方案：约定答复日期；拜访对方上级；该放的放，把时间用在别处。\n"
            "行动：下次辅导前，每个商机都写清下一步。",
            (
                Line("与 %(deal)s 约定答复日期"),
                Line("给三个月以上的商机写清下一步"),
                Line("联系 %(deal)s 采购的上级", by_author=True),
            ),
        ),
        Situation.STEADY: Story(
            "%(quarter)s余下的安排",
            "目标：%(quarter)s签约额超过上季度的 %(booked_before)s。\n"
            "现状：至今 %(booked)s，已定 %(decided)s 单，赢 %(won)s 单。\n"
            "方案：每周多约几次初访；向老客户推荐更大的产品。\n"
            "行动：到月底前每周约五次初访。",
            (
                Line("每周约五次初访"),
                Line("列出三家可以推荐更大产品的客户"),
                Line("一起过一遍客户名单", by_author=True),
            ),
        ),
    },
    private=(
        "看起来有些疲惫，下次先聊工作量，少谈数字。",
        "可以承担更多，春天谈晋级。",
        "对小单缺乏耐心，有耐心的时候要及时肯定。",
        "今天坦率地谈了丢单，值得感谢。",
    ),
    won_later="%(deal)s 赢单，%(amount)s。",
    lost_later="%(deal)s 丢单，下次一起复盘。",
)

LANGUAGES = {texts.language: texts for texts in (ENGLISH, CHINESE)}
