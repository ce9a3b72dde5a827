"""Awards: prepared, opened, nominated and voted for, closed by the published rule, confirmed, on the wall."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.access import Role
from accounts.models import Person
from core import calendar
from core.errors import NotFound
from core.models import OutboxMessage
from goals.models import Kpi
from incentives.errors_awards import (
    AwardCannotBeClosedYet,
    AwardIsDecidedByRule,
    AwardIsNotADraft,
    AwardIsNotClosed,
    AwardIsNotForThisPerson,
    AwardIsNotOpen,
    AwardIsOver,
    NominatedAlready,
    NotAmongTheNominators,
    NotAmongTheVoters,
    NotNominated,
    NoVoteIsTaken,
    OneselfCannotBeNamed,
    OnlyTiedAreLeftOut,
    ReasonForTheTieMissing,
)
from incentives.models_awards import Award, Nomination, Vote, Winner
from incentives.services import awards as services
from tests.accounts.factories import Company, PersonFactory, company, person_with_role
from tests.incentives.awards import an_award, booked, confirmed_award, over, terms
from tests.incentives.factories import bookings_kpi

pytestmark = pytest.mark.django_db
WHY = "Helped with three offers."


@pytest.fixture
def firm() -> Company:
    return company()


@pytest.fixture
def hr() -> Person:
    return person_with_role(Role.HR, name="Wei Chen")


@pytest.fixture
def director(firm: Company) -> Person:
    return person_with_role(Role.DIRECTOR, firm.root, name="Sofia Duval")


@pytest.fixture
def kams(firm: Company) -> list[Person]:
    """Ana and Ben in West 1, Cai and Dee in East 1."""
    places = {"Ana": "west-1", "Ben": "west-1", "Cai": "east-1", "Dee": "east-1"}
    return [person_with_role(Role.KAM, firm.teams[team], name=name) for name, team in places.items()]


def named(award: Award) -> list[tuple[str, int, bool]]:
    rows = award.winners.select_related("person").order_by("place", "person__name")
    return [(row.person.name, row.place, row.is_tied) for row in rows]


def nominate(award: Award, nominee: Person, by: Person) -> Nomination:
    return services.nominate(award_uid=award.uid, nominee_uid=nominee.uid, reason=WHY, by=by.user)


def vote(award: Award, nominee: Person, by: Person) -> Vote:
    return services.vote(award_uid=award.uid, nominee_uid=nominee.uid, by=by.user)


# Prepared


def test_a_draft_is_seen_by_hr_alone_until_it_is_opened(hr: Person, kams: list[Person]) -> None:
    draft = services.create_award(terms=terms(), by=hr.user)
    assert not Award.objects.visible_to(kams[0].user).exists()

    services.open_award(award_uid=draft.uid, by=hr.user)

    assert Award.objects.visible_to(kams[0].user).get() == draft
    told = set(OutboxMessage.objects.filter(kind=services.OPEN_NOTICE).values_list("user", flat=True))
    assert told == {kam.user_id for kam in kams}


def test_a_published_rule_does_not_change(hr: Person) -> None:
    award = an_award(by=hr.user)

    with pytest.raises(AwardIsNotADraft):
        services.edit_award(award_uid=award.uid, terms=terms(places=3), by=hr.user)
    with pytest.raises(AwardIsNotADraft):
        services.delete_award(award_uid=award.uid, by=hr.user)
    award.refresh_from_db()
    assert award.places == 1


def test_a_draft_is_edited_and_deleted(hr: Person) -> None:
    draft = services.create_award(terms=terms(kind="vote", voters=["kam"]), by=hr.user)

    edited = services.edit_award(award_uid=draft.uid, terms=terms(kind="rule"), by=hr.user)
    edited.refresh_from_db()
    assert (edited.kind, edited.voters, edited.kpi) == ("rule", [], bookings_kpi())

    services.delete_award(award_uid=draft.uid, by=hr.user)
    assert not Award.objects.exists()


# Nominated


def test_a_colleague_is_nominated_once_with_the_reason(hr: Person, kams: list[Person]) -> None:
    ana, ben = kams[:2]
    award = an_award(by=hr.user)

    assert nominate(award, ben, ana).reason == WHY
    with pytest.raises(NominatedAlready, match="Ben"):
        nominate(award, ben, ana)
    with pytest.raises(OneselfCannotBeNamed):
        nominate(award, ana, ana)
    assert award.nominations.count() == 1


def test_who_may_nominate_is_what_was_published(hr: Person, kams: list[Person]) -> None:
    award = an_award(by=hr.user, nominators=["manager"])

    with pytest.raises(NotAmongTheNominators, match="Manager"):
        nominate(award, kams[1], kams[0])


def test_an_award_of_a_team_is_for_its_people(firm: Company, hr: Person, kams: list[Person]) -> None:
    award = an_award(by=hr.user, team=firm.regions["west"])

    nominate(award, kams[0], kams[2])
    with pytest.raises(AwardIsNotForThisPerson, match="Dee does not work in West today"):
        nominate(award, kams[3], kams[0])


@pytest.mark.parametrize("days", [(1, 5), (-5, 0)], ids=["before it opens", "after its last day"])
def test_nothing_is_taken_outside_the_open_days(hr: Person, kams: list[Person], days: tuple[int, int]) -> None:
    starts, ends = (calendar.today() + timedelta(days=number) for number in days)
    award = an_award(by=hr.user, starts=starts, ends=ends)

    with pytest.raises(AwardIsNotOpen):
        nominate(award, kams[1], kams[0])


def test_what_a_result_decides_takes_no_nomination_and_a_nomination_no_vote(hr: Person, kams: list[Person]) -> None:
    with pytest.raises(AwardIsDecidedByRule):
        nominate(an_award(by=hr.user, kind="rule"), kams[1], kams[0])
    with pytest.raises(NoVoteIsTaken):
        vote(an_award(by=hr.user), kams[1], kams[0])


# Voted for


def test_everybody_has_one_vote_which_can_be_moved(hr: Person, kams: list[Person]) -> None:
    ana, ben, cai, dee = kams
    award = an_award(by=hr.user, kind="vote")
    for nominee in (ana, ben):
        nominate(award, nominee, dee)

    vote(award, ana, cai)
    vote(award, ben, cai)

    assert [(row.voter, row.nominee) for row in award.votes.select_related("voter", "nominee")] == [(cai, ben)]
    with pytest.raises(IntegrityError), transaction.atomic():
        Vote.objects.create(award=award, voter=cai, nominee=ana)


def test_a_vote_is_for_a_nominated_colleague_by_who_may_vote(hr: Person, kams: list[Person]) -> None:
    ana, ben, cai = kams[:3]
    award = an_award(by=hr.user, kind="vote", voters=["kam"])
    nominate(award, ana, ben)

    with pytest.raises(NotNominated, match="Cai"):
        vote(award, cai, ben)
    with pytest.raises(OneselfCannotBeNamed):
        vote(award, ana, ana)
    with pytest.raises(NotAmongTheVoters, match="Key account manager"):
        vote(award, ana, hr)


def test_the_audit_trail_keeps_that_somebody_voted_not_for_whom() -> None:
    columns = {field.name for field in Vote.pgh_event_model._meta.get_fields()}  # type: ignore[attr-defined]

    assert "voter" in columns
    assert "nominee" not in columns


# Closed by the rule


def test_most_votes_win_and_a_tie_for_the_last_place_is_told(hr: Person, kams: list[Person]) -> None:
    ana, ben, cai, dee = kams
    award = an_award(by=hr.user, kind="vote", places=2)
    for nominee in (ana, ben, cai):
        nominate(award, nominee, dee)
    for voter, nominee in ((ben, ana), (dee, ana), (ana, ben), (hr, cai)):
        vote(award, nominee, voter)

    services.close_award(award_uid=over(award).uid, by=hr.user)

    assert named(award) == [("Ana", 1, False), ("Ben", 2, True), ("Cai", 2, True)]
    assert OutboxMessage.objects.filter(kind=services.CLOSED_NOTICE).count() == 0, "HR closed it, nobody else confirms"


def test_who_is_nominated_by_most_colleagues_wins(hr: Person, kams: list[Person]) -> None:
    ana, ben, cai, dee = kams
    award = an_award(by=hr.user)
    for nominee, by in ((ana, ben), (ana, cai), (ben, dee)):
        nominate(award, nominee, by)

    services.close_award(award_uid=over(award).uid, by=hr.user)

    assert named(award) == [("Ana", 1, False)]


def test_the_best_result_wins_with_the_team_of_the_period(firm: Company, hr: Person, kams: list[Person]) -> None:
    ana, ben, cai, _dee = kams
    award = an_award(by=hr.user, kind="rule", places=2)
    results = {person: booked(person, actual) for person, actual in ((ana, "500"), (ben, "900"), (cai, "700"))}

    services.close_award(award_uid=award.uid, by=hr.user)

    assert named(award) == [("Ben", 1, False), ("Cai", 2, False)]
    first = award.winners.get(place=1)
    assert (first.team, first.score, first.result) == (firm.teams["west-1"], Decimal(900), results[ben].uid)


def test_results_that_rest_on_too_little_do_not_count(hr: Person, kams: list[Person]) -> None:
    ana, ben = kams[:2]
    award = an_award(by=hr.user, kind="rule", least_base=Decimal(10))
    booked(ana, "0.9", base="3")
    booked(ben, "0.7", base="10")

    services.close_award(award_uid=award.uid, by=hr.user)

    assert named(award) == [("Ben", 1, False)]


def test_everybody_who_reaches_the_attainment_wins(firm: Company, hr: Person, kams: list[Person]) -> None:
    fields = {"rule": "threshold", "measure": "attainment", "threshold": Decimal(1)}
    award = an_award(by=hr.user, kind="rule", team=firm.regions["west"], **fields)
    for person, attainment in zip(kams, ("1.0", "0.99", "2", None), strict=True):
        booked(person, "5", attainment=attainment)

    services.close_award(award_uid=award.uid, by=hr.user)

    assert named(award) == [("Ana", 1, False)], "Ben is below, Cai works elsewhere, Dee has no target"


def test_where_less_is_better_the_lowest_result_wins(hr: Person, kams: list[Person]) -> None:
    award = an_award(by=hr.user, kind="rule")
    Kpi.objects.filter(pk=bookings_kpi().pk).update(direction=Kpi.Direction.LOWER)
    booked(kams[0], "30")
    booked(kams[1], "40")

    services.close_award(award_uid=award.uid, by=hr.user)

    assert named(award) == [("Ana", 1, False)]


def test_it_is_closed_once_and_not_before_its_time(hr: Person) -> None:
    award = an_award(by=hr.user)
    with pytest.raises(AwardCannotBeClosedYet):
        services.close_award(award_uid=award.uid, by=hr.user)

    services.close_award(award_uid=over(award).uid, by=hr.user)
    with pytest.raises(AwardIsOver):
        services.close_award(award_uid=award.uid, by=hr.user)
    assert named(award) == []


def test_an_award_by_result_waits_for_the_end_of_its_period(hr: Person) -> None:
    award = an_award(by=hr.user, kind="rule", period=calendar.current_period().code)

    with pytest.raises(AwardCannotBeClosedYet):
        services.close_award(award_uid=award.uid, by=hr.user)


def test_hr_is_told_once_what_can_be_closed(hr: Person) -> None:
    over(an_award(by=hr.user))

    assert (services.remind_to_close(), services.remind_to_close()) == (1, 1)
    assert OutboxMessage.objects.filter(kind=services.CLOSABLE_NOTICE, user=hr.user).count() == 1


# Confirmed


@pytest.fixture
def tied(hr: Person, kams: list[Person]) -> Award:
    """Ana won; Ben and Cai share the second and last place."""
    award = an_award(by=hr.user, kind="rule", places=2)
    for person, actual in zip(kams, ("9", "5", "5", "1"), strict=True):
        booked(person, actual)
    return services.close_award(award_uid=award.uid, by=hr.user)


def test_confirmed_winners_are_told_and_stand_on_the_wall(tied: Award, director: Person, kams: list[Person]) -> None:
    assert not Winner.objects.visible_to(kams[0].user).exists()

    services.confirm_award(award_uid=tied.uid, by=director.user)

    assert Winner.objects.visible_to(kams[3].user).count() == 3
    told = set(OutboxMessage.objects.filter(kind=services.WON_NOTICE).values_list("user", flat=True))
    assert told == {kam.user_id for kam in kams[:3]}


def test_who_is_tied_may_be_left_out_for_a_reason(tied: Award, director: Person, kams: list[Person]) -> None:
    ana, ben, cai, _dee = kams
    rows = {row.person_id: row.uid for row in tied.winners.all()}

    with pytest.raises(OnlyTiedAreLeftOut, match="Ana"):
        services.confirm_award(award_uid=tied.uid, left_out=[rows[ana.pk]], reason="x", by=director.user)
    with pytest.raises(ReasonForTheTieMissing):
        services.confirm_award(award_uid=tied.uid, left_out=[rows[ben.pk]], reason=" ", by=director.user)
    services.confirm_award(award_uid=tied.uid, left_out=[rows[ben.pk]], reason="Won it last time.", by=director.user)

    assert set(Winner.objects.confirmed().values_list("person__name", flat=True)) == {"Ana", "Cai"}
    assert not OutboxMessage.objects.filter(kind=services.WON_NOTICE, user=ben.user).exists()
    assert cai.awards_won.get().left_out == ""


def test_only_a_closed_award_is_confirmed(tied: Award, hr: Person, director: Person) -> None:
    with pytest.raises(AwardIsNotClosed, match="Open"):
        services.confirm_award(award_uid=an_award(by=hr.user).uid, by=director.user)

    services.confirm_award(award_uid=tied.uid, by=director.user)
    with pytest.raises(AwardIsNotClosed, match="Confirmed"):
        services.confirm_award(award_uid=tied.uid, by=director.user)


# Congratulated


def test_one_congratulates_once(hr: Person, kams: list[Person]) -> None:
    award = confirmed_award(kams[0], by=hr.user)
    won = award.winners.get()

    first = services.congratulate(winner_uid=won.uid, by=kams[1].user)
    again = services.congratulate(winner_uid=won.uid, by=kams[1].user)

    assert (first, again) == ({"congratulated": 1}, {"congratulated": 1})


def test_who_is_not_on_the_wall_cannot_be_congratulated(tied: Award, kams: list[Person]) -> None:
    with pytest.raises(NotFound):
        services.congratulate(winner_uid=tied.winners.all()[0].uid, by=kams[1].user)


def test_somebody_without_a_team_cannot_be_named(hr: Person, kams: list[Person]) -> None:
    with pytest.raises(AwardIsNotForThisPerson):
        nominate(an_award(by=hr.user), PersonFactory.create(name="Eve"), kams[0])
