"""Import a CRM's files: `manage.py import_crm FOLDER --profile maven`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from core.models import ImportBatch
from crm.services import import_crm


class Command(BaseCommand):
    help = "Imports people, teams, key accounts, products and deals from a folder of CSV files. Safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder with the files")
        parser.add_argument("--profile", required=True, help="how to read them: a name in crm/profiles or a TOML file")
        parser.add_argument("--dry-run", action="store_true", help="tell what would happen, and change nothing")
        parser.add_argument(
            "--keep-dates", action="store_true", help="dates as they are, instead of moved to now and replayed"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            batch = import_crm(
                folder=options["folder"],
                profile=options["profile"],
                by=None,
                dry_run=options["dry_run"],
                keep_dates=options["keep_dates"],
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        for line in report_lines(batch):
            self.stdout.write(line)


def report_lines(batch: ImportBatch) -> list[str]:
    """The batch's report in words, one line a fact."""
    report = batch.report
    lines = ["Dry run: nothing was written."] if batch.dry_run else []
    for file in report["files"]:
        lines += _file_lines(file)
    people, credits_ = report["people"], report["credits"]
    if people:
        lines.append(f"People: {people['created']} new. Teams: {people['teams_created']} new.")
    if people and people["placed_elsewhere"]:
        lines.append(f"  {people['placed_elsewhere']} agents have another team here than in the file; they keep it.")
    lines.append(
        f"Credits: {credits_['created']} given, {credits_['updated']} changed, {credits_['removed']} taken back. "
        f"Owners of accounts assigned: {report['owners_assigned']}."
    )
    if report["dates"] == "moved":
        lines.append(f"Dates moved by {report['shift_quarters']} quarters and replayed up to {report['as_of']}.")
    if not report["changed"]:
        lines.append("Nothing has changed.")
    if any(file["rejected"] for file in report["files"]):
        lines.append(f"Quarantine: /settings/imports/{batch.uid}/")
    return lines


def _file_lines(file: dict[str, Any]) -> list[str]:
    written = ", ".join(f"{file[what]:,} {what}" for what in ("created", "updated", "unchanged") if what in file)
    lines = [f"{file['file']}: {file['rows']:,} rows" + (f"; {written}" if written else "")]
    lines += [f"  {rows:,} x {heading} is blank" for heading, rows in file["blanks"].items()]
    lines += [f"  {c['rows']:,} x {c['column']} {c['from']} read as {c['to']}" for c in file["corrections"]]
    if file.get("not_yet_engaged"):
        lines.append(f"  {file['not_yet_engaged']:,} are engaged later and not shown yet")
    if file.get("still_open"):
        lines.append(f"  {file['still_open']:,} close later and are still open")
    if file["rejected"]:
        lines.append(f"  {file['rejected']:,} rows in quarantine:")
        lines += [f"    {rows:,} x {code}" for code, rows in file["reasons"].items()]
    return lines
