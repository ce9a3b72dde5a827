"""What can go wrong with people, teams, roles, tokens and schedules."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid


class AlreadyPlanned(Conflict):
    code = "already_planned"
    message = _("%(name)s already has %(what)s %(range)s. Choose a later day, or withdraw that first.")


class SomebodyWasFaster(Conflict):
    code = "somebody_was_faster"
    message = _(
        "Somebody has just changed the same dates. Nothing of yours was saved; look at the new state and try again."
    )


class NotEmployedThen(Invalid):
    code = "not_employed_then"
    message = _("%(name)s works here %(range)s. Choose a day in that time.")


class HasLeft(Conflict):
    code = "has_left"
    message = _("%(name)s left on %(on)s. Only somebody who works here can be changed.")


class LeavesBeforeStart(Invalid):
    code = "leaves_before_start"
    message = _("%(name)s has %(what)s %(range)s. The last day cannot be before its first day; withdraw it first.")


class NothingToWithdraw(Conflict):
    code = "nothing_to_withdraw"
    message = _("This is no longer the latest change of %(name)s. Only the latest one can be withdrawn.")


class TeamCodeTaken(Conflict):
    code = "team_code_taken"
    message = _("There is a team with the code %(code)s already. Choose another one.")


class NumberTaken(Conflict):
    code = "number_taken"
    message = _("The employee number %(number)s belongs to somebody already.")


class EmailTaken(Conflict):
    code = "email_taken"
    message = _("The e-mail address %(email)s is another login's already.")


class RoleNeedsTeam(Invalid):
    code = "role_needs_team"
    message = _("The role %(role)s holds for a team and all under it. Choose the team.")


class RoleHasNoTeam(Invalid):
    code = "role_has_no_team"
    message = _("The role %(role)s holds for the whole company. Leave the team empty.")


class RoleAlreadyGranted(Conflict):
    code = "role_already_granted"
    message = _("%(name)s already has this role %(range)s. End that first, or choose days outside it.")


class LastAdministrator(Conflict):
    code = "last_administrator"
    message = _("%(name)s is the last administrator. Grant the role to somebody else first.")


class UnknownScope(Invalid):
    code = "unknown_scope"
    message = _("%(given)s is not a scope. Allowed: %(allowed)s.")


class TokenLifeOutOfRange(Invalid):
    code = "token_life_out_of_range"
    message = _("A token lives from 1 to %(most)s days.")


class UnknownLogin(Invalid):
    code = "unknown_login"
    message = _("Nobody logs in with %(email)s.")


class ScheduleIsFixed(Conflict):
    code = "schedule_is_fixed"
    message = _("The portal itself needs this schedule. It cannot be changed.")
