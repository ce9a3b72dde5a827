"""A CRM's files into people, teams, key accounts, products and deals; and the same files replayed day by day."""

# ruff: noqa: S608  (identifiers are the code's own; values are numbers and `literal`s)

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts.models import User
from core.audit import acting
from core.calendar import period_on, today
from core.ids import NEW_UID_SQL
from core.imports import (
    Checked,
    Field,
    Rule,
    Staged,
    Target,
    Upserted,
    Workspace,
    blanks,
    check,
    corrections,
    finish_batch,
    first_lines,
    literal,
    quarantine,
    reason_counts,
    rehearsed,
    stage,
    start_batch,
    upsert,
)
from core.models import ImportBatch
from core.periods import PeriodKind
from core.spelling import fill_spellings
from crm.errors import FolderMissing
from crm.hooks import bookings_changed
from crm.models import KeyAccount, ReplaySource
from crm.rules.profile import Profile
from crm.services import checks
from crm.services.credits import keep_credits
from crm.services.facts import refresh_facts
from crm.services.organisation import AgentRow, PeopleReport, ensure_people, place_people
from crm.services.owners import assign_owners
from crm.services.pipeline import (
    Replay,
    Touched,
    deal_span,
    hidden_by,
    moved_day,
    shift_to_now,
    touched_by,
    upsert_deals,
)
from crm.services.profiles import load_profile

KIND = "crm"
DEMO_DATA = Path(__file__).resolve().parent.parent / "demo_data" / "crm_sales_opportunities"

PRODUCTS = Target("crm_product", "name", ("series", "list_price", "currency"), {"uid": NEW_UID_SQL})
ACCOUNT_COLUMNS = ("sector", "country", "founded", "annual_revenue", "employees")
ACCOUNTS = Target("crm_keyaccount", "name", ACCOUNT_COLUMNS, {"uid": NEW_UID_SQL})


@dataclass(slots=True)
class ImportWork:
    """One import under way: where the files are, how to read them, and the report so far."""

    workspace: Workspace
    folder: Path
    profile: Profile
    batch: ImportBatch
    by: User | None
    files: list[dict[str, Any]] = field(default_factory=list)

    def stage(self, name: str) -> Staged:
        """One of the profile's files."""
        file = self.profile.files[name]
        return stage(self.workspace, self.folder / file.file, file.columns)

    def headings(self, name: str) -> Mapping[str, str]:
        """Meaning -> heading in the file."""
        return self.profile.files[name].columns

    def check(
        self,
        name: str,
        staged: Staged,
        fields: Mapping[str, Field],
        rules: list[Rule],
        *,
        joins: str = "",
        **extra: str,
    ) -> Checked:
        """Check and quarantine a staged file, whose first field tells rows apart, and begin its part of the report."""
        key = next(iter(fields))
        joins = f"LEFT JOIN {first_lines(staged, key)} d ON d.key = r.{key}_text {joins}"
        extra |= {"first_line": "d.first_line"}
        spelled = checks.spelled(fields, self.profile.files[name])
        checked = check(self.workspace, staged, spelled, rules=rules, extra=extra, joins=joins)
        rejected = quarantine(self.workspace, checked, self.batch.pk)
        self.files.append(
            {
                "name": name,
                "file": staged.file,
                "header": list(staged.header),
                "rows": staged.rows,
                "rejected": rejected,
                "reasons": reason_counts(self.workspace, checked) if rejected else {},
                "corrections": corrections(self.workspace, checked),
                "blanks": blanks(self.workspace, checked),
            }
        )
        return checked

    def tell(self, upserted: Upserted | None = None, **facts: object) -> None:
        """Add to the report of the file checked last."""
        if upserted:
            facts |= {"created": upserted.created, "updated": upserted.updated, "unchanged": upserted.unchanged}
        self.files[-1].update(facts)


