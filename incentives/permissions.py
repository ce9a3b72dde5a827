"""What may be done with plans, runs and statements."""

from django.utils.translation import gettext_lazy as _

from accounts.access import EVERYONE, Role, declare

declare("incentives.view_plans", _("See incentive plans"), {Role.HR, Role.DIRECTOR, Role.MANAGER, Role.ANALYST})
declare("incentives.edit_plans", _("Change plan drafts"), {Role.HR})
declare("incentives.publish_plan", _("Publish a plan version"), {Role.HR})
declare("incentives.assign_plans", _("Put people on plans"), {Role.HR})
declare("incentives.view_letters", _("See who has signed the plan letter"), {Role.HR, Role.DIRECTOR, Role.MANAGER})
declare("incentives.simulate", _("Simulate what a plan would cost"), {Role.HR, Role.DIRECTOR})
declare("incentives.view_runs", _("See bonus runs"), {Role.HR, Role.DIRECTOR, Role.MANAGER, Role.KAM})
declare("incentives.view_draft_run", _("See bonus runs before they are approved"), {Role.HR, Role.DIRECTOR})
declare("incentives.start_run", _("Start a bonus run"), {Role.HR})
declare("incentives.submit_run", _("Hand a bonus run in for approval"), {Role.HR})
declare("incentives.approve_run", _("Approve a bonus run"), {Role.DIRECTOR})
declare("incentives.return_run", _("Return a bonus run"), {Role.DIRECTOR})
declare("incentives.correct_run", _("Take corrections of paid periods into a run"), {Role.HR})
declare(
    "incentives.dispute",
    _("Question a line of a statement, or a missing deal"),
    {Role.HR, Role.DIRECTOR, Role.MANAGER, Role.KAM},
)
declare("incentives.answer_dispute", _("Answer questions about statements"), {Role.HR})
declare("incentives.pay_run", _("Mark a bonus run exported, paid or closed"), {Role.HR})
declare("incentives.view_statements", _("See statements"), {Role.HR, Role.DIRECTOR, Role.MANAGER, Role.KAM})
declare("incentives.view_team_pay", _("See what the people of one's teams are paid"), {Role.DIRECTOR, Role.MANAGER})
declare("incentives.view_own_pay", _("See what one is paid oneself"), {Role.KAM, Role.MANAGER, Role.DIRECTOR})

# Awards, certificates and benefits
declare("incentives.view_awards", _("See awards and the wall of recognition"), EVERYONE)
declare("incentives.take_part_in_awards", _("Nominate, vote and congratulate"), EVERYONE)
declare("incentives.manage_awards", _("Prepare, open and close awards"), {Role.HR})
declare("incentives.confirm_award", _("Confirm the winners of an award"), {Role.HR, Role.DIRECTOR})
declare("incentives.view_certificates", _("Open certificates"), EVERYONE)
declare("incentives.issue_certificates", _("Issue and revoke certificates"), {Role.HR})
declare("incentives.view_benefits", _("See benefits and the own grants"), EVERYONE)
declare("incentives.manage_benefits", _("Keep the catalogue of benefits and grant them"), {Role.HR})
