"""The five KPIs over bookings. HR may change their names and definitions afterwards; what was changed stays."""

from django.db import migrations

KPIS = [
    {
        "code": "booked_revenue", "unit": "money", "aggregation": "sum", "direction": "higher", "source": "crm.booked_revenue",
        "name_en": "Booked revenue", "name_zh": "签约额",
        "definition_en": "Won deals' amounts at their booking date, as credited to the person, in the company's currency at the rate of the day. A team's is the sum of its people's, each by the team they were in on the booking date.",
        "definition_zh": "赢单金额，按签约日、按归属比例计入个人，以当日汇率折算为公司本位币。团队的数值是成员之和，成员按签约日所在团队计算。",
    },
    {
        "code": "deals_won", "unit": "count", "aggregation": "sum", "direction": "higher", "source": "crm.deals_won",
        "name_en": "Deals won", "name_zh": "赢单数",
        "definition_en": "How many deals were won, by their owner and close date.",
        "definition_zh": "赢单的商机数量，按负责人和关闭日期计算。",
    },
    {
        "code": "win_rate", "unit": "percent", "aggregation": "ratio", "direction": "higher", "source": "crm.win_rate",
        "name_en": "Win rate", "name_zh": "赢单率",
        "definition_en": "Deals won, divided by deals won or lost in the same period, by their owner and close date. Open deals do not count.",
        "definition_zh": "同一期间内，赢单数除以赢单与输单总数，按负责人和关闭日期计算；未关闭的商机不计入。",
    },
    {
        "code": "average_deal", "unit": "money", "aggregation": "ratio", "direction": "higher", "source": "crm.average_deal",
        "name_en": "Average deal", "name_zh": "平均单额",
        "definition_en": "Booked revenue divided by the number of deals won in the same period.",
        "definition_zh": "同一期间内，签约额除以赢单数。",
    },
    {
        "code": "cycle_days", "unit": "days", "aggregation": "ratio", "direction": "lower", "source": "crm.cycle_days",
        "name_en": "Days to win", "name_zh": "赢单周期",
        "definition_en": "Mean number of days from the start of engaging to the win, over the deals won in the period. Fewer is better.",
        "definition_zh": "期间内赢单的商机，从开始跟进到赢单的平均天数；越少越好。",
    },
]  # fmt: skip


def add(apps, _schema_editor):
    kpi = apps.get_model("goals", "Kpi")
    for position, values in enumerate(KPIS, start=1):
        kpi.objects.get_or_create(code=values["code"], defaults=values | {"position": position * 10})


def remove(apps, _schema_editor):
    """Only while nothing refers to them; the database refuses it otherwise."""
    apps.get_model("goals", "Kpi").objects.filter(code__in=[values["code"] for values in KPIS]).delete()


class Migration(migrations.Migration):
    dependencies = [("goals", "0001_kpis")]
    operations = [migrations.RunPython(add, remove)]