def import_crm(
    *,
    folder: Path,
    profile: str,
    by: User | None,
    dry_run: bool = False,
    keep_dates: bool = False,
    as_of: date | None = None,
) -> ImportBatch:
    """Read a folder of files; good rows go in, the others into quarantine, and the batch's report says what was done.

    profile     a name in crm/profiles, or the path of a TOML file
    keep_dates  dates as they are; else moved by whole quarters so that the last one is now, and replayed up to `as_of`
    dry_run     nothing stays but the batch with its report and quarantine

    One transaction. A second import of the same files changes nothing. Raises FolderMissing, ProfileMissing,
    ProfileInvalid, FileMissing, ColumnMissing, FileUnreadable.
    """
    rules = load_profile(profile)
    folder = folder.resolve()
    if not folder.is_dir():
        raise FolderMissing(folder=folder)
    now = as_of or today()
    with transaction.atomic(), acting(by, "crm.imported", source=str(folder)):
        batch = start_batch(kind=KIND, source=_stored(folder), profile=profile, by=by, dry_run=dry_run)
        with rehearsed(batch), connection.cursor() as cursor, Workspace(cursor) as workspace:
            work = ImportWork(workspace, folder, rules, batch, by)
            report = _import_all(work, keep_dates=keep_dates, now=now)
        return finish_batch(batch, report)


def _import_all(work: ImportWork, *, keep_dates: bool, now: date) -> dict[str, Any]:
    _import_products(work)
    _import_accounts(work)
    agents, created = _import_people(work)
    deals = check_deals(work)
    span = deal_span(work.workspace, deals)
    replay = Replay() if keep_dates else Replay(_shift(work, shift_to_now(span)), now)
    first = moved_day(span.first_engaged, replay) or now
    since = period_on(first, PeriodKind.YEAR).start
    people = place_people(rows=agents, profile=work.profile, since=since, by=work.by)
    people.created = created
    return _import_deals(work, deals, replay=replay, now=now, since=since, people=people)


def _import_products(work: ImportWork) -> None:
    checked = work.check(
        "products", work.stage("products"), checks.PRODUCTS, checks.product_rules(work.headings("products"))
    )
    currency = literal(work.profile.currency)
    work.tell(
        upsert(
            work.workspace,
            PRODUCTS,
            f"SELECT name_text AS name, coalesce(series_text, '') AS series, list_price, {currency} AS currency "
            f"FROM {checked.good} r",
        )
    )


def _import_accounts(work: ImportWork) -> None:
    staged = work.stage("accounts")
    name = staged.columns["name"]
    all_names = f"SELECT btrim(n.{name}) FROM {staged.table} n WHERE n.{name} IS NOT NULL"
    checked = work.check(
        "accounts", staged, checks.ACCOUNTS, checks.account_rules(work.headings("accounts"), all_names)
    )
    unit = work.profile.revenue_unit
    source = (
        "SELECT name_text AS name, coalesce(sector_text, '') AS sector, coalesce(country_text, '') AS country, "
        f"founded, annual_revenue * {unit} AS annual_revenue, employees FROM {checked.good} r"
    )
    work.tell(upsert(work.workspace, ACCOUNTS, source))
    fill_spellings(KeyAccount)
    work.tell(
        parents_set=work.workspace.run(
            f"UPDATE crm_keyaccount a SET parent_id = p.id FROM {checked.good} r "
            "LEFT JOIN crm_keyaccount p ON p.name = r.parent_text "
            "WHERE a.name = r.name_text AND a.parent_id IS DISTINCT FROM p.id"
        )
    )


def _import_people(work: ImportWork) -> tuple[list[AgentRow], int]:
    checked = work.check("people", work.stage("people"), checks.PEOPLE, checks.people_rules(work.headings("people")))
    found = work.workspace.rows(f"SELECT person_text, manager_text, region_text FROM {checked.good} r ORDER BY line")
    rows = [AgentRow(*row) for row in found]
    created = ensure_people(rows=rows, profile=work.profile, by=work.by)
    work.tell(people_created=created)
    return rows, created


def check_deals(work: ImportWork) -> Checked:
    stages = work.profile.stages
    return work.check(
        "opportunities",
        work.stage("opportunities"),
        checks.OPPORTUNITIES,
        checks.opportunity_rules(work.headings("opportunities"), stages),
        joins="LEFT JOIN crm_crmuser u ON u.name = r.agent_text LEFT JOIN crm_product p ON p.name = r.product_text "
        "LEFT JOIN crm_keyaccount a ON a.name = r.account_text",
        owner_id="u.person_id",
        product_id="p.id",
        list_price="p.list_price",
        key_account_id="a.id",
        stage=checks.stage_of(stages),
    )


