"""What people change about their own login."""

from django.db import transaction

from accounts.models import User
from core.audit import acting


@transaction.atomic
def change_profile(*, name: str, language: str, wants_mail: bool, by: User) -> User:
    """The name shown, the language of pages and mails ("" takes the browser's), and whether notices are mailed, too."""
    user = User.objects.select_for_update().get(pk=by.pk)
    with acting(by, "profile.changed"):
        user.name, user.language, user.wants_mail = name, language, wants_mail
        user.save(update_fields=["name", "language", "wants_mail"])
    return user


@transaction.atomic
def choose_language(*, language: str, by: User) -> None:
    with acting(by, "profile.changed"):
        User.objects.filter(pk=by.pk).update(language=language)
