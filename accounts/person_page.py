"""What every tab of a person's page needs around it: header, tabs, breadcrumb, actions.

    return render(request, "training/coaching.html", person_context(request, person, "coaching") | {"notes": notes})

The template extends `accounts/person_page.html` and fills the block `tab`.
"""

from typing import Any

from django.urls import reverse

from accounts.doors import UserRequest
from accounts.models import Person, Team, User
from accounts.person_actions import actions_for
from accounts.person_tabs import tabs_for
from accounts.selectors.people import standing
from core.calendar import today
from core.ui import Crumb


def person_context(request: UserRequest, person: Person, active: str) -> dict[str, Any]:
    """Context of a person's page whose tab `active` is open. Five queries."""
    viewer, now = request.user, standing(person=person, on=today())
    return {
        "person": person,
        "tabs": tabs_for(viewer, person, active),
        "standing": now,
        "actions": actions_for(viewer, person),
        "crumbs": [*team_crumbs(viewer, now.team), Crumb(person.name, f"/people/{person.uid}/")],
    }


def team_crumbs(viewer: User, team: Team | None) -> list[Crumb]:
    """Company > region > team, as far as the viewer may see it. One query."""
    if team is None:
        return []
    path = Team.objects.visible_to(viewer).filter(pk__in=team.ancestor_ids)
    in_order = sorted(path, key=lambda step: len(step.ancestor_ids))
    linked = viewer.may("accounts.view_team")
    return [Crumb(step.name, reverse("team", args=[step.code]) if linked else None) for step in in_order]
