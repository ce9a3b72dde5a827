"""Users, people, the tree of teams, and what changes over time about them. The database refuses overlaps."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property, reduce
from operator import or_
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex, OpClass
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import PeriodicTask

from accounts.access import Role, permission
from accounts.scope import scope_of
from core.audit import tracked
from core.calendar import today
from core.ids import new_uid
from core.schedules import scheduled_task
from core.spelling import SpellingField, search_indexes


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A login. Without a password nobody can log in with it until one is set."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """The first administrator of an installation: the role opens the portal, Django's flag its admin site."""
        user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        RoleGrant.objects.create(user=user, role=Role.ADMINISTRATOR, during=DateRange(today(), None))
        return user


@tracked(exclude=["password", "last_login"])
class User(AbstractBaseUser, PermissionsMixin):
    """A login by e-mail. What it may do follows from its role grants, never from Django's groups."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(
        _("language"), max_length=10, blank=True, choices=[("en", "English"), ("zh-hans", "简体中文")]
    )
    wants_mail = models.BooleanField(_("send notices by e-mail too"), default=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(name="user_email_is_lower_case", condition=Q(email=Lower("email"))),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    @cached_property
    def grants(self) -> Sequence["RoleGrant"]:
        """Role grants in force today, with their teams. One query a request."""
        return list(self.role_grants.in_force(today()).select_related("team"))

    @cached_property
    def roles(self) -> frozenset[Role]:
        return frozenset(Role(grant.role) for grant in self.grants)

    def may(self, name: str) -> bool:
        """Whether one of the user's roles has the permission. Raises UnknownPermission on an undeclared name."""
        return self.is_active and not self.roles.isdisjoint(permission(name).roles)

    @cached_property
    def person_or_none(self) -> "Person | None":
        return Person.objects.filter(user=self).first()


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, user: User) -> Self:
        """The teams whose figures the user may see: all for HR, analysts, administrators, else those led and below."""
        scope = scope_of(user)
        return self if scope.everyone else self.filter(scope.under("path"))

    def below(self, team: "Team") -> Self:
        """The team itself and all under it."""
        return self.filter(path__startswith=team.path)


