"""What can go wrong with plans and runs: what is so, and what to do."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid
from incentives.rules.reading import Problem

# Plans


class PlanCodeIsTaken(Conflict):
    code = "plan_code_is_taken"
    message = _("There is a plan with the code %(code)s already. Choose another code.")


class VersionIsPublished(Conflict):
    code = "version_is_published"
    message = _("Version %(number)s of %(plan)s is published and never changes. Make a new version from it.")


class VersionIsNotPublished(Conflict):
    code = "version_is_not_published"
    message = _("Version %(number)s of %(plan)s is not in force. Only a published version can be retired.")


class DraftChangedMeanwhile(Conflict):
    code = "draft_changed_meanwhile"
    message = _("%(name)s changed this draft at %(at)s. Compare both, then save again.")


class DraftExists(Conflict):
    code = "draft_exists"
    message = _("Version %(number)s of %(plan)s is a draft already. Go on with it, or delete it first.")


class PlanHasProblems(Invalid):
    code = "plan_has_problems"
    message = _("The plan cannot be published yet: %(count)s places must be corrected first.")

    def __init__(self, problems: Sequence[Problem], **values: object) -> None:
        self.problems = list(problems)
        super().__init__(count=len(self.problems), **values)


class ExampleDoesNotHold(PlanHasProblems):
    """The first worked example that the wording does not pay as expected."""

    code = "example_does_not_hold"
    message = _(
        "The example “%(name)s” pays %(got)s, not %(expected)s: a difference of %(difference)s. "
        "Correct the plan or the example, then publish."
    )


class PlanCannotBeSimulated(PlanHasProblems):
    code = "plan_cannot_be_simulated"
    message = _("The plan cannot be simulated yet: %(count)s places must be corrected first.")


class TooMuchToSimulate(Invalid):
    code = "too_much_to_simulate"
    message = _("This would compute %(count)s statements; a page computes at most %(most)s. Take fewer quarters.")


class OnlyQuarters(Invalid):
    code = "only_quarters"
    message = _("%(given)s is not a quarter. Plans pay by quarter: give one such as 2026-Q3.")


class PlanFileCannotBeRead(Invalid):
    """The file's shape is wrong; what only makes no sense yet may stand in a draft."""

    code = "plan_file_cannot_be_read"
    message = _("The file cannot be read as a plan: %(count)s places are wrong.")

    def __init__(self, problems: Sequence[Problem], **values: object) -> None:
        self.problems = list(problems)
        super().__init__(count=len(self.problems), **values)


class StartsBeforeTheVersionInForce(Conflict):
    code = "starts_before_the_version_in_force"
    message = _("Version %(number)s holds from %(starts)s. A new version starts later than that.")


class PeriodIsPaidByThePlan(Conflict):
    code = "period_is_paid_by_the_plan"
    message = _("%(plan)s has paid up to %(until)s. A new version starts on that day or later.")


class UnknownPlan(Invalid):
    code = "unknown_plan"
    message = _("There is no plan with the code %(code)s.")


class LetterChanged(Conflict):
    code = "letter_changed"
    message = _("Your target or the plan changed since this letter was opened. Read it again, then sign it.")


class LetterIsSigned(Conflict):
    code = "letter_is_signed"
    message = _("This letter is signed already. A new one comes with the next version of the plan.")


# Assignments


class OverlappingAssignment(Conflict):
    code = "overlapping_assignment"
    message = _("%(person)s is on %(plan)s in that time. End that assignment first.")


class TargetPayIsNotPositive(Invalid):
    code = "target_pay_is_not_positive"
    message = _("Target pay must be above 0.")


class EndsBeforeItStarts(Invalid):
    code = "ends_before_it_starts"
    message = _("The end must be after %(starts)s, the first day.")


# Runs


class RunHasNoPeople(Invalid):
    code = "run_has_no_people"
    message = _("Nobody is on a plan in %(period)s, so there is nothing to calculate. Put people on a plan first.")


