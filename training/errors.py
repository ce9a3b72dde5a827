"""What can go wrong with coaching notes. The values never carry what somebody wrote."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid


class NotOneself(Invalid):
    code = "not_oneself"
    message = _("A one-on-one is with somebody else. Open the page of the person you coach.")


class NoteChanged(Conflict):
    """The note was saved from another page since this one read it. Nothing was overwritten."""

    code = "note_changed"
    message = _("This note was saved elsewhere at %(at)s. Your text is kept here: compare the two, then choose.")


class OnlyTheAuthorWrites(Conflict):
    code = "only_the_author_writes"
    message = _("Only %(author)s writes into this note. Log a note of your own instead.")


class NotYourPromise(Conflict):
    code = "not_your_promise"
    message = _("Only %(owner)s or the note's author can tick this off.")


class NoteIsClosed(Conflict):
    code = "note_is_closed"
    message = _("This note was closed on %(on)s and is a record. Write an addendum instead.")


class NoteIsOpen(Conflict):
    code = "note_is_open"
    message = _("This note is still open. Write into the note itself.")


class NoteIsEmpty(Invalid):
    code = "note_is_empty"
    message = _("There is nothing in this note yet. Write a topic, a text or an action first.")


class NoSuchOwner(Invalid):
    code = "no_such_owner"
    message = _("Nobody who reads this note is called %(given)s, or more than one is. Use @me or one of: %(names)s.")


class ActionWithoutText(Invalid):
    code = "action_without_text"
    message = _("Say what is to be done, such as: send the offer @me fri.")


class NotAttachable(Invalid):
    code = "not_attachable"
    message = _("Only deals and results of %(person)s can be attached to this note.")
