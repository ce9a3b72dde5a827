"""What can go wrong with an import's files and its profile."""

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid


class ProfileMissing(Invalid):
    code = "profile_missing"
    message = _("There is no profile %(profile)s. Give the path of a TOML file, or one of: %(known)s.")


class ProfileInvalid(Invalid):
    code = "profile_invalid"
    message = _("The profile %(profile)s cannot be used: %(where)s %(why)s.")


class FolderMissing(Invalid):
    code = "import_folder_missing"
    message = _("There is no folder %(folder)s.")