class RunIsApproved(Conflict):
    code = "run_is_approved"
    message = _("Run %(run)s is approved and never changes. Corrections are made in a later run.")


class RunIsSubmitted(Conflict):
    code = "run_is_submitted"
    message = _("Run %(run)s waits for approval. Return it first, then calculate again.")


class RunNotCalculated(Conflict):
    code = "run_not_calculated"
    message = _("Run %(run)s is %(status)s. Only a calculated run can be handed in for approval.")


class RunNotSubmitted(Conflict):
    code = "run_not_submitted"
    message = _("Run %(run)s is %(status)s. Only a submitted run can be approved or returned.")


class RunDoesNotMoveOn(Conflict):
    code = "run_does_not_move_on"
    message = _(
        "Run %(run)s is %(status)s and cannot be marked %(wanted)s. "
        "An approved run is exported, then paid, then closed."
    )


class ApproverIsPreparer(Conflict):
    code = "approver_is_preparer"
    message = _("Run %(run)s was prepared or handed in by you. Ask another approver.")


class ProvisionalRunIsNotPaid(Conflict):
    code = "provisional_run_is_not_paid"
    message = _("Run %(run)s is provisional and is replaced every night. Start a final run to pay %(period)s.")


class PeriodIsNotOver(Conflict):
    code = "period_is_not_over"
    message = _("%(period)s ends on %(last)s. A final run can be handed in after that day.")


class TakenBackAlready(Conflict):
    code = "taken_back_already"
    message = _(
        "Run %(other)s has taken back by now what %(person)s was paid on a deal, and this run takes it back too. "
        "Send it back, and calculate it anew."
    )


class PersonIsPaidAlready(Conflict):
    code = "person_is_paid_already"
    message = _(
        "%(person)s is paid for %(period)s by run %(other)s already. Leave this run, or correct it in a later one."
    )


class RunIsNotApproved(Conflict):
    code = "run_is_not_approved"
    message = _("Run %(run)s is %(status)s. Payroll takes a run once it is approved.")


class NothingToPay(Conflict):
    code = "nothing_to_pay"
    message = _("Run %(run)s has no statement, so there is nothing to approve.")


class NothingToCorrect(Conflict):
    code = "nothing_to_correct"
    message = _("None of these corrections is open any more: taken into a run meanwhile, or no longer a difference.")


class RunTakesNoCorrections(Conflict):
    code = "run_takes_no_corrections"
    message = _(
        "Run %(run)s takes no corrections: it is handed in or approved, provisional, or pays in another currency. "
        "Choose another run."
    )


class CorrectionGoesIntoALaterRun(Conflict):
    code = "correction_goes_into_a_later_run"
    message = _("Run %(run)s is for %(period)s. A correction goes into a run of a later period, or one of its own.")


class DisputeIsClosed(Conflict):
    code = "dispute_is_closed"
    message = _("This question is %(state)s already. Ask anew if something is still not right.")


class AskerDoesNotAnswer(Conflict):
    code = "asker_does_not_answer"
    message = _("This question is your own. Somebody else answers it.")


class NobodyAnswers(Conflict):
    code = "nobody_answers"
    message = _("Nobody in HR can answer right now. An administrator gives somebody the role first.")


class NoDifferenceFound(Conflict):
    code = "no_difference_found"
    message = _(
        "The pay of %(period)s is what it would be now, so there is nothing to correct. "
        "Correct the deal, credit or target first, or reject with the reason."
    )


class ReasonMissing(Invalid):
    code = "reason_missing"
    message = _("Say why the run goes back, so that it can be corrected.")


class InputsKeepChanging(Conflict):
    code = "inputs_keep_changing"
    message = _(
        "Deals or targets of %(period)s changed while run %(run)s was calculated. "
        "Calculate again when imports are done."
    )
