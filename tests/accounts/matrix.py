"""Routes x roles: who is let in where, asked of the real portal with one small company.

`route_matrix.csv` is the reviewed answer. After a change of routes or permissions write it anew and read the diff:

    WRITE_ROUTE_MATRIX=1 make test ARGS="tests/accounts/test_route_matrix.py -n 0"
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client

from accounts.access import Role
from accounts.checks import is_ours, routes
from accounts.models import Person
from accounts.services import make_token
from core import jobs, outbox
from core.calendar import current_period, today
from core.health import record_heartbeat
from core.ids import new_uid
from core.models import ImportBatch, ImportRejection, OutboxMessage
from goals.services.target_import import KIND
from incentives import services as incentives
from incentives.models import Correction, Dispute, Plan, PlanLetter, PlanVersion
from incentives.models_awards import Certificate
from incentives.services.benefits import grant_benefit, use_grant
from incentives.services.certificates import issue_certificates
from tests.accounts.factories import EVER, client_for, company, person_with_role
from tests.crm.factories import KeyAccountFactory
from tests.goals.factories import computed, result, target, won
from tests.incentives.awards import a_benefit, confirmed_award
from tests.incentives.factories import calculated_run, credit, kam_content, published_plan, put_on, quota
from tests.training.factories import ActionItemFactory, CoachingNoteFactory
from training.services import attach_deal

FILE = Path(__file__).with_name("route_matrix.csv")
ANONYMOUS = "anonymous"
WHO = (ANONYMOUS, *Role.values)
LOGIN = {"user__password": "correct-horse-battery"}
PAGE_METHODS = ("GET", "POST")
PLACE = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


@dataclass(frozen=True, slots=True)
class World:
    """One of each thing, around a KAM whose team is led by the manager, in the region of the director."""

    people: Mapping[str, Person]
    samples: tuple[tuple[re.Pattern[str], Mapping[str, Any]], ...]
    queries: Mapping[str, str]
    bodies: Mapping[str, Mapping[str, Any]]


def build_world(who: str) -> World:
    """Everything that a route may name; what is personal (notices, jobs, tokens) belongs to `who`."""
    tree = company()
    team = tree.teams["west-1"]
    people = {
        role: person_with_role(role, {Role.DIRECTOR: tree.root, Role.MANAGER: team, Role.KAM: team}.get(role), **LOGIN)
        for role in Role
    }
    outbox.register(outbox.Kind("matrix", "Matrix", lambda _payload: outbox.Rendered("A notice", "", "/")))
    record_heartbeat()
    samples = tuple(_samples(people, who))
    kam = people[Role.KAM]
    named = urlencode({"kpi": "booked_revenue", "person": kam.uid, "period": current_period().code})
    found = result(kam, current_period().code)
    return World(
        people={role.value: person for role, person in people.items()},
        samples=samples,
        # What a page asks for beside its path, and what a POST must name before it looks at anything else.
        queries={
            "goals/targets/cell/": named,
            "goals/targets/clear/": named,
            "settings/imports/<uuid:uid>/quarantine/": "file=x.csv",
        },
        bodies={
            "coaching/<uuid:note_uid>/attach/": {"what": f"result:{found.uid}"},
            "coaching/<uuid:note_uid>/autosave/": {"held_on": today(), "version": 2, "page": new_uid(), "topic": "t"},
            "settings/roles/end/": {"user_uid": kam.user.uid, "role": "kam", "team_code": "", "since": EVER[0]},
        },
    )


def _samples(people: Mapping[Role, Person], who: str) -> Iterator[tuple[re.Pattern[str], Mapping[str, Any]]]:
    """What fills the places of a route, by the beginning of its path; the first that fits counts."""
    viewer = people[Role.KAM] if who == ANONYMOUS else people[Role(who)]
    kam, manager, hr = people[Role.KAM], people[Role.MANAGER], people[Role.HR]
    period = current_period()
    deal = won(kam, today().isoformat(), 1000)
    owned = KeyAccountFactory.create(owner=kam)
    wanted = target(kam, period.code, 2000)
    computed(period.code)
    note = CoachingNoteFactory.create(author=manager, person=kam, held_on=today())
    action = ActionItemFactory.create(note=note)
    link = attach_deal(note_uid=note.uid, deal_uid=deal.uid, by=manager.user)
    token, _secret = make_token(user=viewer.user, name="t", scopes=["kpi:read"], days=9, by=viewer.user)
    notice = OutboxMessage.objects.create(kind="matrix", key=f"matrix:{who}", user=viewer.user, read_at=None)
    batch = _import("crm", hr)

    def at(beginning: str, **values: Any) -> tuple[re.Pattern[str], Mapping[str, Any]]:
        return re.compile(beginning), values

    yield at(r"people/", uid=kam.uid, person_uid=kam.uid, since="2020-01-01")
    yield at(r"api/v1/people/", uid=kam.uid)
    yield at(r"(api/v1/)?teams/", code="west-1")
    yield at(r"notifications/", uid=notice.uid)
    yield at(r"jobs/", uid=jobs.start("matrix", by=viewer.user, total=2).uid)
    yield at(r"settings/tokens/", uid=token.uid)
    yield at(r"settings/schedules/", name="goals.compute_all")
    yield at(r"settings/imports/", uid=batch.uid)
    yield at(r"(crm|api/v1/key-)accounts/|crm/accounts/|api/v1/key-accounts/", uid=owned.uid, kind="csv", figure="open")
    yield at(r"crm/pipeline/", figure="stuck")
    yield at(r"crm/deals/|api/v1/opportunities/", uid=deal.uid, kind="csv")
    yield at(r"goals/results/|api/v1/kpi-results/", uid=result(kam, period.code).uid, kind="csv")
    yield at(r"goals/targets/import/", uid=_import(KIND, viewer).uid)
    yield at(r"goals/targets/|api/v1/targets/", uid=wanted.uid, kind="csv")
    yield at(r"goals/kpis/|api/v1/kpis/", code="booked_revenue")
    yield at(r"coaching/actions/|api/v1/action-items/", uid=action.uid, action_uid=action.uid)
    yield at(r"coaching/|api/v1/coaching-notes/", uid=note.uid, note_uid=note.uid, link_uid=link.uid)
    yield from _pay(kam, hr, at)
    yield from _beside_pay(kam, hr, at)
    yield at(r"accounts/|admin/", key="k", uidb36="1", object_id="1", content_type_id="1", app_label="auth", url="x")


def _pay(kam: Person, hr: Person, at: Any) -> Iterator[tuple[re.Pattern[str], Mapping[str, Any]]]:
    plan = published_plan(kam_content())
    assigned = put_on(plan, kam)
    quota(kam, "1000", "2026-Q2")
    credit(kam, "900", date(2026, 5, 4))
    draft = incentives.create_draft(
        plan=plan, starts=date(2027, 1, 1), by=hr.user, content=kam_content(), currency="USD"
    )
    calculated_run("2026-Q2", kind="provisional")  # something to compare with
    submitted = calculated_run("2026-Q2", by=hr.user)
    statement = submitted.statements.get(person=kam)
    incentives.submit_run(run_uid=submitted.uid, by=hr.user)
    yield at(r"incentives/plans/|api/v1/plans/", code=plan.code, number=draft.number)
    signed = _letter(plan, kam)
    yield at(r"incentives/letters/", uid=signed.uid, version_uid=signed.version.uid)
    yield at(r"incentives/assignments/", uid=assigned.uid)
    yield at(r"incentives/runs/|api/v1/runs/", uid=submitted.uid, kind="csv")
    taken = {"period": "2026-Q1", "starts": date(2026, 1, 1), "paid": 0, "due": 1, "amount": 1, "currency": "USD"}
    correction = Correction.objects.create(person=kam, of=submitted, run=submitted, **taken)
    yield at(r"incentives/corrections/", uid=correction.uid)
    asked = {"statement": statement, "position": 1, "text": "?", "asked_by": kam.user, "owner": hr.user}
    dispute = Dispute(due_on=today(), evidence_name="mail.txt", **asked)
    dispute.evidence.save("mail.txt", ContentFile(b"?"))
    yield at(r"incentives/disputes/|api/v1/disputes/", uid=dispute.uid)
    yield at(r"incentives/statements/|api/v1/statements/", uid=statement.uid, position=1)


def _letter(plan: Plan, kam: Person) -> PlanLetter:
    content = {"title": "t", "facts": [], "parts": [], "examples": []}
    version = plan.versions.get(status=PlanVersion.Status.PUBLISHED)
    return PlanLetter.objects.create(person=kam, version=version, content=content, digest="d", signed_by=kam.user)


def _beside_pay(kam: Person, hr: Person, at: Any) -> Iterator[tuple[re.Pattern[str], Mapping[str, Any]]]:
    """An award that the KAM has won, with its certificate, and a benefit of the KAM."""
    award = confirmed_award(kam, by=hr.user)
    issue_certificates(award_uid=award.uid, by=hr.user)
    certificate = Certificate.objects.get(winner__award=award)
    benefit = a_benefit()
    grant = grant_benefit(benefit_uid=benefit.uid, person_uid=kam.uid, starts=today(), ends=None, by=hr.user)
    yield at(r"incentives/wall/", uid=certificate.winner.uid)
    yield at(r"incentives/awards/|api/v1/awards/", uid=award.uid, language="en")
    yield at(r"incentives/certificates/", uid=certificate.uid, language="en")
    yield at(r"verify/", token=certificate.token)
    yield at(r"incentives/benefits/", uid=benefit.uid)
    voucher = a_benefit(is_used_once=True)
    used = grant_benefit(benefit_uid=voucher.uid, person_uid=kam.uid, starts=today(), ends=None, by=hr.user)
    use_grant(grant_uid=used.uid, by=kam.user)
    yield at(r"incentives/grants/<uuid:uid>/unuse/", uid=used.uid)
    yield at(r"incentives/grants/|api/v1/benefit-grants/", uid=grant.uid)


def _import(kind: str, by: Person) -> ImportBatch:
    """One that read a file of one row and kept it out."""
    report = {"files": [{"file": "x.csv", "header": ["kpi"]}], "rows": [], "read": 1, "rejected": 1}
    batch = ImportBatch.objects.create(kind=kind, source="x.csv", imported_by=by.user, dry_run=True, report=report)
    ImportRejection.objects.create(batch=batch, file="x.csv", line=2, code="repeated", values={"line": 1}, row=["y"])
    return batch


# Asking


@dataclass(frozen=True, slots=True, order=True)
class Door:
    """A route with a method; `permission` is what the code declares, "" for a library's page."""

    route: str
    method: str
    permission: str