@tracked(exclude=["spelling"])
class Team(models.Model):
    """A node of the company > region > team tree. `path` lists the ids from the root, such as `/1/4/9/`."""

    class Kind(models.TextChoices):
        COMPANY = "company", _("Company")
        REGION = "region", _("Region")
        TEAM = "team", _("Team")

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    spelling = SpellingField(of="name")
    kind = models.CharField(max_length=10, choices=Kind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    cost_centre = models.CharField(
        max_length=20, blank=True, help_text=_("Where payroll books what the team is paid, such as 4711.")
    )
    path = models.CharField(max_length=200, editable=False, default="")

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(name="team_tree_has_one_company", fields=["kind"], condition=Q(kind="company")),
            models.CheckConstraint(
                name="team_has_a_parent_unless_it_is_the_company",
                condition=Q(kind="company", parent=None) | (~Q(kind="company") & ~Q(parent=None)),
            ),
        ]
        indexes = [
            models.Index(OpClass(F("path"), name="varchar_pattern_ops"), name="team_path_prefix"),
            *search_indexes("team"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ancestor_ids(self) -> list[int]:
        """Ids from the company down to and with this team."""
        return [int(part) for part in self.path.split("/") if part]


class PersonQuerySet(models.QuerySet["Person"]):
    def visible_to(self, user: User) -> Self:
        """People whose work the user may see: all for HR, analysts, administrators; who works in or leads one of the
        user's teams; always oneself.
        """
        scope = scope_of(user)
        if scope.everyone:
            return self
        placed = (
            model.objects.filter(scope.under("team__path"), during__contains=today()).values("person")
            for model in (Membership, Leadership)
        )
        return self.filter(reduce(or_, (Q(pk__in=people) for people in placed), Q(user=user)))

    def in_team(self, team: Team, on: date) -> Self:
        """Members of the team and of all under it on a day."""
        member = Membership.objects.filter(during__contains=on, team__path__startswith=team.path)
        return self.filter(pk__in=member.values("person"))

    def with_team(self, on: date) -> Self:
        """Adds `team_name`, `team_code`, `level` of a day as annotations."""
        member = Membership.objects.filter(person=models.OuterRef("pk"), during__contains=on)
        level = LevelRecord.objects.filter(person=models.OuterRef("pk"), during__contains=on)
        return self.annotate(
            team_name=models.Subquery(member.values("team__name")[:1]),
            team_code=models.Subquery(member.values("team__code")[:1]),
            level=models.Subquery(level.values("level")[:1]),
        )


@tracked(exclude=["spelling"])
class Person(models.Model):
    """Somebody who works here: a KAM, a manager, HR. The login is separate, so that a leaver's history stays."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    user = models.OneToOneField(User, models.PROTECT, related_name="person")
    number = models.CharField(_("employee number"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=120, db_index=True)
    spelling = SpellingField(of="name")
    title = models.CharField(_("title"), max_length=120, blank=True)
    hired_on = models.DateField(_("hired on"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="person_leaves_after_being_hired",
                condition=Q(left_on=None) | Q(hired_on=None) | Q(left_on__gte=F("hired_on")),
            ),
        ]
        indexes = search_indexes("person")

    def __str__(self) -> str:
        return self.name

    @property
    def email(self) -> str:
        return self.user.email


@tracked()
class Membership(models.Model):
    """A person works in a team during a range of dates; never in two at once."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, models.PROTECT, related_name="memberships")
    during = DateRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="person_is_in_one_team_at_a_time",
                expressions=[("person", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]
        indexes = [models.Index(name="membership_by_team", fields=["team", "person"])]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.team_id} {self.during}"


@tracked()
class Leadership(models.Model):
    """A person leads a team during a range of dates; a team has one leader at a time."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="leaderships")
    person = models.ForeignKey(Person, models.PROTECT, related_name="leaderships")
    during = DateRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="team_has_one_leader_at_a_time",
                expressions=[("team", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} leads {self.team_id} {self.during}"


@tracked()
class LevelRecord(models.Model):
    """A person's level on the KAM ladder during a range of dates."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="levels")
    level = models.PositiveSmallIntegerField()
    during = DateRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="person_has_one_level_at_a_time",
                expressions=[("person", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(name="level_is_from_1_to_9", condition=Q(level__gte=1, level__lte=9)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} level {self.level} {self.during}"


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def in_force(self, on: date) -> Self:
        return self.filter(during__contains=on)


@tracked()
class RoleGrant(models.Model):
    """A user has a role during a range of dates, for a team and all under it; without a team for the whole company."""

    user = models.ForeignKey(User, models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=15, choices=Role)
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+")
    during = DateRangeField()

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="role_is_granted_once_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (Coalesce("team", Value(0, output_field=models.BigIntegerField())), RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [GistIndex(name="role_grant_during", fields=["user", "during"])]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.during}"


@tracked(exclude=["digest", "last_used_at"])
class ApiToken(models.Model):
    """A program's key to the API: only its SHA-256 digest is kept; it has scopes and an end."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    digest = models.BinaryField(max_length=32, unique=True)
    prefix = models.CharField(max_length=12)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"


@tracked(exclude=["last_run_at", "total_run_count", "date_changed"])
class Schedule(PeriodicTask):  # type: ignore[misc]  # django-celery-beat has no types
    """A schedule of periodic work, so that the audit trail keeps who changed it; that it has run is no change."""

    class Meta:
        proxy = True
        verbose_name = _("schedule")

    @classmethod
    def named_in_audit(cls, values: Mapping[str, Any]) -> str:
        """Schedules of the portal are named after their task."""
        return str(scheduled_task(str(values["name"])).label)
