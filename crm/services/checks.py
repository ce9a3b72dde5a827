"""What a row of each file must fulfil: its fields, the rules with their reasons. Rules are SQL over `r`.

`headings`: meaning of a column -> what the file calls it.
"""

from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from core.imports import Field, Rule, declare_reason, literal, too_long
from crm.rules.profile import FileProfile

declare_reason("missing_product", _("The row names no product."))
declare_reason("missing_account", _("The row names no account."))
declare_reason("missing_agent", _("The row names no agent."))
declare_reason("duplicate_name", _("%(given)s stands already in line %(first_line)s."))
declare_reason("bad_list_price", _("The list price %(given)s is not an amount from 0 up, such as 1250 or 1250.50."))
declare_reason("bad_founding_year", _("The founding year %(given)s is not a year from 1000 to 2199."))
declare_reason("bad_revenue", _("The revenue %(given)s is not an amount from 0 up, such as 1250 or 1250.50."))
declare_reason("bad_employees", _("The number of employees %(given)s is not a whole number."))
declare_reason("unknown_parent", _("There is no account %(given)s to be the parent."))
declare_reason("own_parent", _("%(given)s cannot be its own parent."))
declare_reason("missing_manager", _("%(given)s has no manager."))
declare_reason("missing_region", _("%(given)s has no region."))
declare_reason("missing_opportunity_id", _("The row has no opportunity id."))
declare_reason("duplicate_opportunity_id", _("The opportunity id %(given)s stands already in line %(first_line)s."))
declare_reason("unknown_agent", _("There is no agent %(given)s in the file of agents."))
declare_reason("unknown_product", _("There is no product %(given)s in the file of products."))
declare_reason("unknown_account", _("There is no account %(given)s in the file of accounts."))
declare_reason("unknown_stage", _("The stage %(given)s is not one of: %(allowed)s."))
declare_reason("bad_engage_date", _("The engage date %(given)s is not a day. Write it as 2026-11-23."))
declare_reason("bad_close_date", _("The close date %(given)s is not a day. Write it as 2026-11-23."))
declare_reason("close_before_engage", _("The deal closes on %(closed)s, before it is engaged on %(engaged)s."))
declare_reason("missing_close_date", _("The deal is closed (%(stage)s) but has no close date."))
declare_reason("close_date_on_open_deal", _("The deal is open (%(stage)s) but has a close date, %(given)s."))
declare_reason("missing_won_value", _("The deal is won but has no value."))
declare_reason("negative_value", _("The value %(given)s is below zero."))
declare_reason("bad_value", _("The value %(given)s is not an amount, such as 1250 or 1250.50."))

PRODUCTS: Mapping[str, Field] = {
    "name": Field(longest=120),
    "series": Field(longest=60),
    "list_price": Field("number"),
}
ACCOUNTS: Mapping[str, Field] = {
    "name": Field(longest=200),
    "sector": Field(longest=60),
    "country": Field(longest=80),
    "founded": Field("integer"),
    "annual_revenue": Field("number"),
    "employees": Field("integer"),
    "parent": Field(longest=200),
}
PEOPLE: Mapping[str, Field] = {
    "person": Field(longest=120),
    "manager": Field(longest=120),
    "region": Field(longest=120),
}
OPPORTUNITIES: Mapping[str, Field] = {
    "external_id": Field(longest=60),
    "agent": Field(),
    "product": Field(),
    "account": Field(),
    "stage_name": Field(),
    "engaged_on": Field("day"),
    "closed_on": Field("day"),
    "value": Field("number"),
}


def spelled(fields: Mapping[str, Field], file: FileProfile) -> Mapping[str, Field]:
    """The fields with the profile's aliases and corrections."""
    return {name: replace(field, replace=file.replace.get(name, {})) for name, field in fields.items()}


def _given(name: str) -> dict[str, str]:
    return {"given": f"r.{name}_text"}


def _not_of_kind(name: str) -> str:
    """The cell has a text, but not one of its kind."""
    return f"r.{name}_text IS NOT NULL AND r.{name} IS NULL"


def _named_once(name: str, missing: str) -> list[Rule]:
    """Rules of a file whose rows are told apart by a name; needs the join `d` of `first_lines`."""
    return [
        Rule(missing, f"r.{name}_text IS NULL"),
        Rule("duplicate_name", "r.line > d.first_line", {**_given(name), "first_line": "r.first_line"}),
    ]