def doors() -> list[Door]:
    """Pages with GET and POST (which of them one answers is found out by asking); the API with what it declares."""
    return sorted(
        Door(route, method, _permission(view, method)) for route, view in routes() for method in _methods(view)
    )


def _methods(view: Any) -> list[str]:
    actions = getattr(view, "actions", None)
    return [name.upper() for name in actions if name != "head"] if actions else list(PAGE_METHODS)


def _permission(view: Any, method: str) -> str:
    cls = getattr(view, "cls", None)
    if is_ours(view) and cls is not None:
        action = getattr(view, "actions", {}).get(method.lower())
        return str(cls.permissions.get(action, ""))
    return str(getattr(view, "permission", "")) if is_ours(view) or hasattr(view, "permission") else ""


def address(world: World, route: str) -> str:
    """The route as an address of the world's things."""
    values = next((values for beginning, values in world.samples if beginning.match(route)), {})
    filled = PLACE.sub(lambda match: str(values[match[1] or match[2]]), route)
    plain = "/" + filled.replace("^", "").replace("$", "").replace("\\", "").replace("?/", "/")
    return f"{plain}?{world.queries[route]}" if route in world.queries else plain


def answers(who: str) -> dict[tuple[str, str], str]:
    """What `who` gets at each door: open, login, 404, or 405 where the method is not offered."""
    world = build_world(who)
    client = Client() if who == ANONYMOUS else client_for(world.people[who])
    client.raise_request_exception = False
    cookies = client.cookies.output()
    found = {}
    for door in doors():
        client.cookies = SimpleCookie(cookies.replace("Set-Cookie: ", ""))
        body = urlencode(world.bodies.get(door.route, {}))
        found[door.route, door.method] = _ask(client, address(world, door.route), door.method, body)
    return found


