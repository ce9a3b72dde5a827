"""Who did it and in which use case: kept with each change by the database."""

import pghistory
import pytest
from pghistory.models import Context

from accounts.models import Team
from core.audit import acting
from tests.accounts.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


def contexts(team: Team) -> list[dict[str, object]]:
    events = team.events.order_by("pgh_id").values_list("pgh_context", flat=True)  # type: ignore[attr-defined]
    known = dict(Context.objects.values_list("pk", "metadata"))
    return [known[pk] for pk in events if pk]


def rename(team: Team, name: str) -> None:
    team.name = name
    team.save(update_fields=["name"])


def test_each_use_case_keeps_its_own_name_within_one_request() -> None:
    team, user = TeamFactory.create(), UserFactory.create()

    with pghistory.context(user=user.pk, url="/teams/"):
        rename(team, "A")
        with acting(user, "team.renamed"):
            rename(team, "B")
            with acting(None, "team.cleaned"):
                rename(team, "C")
            rename(team, "D")
        rename(team, "E")

    request = {"user": user.pk, "url": "/teams/"}
    assert contexts(team) == [
        request,
        request | {"action": "team.renamed"},
        {"user": None, "url": "/teams/", "action": "team.cleaned"},
        request | {"action": "team.renamed"},
        request,
    ]


def test_bulk_updates_are_kept_with_their_use_case() -> None:
    team = TeamFactory.create()

    with acting(None, "teams.renamed"):
        Team.objects.filter(pk=team.pk).update(name="All")

    assert contexts(team) == [{"user": None, "action": "teams.renamed"}]