def product_rules(headings: Mapping[str, str]) -> list[Rule]:
    price = "r.list_price_text IS NULL OR r.list_price IS NULL OR r.list_price < 0"
    return [
        *_named_once("name", "missing_product"),
        Rule("bad_list_price", price, _given("list_price")),
        *too_long(PRODUCTS, headings),
    ]


def account_rules(headings: Mapping[str, str], all_names: str) -> list[Rule]:
    """`all_names`: SQL for the names of the file's rows."""
    known = "EXISTS (SELECT 1 FROM crm_keyaccount k WHERE k.name = r.parent_text)"
    year = f"{_not_of_kind('founded')} OR r.founded NOT BETWEEN 1000 AND 2199"
    return [
        *_named_once("name", "missing_account"),
        Rule("bad_founding_year", year, _given("founded")),
        Rule("bad_revenue", f"{_not_of_kind('annual_revenue')} OR r.annual_revenue < 0", _given("annual_revenue")),
        Rule("bad_employees", _not_of_kind("employees"), _given("employees")),
        Rule("own_parent", "r.parent_text = r.name_text", _given("parent")),
        Rule(
            "unknown_parent",
            f"r.parent_text IS NOT NULL AND r.parent_text NOT IN ({all_names}) AND NOT {known}",
            _given("parent"),
        ),
        *too_long(ACCOUNTS, headings),
    ]


def people_rules(headings: Mapping[str, str]) -> list[Rule]:
    return [
        *_named_once("person", "missing_agent"),
        Rule("missing_manager", "r.person_text IS NOT NULL AND r.manager_text IS NULL", _given("person")),
        Rule("missing_region", "r.person_text IS NOT NULL AND r.region_text IS NULL", _given("person")),
        *too_long(PEOPLE, headings),
    ]


def stage_of(stages: Mapping[str, str]) -> str:
    """SQL for our stage of a row, NULL for one that the profile does not know."""
    cases = " ".join(f"WHEN {literal(name)} THEN {literal(stage)}" for name, stage in stages.items())
    return f"CASE lower(r.stage_name_text) {cases} END"


def opportunity_rules(headings: Mapping[str, str], stages: Mapping[str, str]) -> list[Rule]:
    """Needs the joins `u` (agent), `p` (product), `a` (account), `d` (first lines)."""
    stage = stage_of(stages)
    stage_given = {"stage": "r.stage_name_text"}
    number_below_zero = "r.value < 0"
    return [
        Rule("missing_opportunity_id", "r.external_id_text IS NULL"),
        Rule(
            "duplicate_opportunity_id", "r.line > d.first_line", {**_given("external_id"), "first_line": "r.first_line"}
        ),
        Rule("unknown_agent", "u.person_id IS NULL", _given("agent")),
        Rule("unknown_product", "p.id IS NULL", _given("product")),
        Rule("unknown_account", "r.account_text IS NOT NULL AND a.id IS NULL", _given("account")),
        Rule(
            "unknown_stage", f"{stage} IS NULL", {"given": "r.stage_name_text", "allowed": literal(", ".join(stages))}
        ),
        Rule("bad_engage_date", _not_of_kind("engaged_on"), _given("engaged_on")),
        Rule("bad_close_date", _not_of_kind("closed_on"), _given("closed_on")),
        Rule(
            "close_before_engage",
            "r.closed_on < r.engaged_on",
            {"closed": "r.closed_on_text", "engaged": "r.engaged_on_text"},
        ),
        Rule("missing_close_date", f"r.closed_on_text IS NULL AND {stage} IN ('won', 'lost')", stage_given),
        Rule(
            "close_date_on_open_deal",
            f"r.closed_on_text IS NOT NULL AND {stage} IN ('prospecting', 'engaging')",
            {**stage_given, "given": "r.closed_on_text"},
        ),
        Rule("missing_won_value", f"r.value_text IS NULL AND {stage} = 'won'"),
        Rule("negative_value", number_below_zero, _given("value")),
        Rule("bad_value", _not_of_kind("value"), _given("value")),
        *too_long(OPPORTUNITIES, headings),
    ]
