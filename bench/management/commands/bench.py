"""`make bench`: every benchmark against its bound, one table, and bench.json.

A missed bound is printed; the exit code stays 0.
"""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

import bench
from bench.result import BenchResult


def benchmarks() -> dict[str, Callable[[], BenchResult]]:
    """The modules of `bench` that measure something, by name."""
    modules = {module.name: import_module(f"bench.{module.name}") for module in iter_modules(bench.__path__)}
    return {name: module.measure for name, module in sorted(modules.items()) if hasattr(module, "measure")}


class Command(BaseCommand):
    help = "Measure every promised ratio in this run; writes bench.json."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", choices=list(benchmarks()), help="one benchmark by name")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError("Benchmarks fill and empty databases: they run with KAM_ENV=local only.")
        results: list[BenchResult] = []
        for name, measure in benchmarks().items():
            if options["only"] not in {None, name}:
                continue
            self.stdout.write(f"measuring {name} …")
            results.append(measure())
            self._line(results[-1])
        Path("bench.json").write_text(json.dumps([row.as_row() for row in results], indent=2) + "\n", encoding="utf-8")
        self.stdout.write("")
        for row in results:
            self._line(row)

    def _line(self, row: BenchResult) -> None:
        sign = "at most" if row.better == "lower" else "at least"
        growth = f", 10x size: {row.growth_10x:.2f}x" if row.growth_10x is not None else ""
        verdict = "ok" if row.ok else "MISSED"
        spread = f"({row.low:.2f}-{row.high:.2f}, {row.runs} runs)"
        self.stdout.write(
            f"{row.name:18} {row.ratio:6.2f}x {spread} {sign} {row.bound:g}x  {verdict}{growth}  {row.what}"
        )
