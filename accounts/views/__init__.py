"""Pages of people, teams, settings and notices."""

from accounts.views.common import search_palette, set_language, settings_home

__all__ = ["search_palette", "set_language", "settings_home"]
