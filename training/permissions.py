"""What may be done with coaching notes. Which ones somebody reads is `visible_to`, never a role."""

from django.utils.translation import gettext_lazy as _

from accounts.access import Role, declare

declare("training.read_notes", _("See one-on-ones"), {Role.DIRECTOR, Role.MANAGER, Role.KAM, Role.HR})
declare("training.log_note", _("Log coaching notes"), {Role.DIRECTOR, Role.MANAGER})
declare("training.set_cadence", _("Change how often people are coached"), {Role.MANAGER, Role.DIRECTOR, Role.HR})
