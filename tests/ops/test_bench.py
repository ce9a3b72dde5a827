"""`make bench` finds its benchmarks by what they offer."""

from bench.management.commands.bench import benchmarks


def test_each_promised_ratio_has_its_benchmark_and_helpers_are_not_taken_for_one() -> None:
    assert set(benchmarks()) == {"bonus_run", "dashboard_growth", "import_upsert", "kpi_endpoint", "simulate"}
