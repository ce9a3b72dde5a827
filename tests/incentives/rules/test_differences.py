"""What two wordings of a plan differ in."""

from incentives.rules.differences import differences
from tests.incentives.factories import kam_content, manager_content


def test_equal_documents_differ_in_nothing() -> None:
    assert differences(kam_content(), kam_content()).count == 0


def test_one_rate_is_one_change_at_its_tier() -> None:
    found = differences(kam_content(), kam_content(top_rate="3"))

    assert found.count == 1
    assert [tier.changed for tier in found.components[0].tiers] == [False, False, False, True]


def test_a_component_that_came_and_one_that_went_are_one_change_each_beside_the_cap() -> None:
    found = differences(kam_content(), manager_content())

    assert [(pair.before is None, pair.after is None) for pair in found.components] == [(True, False), (False, True)]
    assert found.cap.changed
    assert found.count == 3