def _ask(client: Client, url: str, method: str, body: str = "") -> str:
    """One request, which leaves no trace for the next."""
    with transaction.atomic():
        answer = client.generic(method, url, body, content_type=_content_type(url, method))
        if answer.headers.get("Location", "").startswith("/admin/login/"):
            answer = client.get(answer.headers["Location"])
        transaction.set_rollback(True)
    return _outcome(answer.status_code, answer.headers.get("Location", ""))


def _content_type(url: str, method: str) -> str:
    if method == "GET":
        return ""
    return "application/json" if url.startswith("/api/") else "application/x-www-form-urlencoded"


def _outcome(status: int, location: str) -> str:
    if status == 401 or location.startswith("/accounts/login/"):
        return "login"
    if status in {404, 405}:
        return str(status)
    return "open" if status < 500 and status != 403 else f"wrong: {status}"


# The file


def read_file() -> dict[tuple[str, str], dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return {(row["route"], row["method"]): row for row in csv.DictReader(file)}


def write_file(by_person: Mapping[str, Mapping[tuple[str, str], str]]) -> None:
    """A row for each door that somebody finds; methods that are not offered are left out."""
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["route", "method", "permission", *WHO])
        for door in doors():
            found = [by_person[who][door.route, door.method] for who in WHO]
            if "405" not in found:
                writer.writerow([door.route, door.method, door.permission, *found])