def _shift(work: ImportWork, computed: int) -> int:
    """The shift is computed once for a company's data; a further copy of its files moves by the same quarters."""
    path, profile = _stored(work.folder), work.batch.profile
    known = ReplaySource.objects.filter(path=path).first() or ReplaySource.objects.filter(profile=profile).first()
    shift = known.shift_quarters if known else computed
    ReplaySource.objects.get_or_create(
        path=path, defaults={"profile": profile, "shift_quarters": shift, "is_active": known is None}
    )
    return shift


def _import_deals(
    work: ImportWork, deals: Checked, *, replay: Replay, now: date, since: date, people: PeopleReport | None
) -> dict[str, Any]:
    """The deals and all that follows from them: credits, owners of accounts, facts, and what apps above compute."""
    upserted = upsert_deals(work.workspace, deals, currency=work.profile.currency, replay=replay)
    hidden = hidden_by(work.workspace, deals, replay)
    work.tell(upserted, **asdict(hidden))
    credit_changes = keep_credits(changed_in=upserted.changes)
    owners = assign_owners(since=since, by=work.by)
    if not work.batch.dry_run:
        _refresh(touched_by(work.workspace, upserted), changed=upserted.changed, now=now)
    if replay.as_of:
        ReplaySource.objects.filter(path=_stored(work.folder)).update(replayed_to=replay.as_of)
    return {
        "dates": "moved" if replay.as_of else "kept",
        "shift_quarters": replay.shift_quarters,
        "as_of": replay.as_of.isoformat() if replay.as_of else None,
        "files": work.files,
        "people": asdict(people) if people else None,
        "credits": asdict(credit_changes),
        "owners_assigned": owners,
        "changed": _has_changed(work.files, people, owners),
    }


def _has_changed(files: list[dict[str, Any]], people: PeopleReport | None, owners: int) -> bool:
    written = sum(file.get(what, 0) for file in files for what in ("created", "updated", "parents_set"))
    return bool(written or owners or (people and (people.created or people.teams_created)))


def _refresh(touched: Touched, *, changed: bool, now: date) -> None:
    """Today's pipeline is new each day, even where no deal has changed."""
    refresh_facts(person_ids=touched.person_ids, days=touched.days, on=now)
    if changed:
        bookings_changed(touched.person_ids, touched.days)


def replay(*, as_of: date) -> list[ImportBatch]:
    """Move each replayed company on to a day: deals that are engaged or closed by then appear. Safe to run again.

    People, accounts and products are not read again. A replay never goes back in time.
    """
    sources = ReplaySource.objects.filter(is_active=True).exclude(replayed_to__gt=as_of).order_by("pk")
    return [_replay_one(source, as_of) for source in sources]


@transaction.atomic
def _replay_one(source: ReplaySource, as_of: date) -> ImportBatch:
    folder, profile = _found(source.path), load_profile(source.profile)
    batch = start_batch(kind=KIND, source=source.path, profile=source.profile, by=None)
    with acting(None, "crm.replayed"), connection.cursor() as cursor, Workspace(cursor) as workspace:
        work = ImportWork(workspace, folder, profile, batch, None)
        deals = check_deals(work)
        moves = Replay(source.shift_quarters, as_of)
        since = period_on(as_of, PeriodKind.YEAR).start
        report = _import_deals(work, deals, replay=moves, now=as_of, since=since, people=None)
    return finish_batch(batch, report)


def _stored(folder: Path) -> str:
    """A folder of the project relative to it, so that the project may move."""
    return str(folder.relative_to(settings.BASE_DIR)) if folder.is_relative_to(settings.BASE_DIR) else str(folder)


def _found(stored: str) -> Path:
    folder = Path(settings.BASE_DIR) / stored
    if not folder.is_dir():
        raise FolderMissing(folder=stored)
    return folder
