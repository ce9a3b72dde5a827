"""`manage.py messages`: collects the texts of the code into the catalogues; `--check` only tells what is wrong."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import to_locale

from core import messages

SHOWN = 20


class Command(BaseCommand):
    help = "Collect texts for translation into locale/*/LC_MESSAGES/django.po and compile them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="fail where a text is missing, fuzzy, unused or misplaced"
        )
        parser.add_argument("--compile", action="store_true", help="only write the .mo files")

    def handle(self, *_args: Any, check: bool, **options: Any) -> None:
        locales = [to_locale(code) for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        paths = {locale: settings.LOCALE_PATHS[0] / locale / "LC_MESSAGES" / "django.po" for locale in locales}
        if options["compile"]:
            for path in paths.values():
                messages.compile_catalogue(path)
            return
        code, failed = messages.extracted(settings.BASE_DIR), False
        for locale, path in paths.items():
            known = messages.read_catalogue(path, locale)
            if not check:
                known = messages.merged(code, known)
                messages.write_catalogue(path, known)
                messages.compile_catalogue(path)
            failed |= not self._tell(locale, messages.state(code, known))
        if check and failed:
            raise CommandError(
                "The catalogues do not fit the code. Run: make messages, then translate what is missing."
            )

    def _tell(self, locale: str, state: messages.State) -> bool:
        kinds = {"missing": state.missing, "fuzzy": state.fuzzy, "unused": state.unused, "misplaced": state.misplaced}
        for kind, texts in kinds.items():
            if texts:
                self.stdout.write(f"{locale}: {len(texts)} {kind}")
                self.stdout.writelines(f"    {text!r}" for text in texts[:SHOWN])
        return state.is_good
