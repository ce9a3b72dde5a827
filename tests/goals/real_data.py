"""The demo company's real pipeline at its own dates, put into the tables without the importer, so that results are
tested apart from it.
"""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
from django.conf import settings
from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.models import Leadership, Membership, Person, Team, User
from crm.models import Credit, KeyAccount, Opportunity, Product
from tests.accounts.factories import TeamFactory, the_company

FOLDER = Path(settings.BASE_DIR) / "crm" / "demo_data" / "crm_sales_opportunities"
SINCE = DateRange(date(2016, 1, 1), None)
ALIASES = {"GTXPro": "GTX Pro"}


def pipeline() -> pd.DataFrame:
    """The files as one table: a row a deal, with manager and region of its agent."""
    deals = pd.read_csv(FOLDER / "sales_pipeline.csv", parse_dates=["engage_date", "close_date"])
    return deals.merge(pd.read_csv(FOLDER / "sales_teams.csv"), on="sales_agent")


def agents() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "sales_teams.csv")


def _rows(file: str) -> Iterator[dict[str, str]]:
    return csv.DictReader((FOLDER / file).read_text(encoding="utf-8").splitlines())


def load() -> dict[str, Person | Team]:
    """Teams, people, products, accounts, deals and credits. Returns the subjects by name: agents, managers (their
    teams), offices.
    """
    rows = list(_rows("sales_teams.csv"))
    subjects = _teams(rows) | _people(rows)
    _deals(subjects)
    return subjects


def _teams(rows: list[dict[str, str]]) -> dict[str, Person | Team]:
    teams: dict[str, Person | Team] = {"company": the_company()}
    for office, manager in sorted({(row["regional_office"], row["manager"]) for row in rows}):
        if office not in teams:
            teams[office] = TeamFactory.create(code=_slug(office), name=office, kind=Team.Kind.REGION)
        teams[manager] = TeamFactory.create(code=_slug(manager), name=manager, parent=teams[office])
        leader = _person(f"{manager} (manager)")
        Leadership.objects.create(team_id=teams[manager].pk, person=leader, during=SINCE)
    return teams


def _people(rows: list[dict[str, str]]) -> dict[str, Person | Team]:
    teams = {team.name: team for team in Team.objects.all()}
    people: dict[str, Person | Team] = {}
    for row in rows:
        person = _person(row["sales_agent"])
        Membership.objects.create(person=person, team=teams[row["manager"]], during=SINCE)
        people[person.name] = person
    return people


def _person(name: str) -> Person:
    user = User.objects.create(email=f"{_slug(name)}@company.example", name=name)
    return Person.objects.create(user=user, number=_slug(name)[:30], name=name)


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower()).strip("-")


def _deals(subjects: dict[str, Person | Team]) -> None:
    products = {
        row["product"]: Product.objects.create(name=row["product"], list_price=row["sales_price"], currency="USD")
        for row in _rows("products.csv")
    }
    accounts = {row["account"]: KeyAccount.objects.create(name=row["account"]) for row in _rows("accounts.csv")}
    deals = [
        Opportunity(
            external_id=row["opportunity_id"],
            owner_id=subjects[row["sales_agent"]].pk,
            product=products[ALIASES.get(row["product"], row["product"])],
            key_account=accounts.get(row["account"]),
            stage=row["deal_stage"].lower(),
            engaged_on=row["engage_date"] or None,
            closed_on=row["close_date"] or None,
            amount=Decimal(row["close_value"] or 0),
            currency="USD",
        )
        for row in _rows("sales_pipeline.csv")
    ]
    Opportunity.objects.bulk_create(deals, batch_size=2000)
    Credit.objects.bulk_create(
        [
            Credit(opportunity=d, person_id=d.owner_id, amount=d.amount, currency="USD", credited_on=d.closed_on)
            for d in deals
            if d.stage == "won" and d.closed_on
        ],
        batch_size=2000,
    )
