"""Where the demo company is not loaded: outside demo mode, and into a database that holds anything else."""

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from dashboards.demo import DatabaseHoldsSomethingElse, DemoIsOff, load_demo
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_a_database_that_holds_something_else_is_refused(settings: Settings) -> None:
    settings.KAM_DEMO = True
    UserFactory.create()

    with pytest.raises(DatabaseHoldsSomethingElse, match="already holds 1 people"):
        load_demo(print)
    with pytest.raises(CommandError, match="empty database only"):
        call_command("load_demo")
    assert User.objects.count() == 1


def test_outside_demo_mode_nothing_is_loaded() -> None:
    with pytest.raises(DemoIsOff):
        load_demo(print)
    assert not User.objects.exists()
