"""What can go wrong with awards, certificates and benefits: what is so, and what to do."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid

# Awards


class AwardIsNotADraft(Conflict):
    code = "award_is_not_a_draft"
    message = _("%(award)s is open or over, and its rule is published. Prepare a new award instead.")


class AwardIsNotOpen(Conflict):
    code = "award_is_not_open"
    message = _("%(award)s takes nominations and votes from %(first)s to %(last)s, while it is open.")


class AwardCannotBeClosedYet(Conflict):
    code = "award_cannot_be_closed_yet"
    message = _("%(award)s can be closed from %(day)s on, when people have had their time and the period is over.")


class AwardIsNotClosed(Conflict):
    code = "award_is_not_closed"
    message = _("%(award)s is %(status)s. Only the winners of a closed award can be confirmed.")


class AwardIsOver(Conflict):
    code = "award_is_over"
    message = _("%(award)s is closed already. Its winners are shown on its page.")


class NotAmongTheNominators(Conflict):
    code = "not_among_the_nominators"
    message = _("In %(award)s these may nominate: %(roles)s.")


class NotAmongTheVoters(Conflict):
    code = "not_among_the_voters"
    message = _("In %(award)s these may vote: %(roles)s.")


class AwardIsNotForThisPerson(Invalid):
    code = "award_is_not_for_this_person"
    message = _("%(person)s does not work in %(team)s today, so %(award)s cannot be for this person.")


class OneselfCannotBeNamed(Invalid):
    code = "oneself_cannot_be_named"
    message = _("Nobody names oneself. Choose a colleague.")


class NominatedAlready(Conflict):
    code = "nominated_already"
    message = _("%(person)s is nominated by you already. Choose another colleague.")


class NotNominated(Invalid):
    code = "not_nominated"
    message = _("%(person)s is not nominated. Vote for somebody on the list, or nominate first.")


class AwardIsDecidedByRule(Conflict):
    code = "award_is_decided_by_rule"
    message = _("%(award)s is decided by results, so there is nothing to nominate or vote for.")


class NoVoteIsTaken(Conflict):
    code = "no_vote_is_taken"
    message = _("%(award)s is decided by nominations, so there is nothing to vote for. Nominate somebody.")


class OnlyTiedAreLeftOut(Invalid):
    code = "only_tied_are_left_out"
    message = _("The rule picked %(person)s without a tie. Only who shares the last place can be left out.")


class ReasonForTheTieMissing(Invalid):
    code = "reason_for_the_tie_missing"
    message = _("Say why somebody who shares the last place is left out. It is kept with the award.")


class NeedsAPerson(Conflict):
    code = "needs_a_person"
    message = _("This login belongs to nobody who works here, so it can neither nominate, vote nor congratulate.")


# Certificates


class AwardIsNotConfirmed(Conflict):
    code = "award_is_not_confirmed"
    message = _("The winners of %(award)s are not confirmed yet. Confirm them, then issue certificates.")


class NothingToIssue(Conflict):
    code = "nothing_to_issue"
    message = _("Every winner that you chose has a valid certificate already.")


class CertificateIsRevoked(Conflict):
    code = "certificate_is_revoked"
    message = _("Certificate %(number)s is revoked already. Issue a new one where it is needed.")


class CertificateReasonMissing(Invalid):
    code = "certificate_reason_missing"
    message = _("Say why the certificate is revoked. It is kept with it.")


# Benefits


class HasTheBenefitAlready(Conflict):
    code = "has_the_benefit_already"
    message = _("%(person)s has %(benefit)s in that time already. End that grant first, or choose other days.")


class GrantEndsBeforeItStarts(Invalid):
    code = "grant_ends_before_it_starts"
    message = _("The end must be after %(starts)s, the first day.")


class GrantIsNotProposed(Conflict):
    code = "grant_is_not_proposed"
    message = _("None of these proposals is open any more. Reload the page to see how they were decided.")


class GrantIsNotInForce(Conflict):
    code = "grant_is_not_in_force"
    message = _("%(benefit)s of %(person)s does not hold today, so it cannot be used or ended.")


class BenefitIsNotUsedUp(Conflict):
    code = "benefit_is_not_used_up"
    message = _("%(benefit)s is not used up, so there is nothing to mark.")


class GrantIsUsed(Conflict):
    code = "grant_is_used"
    message = _("%(benefit)s was used on %(day)s already.")


class BenefitIsNoLongerGiven(Conflict):
    code = "benefit_is_no_longer_given"
    message = _("%(benefit)s is no longer given. Put it back into the catalogue first.")
