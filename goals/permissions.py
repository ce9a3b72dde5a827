"""What may be done with KPIs, targets and results."""

from django.utils.translation import gettext_lazy as _

from accounts.access import EVERYONE, Role, declare

declare("goals.view_results", _("See KPI results"), EVERYONE)
declare("goals.edit_targets", _("Change targets"), {Role.HR, Role.DIRECTOR})
declare("goals.edit_kpis", _("Change KPI names and definitions"), {Role.HR})
