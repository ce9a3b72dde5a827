"""The import of deals against raw COPY of the same file: staging, rules, quarantine, upsert with all indexes.

Ours ends with the rows in the table of deals, each with its public id; the limit with texts in a table without a key.
Both are taken back after each turn. Growth is ours at ten times the rows.
"""

import csv
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection, transaction

from bench.result import BenchResult, paired_ratios, result, seconds
from bench.scale import use
from core.imports import Workspace, start_batch
from crm.services import DEMO_DATA, import_crm, load_profile
from crm.services.imports import ImportWork, check_deals
from crm.services.pipeline import Replay, upsert_deals

ROWS = 200_000
RUNS = 5
BOUND = 15
FILE = "sales_pipeline.csv"


def measure() -> BenchResult:
    with TemporaryDirectory() as folder, _database():
        large, small = (_files(Path(folder) / name, rows) for name, rows in (("large", ROWS), ("small", ROWS // 10)))
        ratios = paired_ratios(lambda: _import(large), lambda: _copy(large / FILE), RUNS)
        growth = _import(large) / _import(small)
    what = f"import of {ROWS:,} deals over raw COPY of the file"
    return result("import_upsert", what, ratios, bound=BOUND, better="lower", growth_10x=growth)


@contextmanager
def _database() -> Iterator[None]:
    """A throw-away database with the demo company's people, accounts and products."""
    original = connection.settings_dict["NAME"]
    made = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        import_crm(folder=DEMO_DATA, profile="maven", by=None, keep_dates=True, as_of=date(2018, 1, 2))
        yield
    finally:
        use(original)
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{made}" WITH (FORCE)')


def _files(folder: Path, rows: int) -> Path:
    """The demo's files with so many deals: the real ones again and again under new ids; one in a thousand is broken."""
    folder.mkdir()
    for file in DEMO_DATA.glob("*.csv"):
        shutil.copy(file, folder)
    with (DEMO_DATA / FILE).open(encoding="utf-8", newline="") as source:
        header, *deals = csv.reader(source)
    with (folder / FILE).open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(header)
        for n in range(rows):
            deal = deals[n % len(deals)]
            agent = "Nobody" if n % 1000 == 0 else deal[1]
            writer.writerow([f"B{n:08d}", agent, *deal[2:]])
    return folder


def _import(folder: Path) -> float:
    """Seconds. What is taken back is swept away after the time measured: dead rows would slow each further turn."""
    profile = load_profile("maven")

    def work() -> None:
        with connection.cursor() as cursor, Workspace(cursor) as workspace:
            batch = start_batch(kind="bench", source=str(folder), profile="maven", by=None)
            deals = check_deals(ImportWork(workspace, folder, profile, batch, None))
            upsert_deals(workspace, deals, currency=profile.currency, replay=Replay())

    with transaction.atomic():
        taken = seconds(work)
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM crm_opportunity")
    return taken


def _copy(path: Path) -> float:
    def work() -> None:
        with connection.cursor() as cursor, path.open("rb") as file:
            cursor.execute(f"CREATE UNLOGGED TABLE bench_raw ({', '.join(f'c{n} text' for n in range(8))})")
            cursor.copy_expert("COPY bench_raw FROM STDIN WITH (FORMAT csv, HEADER true)", file)

    with transaction.atomic():
        taken = seconds(work)
        transaction.set_rollback(True)
    return taken
