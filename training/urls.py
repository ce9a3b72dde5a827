from django.urls import URLPattern, URLResolver, path

from training.views import actions, attachments, lists, notes

app_name = "training"

urlpatterns: list[URLPattern | URLResolver] = [
    path("coaching/", lists.coaching, name="coaching"),
    path("coaching/settings/", lists.settings, name="settings"),
    path("coaching/actions/<uuid:action_uid>/done/", actions.action_done, name="action-done"),
    path("coaching/actions/<uuid:action_uid>/undo/", actions.action_undo, name="action-undo"),
    path("coaching/actions/<uuid:action_uid>/remove/", actions.action_remove, name="action-remove"),
    path("coaching/<uuid:note_uid>/", notes.note, name="note"),
    path("coaching/<uuid:note_uid>/autosave/", notes.note_autosave, name="note-autosave"),
    path("coaching/<uuid:note_uid>/close/", notes.note_close, name="note-close"),
    path("coaching/<uuid:note_uid>/addenda/", notes.note_addendum, name="note-addendum"),
    path("coaching/<uuid:note_uid>/actions/", actions.action_add, name="action-add"),
    path("coaching/<uuid:note_uid>/attach/", attachments.note_attach, name="note-attach"),
    path("coaching/<uuid:note_uid>/attach/<uuid:link_uid>/remove/", attachments.note_detach, name="note-detach"),
    path("people/<uuid:person_uid>/coaching/", lists.person_coaching, name="person-coaching"),
    path("people/<uuid:person_uid>/coaching/new/", notes.note_new, name="note-new"),
]
