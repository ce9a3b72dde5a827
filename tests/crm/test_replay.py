"""The demo shows old deals as if they happened now: moved by whole quarters, known only up to today."""

from datetime import date

import pandas as pd
import pytest
import time_machine
from django.db.models import Max, Q

from crm.models import Credit, Opportunity, PipelineSnapshot, ReplaySource, SalesDay
from crm.services import DEMO_DATA, import_crm, replay
from crm.tasks import replay_demo

pytestmark = pytest.mark.django_db
MONTHS = 9 * 12 - 6  # 2017-Q4 shown in 2026-Q2


def moved(deals: pd.DataFrame) -> pd.DataFrame:
    offset = pd.DateOffset(months=MONTHS)
    return deals.assign(engaged=deals.engage_date + offset, closed=deals.close_date + offset)


def shown_on(deals: pd.DataFrame, day: str) -> dict[str, int]:
    """Stage -> deals as they must be shown on a day."""
    known = moved(deals)
    known = known[known.engaged.isna() | (known.engaged <= day)]
    stage = known.deal_stage.where(~(known.closed > day), "Engaging").str.lower()
    return {str(name): int(count) for name, count in stage.value_counts().items()}


def stages() -> dict[str, int]:
    return {stage: Opportunity.objects.filter(stage=stage).count() for stage in Opportunity.Stage.values}


@time_machine.travel("2026-05-15 12:00:00Z", tick=False)
def test_the_last_quarter_is_the_current_one_and_nothing_after_today_is_shown(real_deals: pd.DataFrame) -> None:
    batch = import_crm(folder=DEMO_DATA, profile="maven", by=None)

    assert batch.report["shift_quarters"] == MONTHS // 3
    assert stages() == shown_on(real_deals, "2026-05-15")
    newest = Opportunity.objects.aggregate(Max("engaged_on"), Max("closed_on"))
    assert newest == {"engaged_on__max": date(2026, 5, 15), "closed_on__max": date(2026, 5, 15)}
    still_open = Opportunity.objects.filter(stage="engaging").exclude(amount__gt=0)
    assert not still_open.exists()
    hidden = batch.report["files"][3]
    assert hidden["not_yet_engaged"] + Opportunity.objects.count() == 8800


@time_machine.travel("2026-05-15 12:00:00Z", tick=False)
def test_a_deal_that_closes_later_is_open_at_list_price(real_deals: pd.DataFrame) -> None:
    import_crm(folder=DEMO_DATA, profile="maven", by=None)
    later = moved(real_deals)
    row = later[(later.deal_stage == "Won") & (later.engaged <= "2026-05-15") & (later.closed > "2026-05-15")].iloc[0]
    deal = Opportunity.objects.get(external_id=row.opportunity_id)
    assert (deal.stage, deal.closed_on, int(deal.amount)) == ("engaging", None, row.sales_price)


def test_the_nightly_task_moves_on_by_a_day_as_an_import_of_that_day_would(real_deals: pd.DataFrame) -> None:
    with time_machine.travel("2026-05-15 12:00:00Z", tick=False):
        import_crm(folder=DEMO_DATA, profile="maven", by=None)
        before = Credit.objects.count()
    with time_machine.travel("2026-05-18 01:30:00Z", tick=False):
        replay_demo.apply().get()
        assert stages() == shown_on(real_deals, "2026-05-18")
        assert Credit.objects.count() == Opportunity.objects.filter(stage="won").count() > before
        assert SalesDay.objects.aggregate(newest=Max("day"))["newest"] <= date(2026, 5, 18)
        assert PipelineSnapshot.objects.filter(day=date(2026, 5, 18)).exists()
        assert not PipelineSnapshot.objects.filter(day=date(2026, 5, 15)).exists()
        assert ReplaySource.objects.get().replayed_to == date(2026, 5, 18)
        assert import_crm(folder=DEMO_DATA, profile="maven", by=None).report["changed"] is False


def test_a_replay_across_a_quarter_keeps_the_shift_of_the_first_import(real_deals: pd.DataFrame) -> None:
    with time_machine.travel("2026-06-29 12:00:00Z", tick=False):
        import_crm(folder=DEMO_DATA, profile="maven", by=None)
    [batch] = replay(as_of=date(2026, 7, 2))
    assert batch.report["shift_quarters"] == MONTHS // 3
    assert stages() == shown_on(real_deals, "2026-07-02")
    closed = Opportunity.objects.filter(closed_on__isnull=False)
    assert closed.count() == 6711


def test_a_replay_twice_or_back_in_time_changes_nothing() -> None:
    with time_machine.travel("2026-05-15 12:00:00Z", tick=False):
        import_crm(folder=DEMO_DATA, profile="maven", by=None)
        [again] = replay(as_of=date(2026, 5, 15))
    assert again.report["changed"] is False
    assert replay(as_of=date(2026, 5, 1)) == []


@time_machine.travel("2026-05-15 12:00:00Z", tick=False)
def test_with_its_own_dates_nothing_is_moved_or_hidden() -> None:
    import_crm(folder=DEMO_DATA, profile="maven", by=None, keep_dates=True)
    assert Opportunity.objects.aggregate(newest=Max("closed_on")) == {"newest": date(2017, 12, 31)}
    assert Opportunity.objects.filter(Q(stage="won") | Q(stage="lost")).count() == 6711
    assert not ReplaySource.objects.exists()
