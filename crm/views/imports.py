"""What imports did, and the rows that they kept out."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import UserRequest, requires, wants_fragment
from core.errors import NotFound
from core.exports import csv_response
from core.imports import quarantine_files, quarantine_lines, reason_text
from core.keyset import keyset_page, next_page_url
from core.models import ImportBatch, ImportRejection
from core.ui import Crumb

REJECTIONS_SHOWN = 50


@requires("accounts.view_imports")
@require_safe
def import_list(request: UserRequest) -> HttpResponse:
    """Imports, the newest first. One query."""
    batches = ImportBatch.objects.select_related("imported_by")
    page = keyset_page(batches, order=("-pk",), after=request.GET.get("after", ""))
    rows_only = wants_fragment(request) and "after" in request.GET
    return render(
        request,
        "crm/_import_rows.html" if rows_only else "crm/imports.html",
        {
            "rows": [{"batch": batch, **_sums(batch.report)} for batch in page.rows],
            "next_url": next_page_url(request, page.after),
            "crumbs": [Crumb(_("Settings"), reverse("settings")), Crumb(_("Imports"))],
        },
    )


def _sums(report: dict[str, Any]) -> dict[str, int]:
    files = report.get("files", [])
    return {
        "total": sum(file.get("rows", 0) for file in files),
        "rejected": sum(file.get("rejected", 0) for file in files),
        "written": sum(file.get("created", 0) + file.get("updated", 0) for file in files),
    }


@requires("accounts.view_imports")
@require_safe
def import_detail(request: UserRequest, uid: UUID) -> HttpResponse:
    """One import: each file's counts, what was put right, what is in quarantine and why."""
    batch = _batch(uid)
    page = keyset_page(
        ImportRejection.objects.filter(batch=batch),
        order=("file", "line", "pk"),
        after=request.GET.get("after", ""),
        size=REJECTIONS_SHOWN,
    )
    context = {
        "batch": batch,
        "rejections": [(row, reason_text(row.code, row.values)) for row in page.rows],
        "next_url": next_page_url(request, page.after),
    }
    if wants_fragment(request) and "after" in request.GET:
        return render(request, "crm/_rejection_rows.html", context)
    address = reverse("crm:import-quarantine", args=[batch.uid])
    context |= {
        "downloads": [(found, f"{address}?file={found.file}") for found in quarantine_files(batch)],
        "sums": _sums(batch.report),
        "as_of": date.fromisoformat(batch.report["as_of"]) if batch.report.get("as_of") else None,
        "crumbs": [
            Crumb(_("Settings"), reverse("settings")),
            Crumb(_("Imports"), reverse("crm:import-list")),
            Crumb(batch.source),
        ],
    }
    return render(request, "crm/import.html", context)


@requires("accounts.view_imports")
@require_safe
def import_quarantine(request: UserRequest, uid: UUID) -> StreamingHttpResponse:
    """The rejected rows of one file with their lines and reasons, to be mended and imported again."""
    batch, file = _batch(uid), request.GET.get("file", "")
    if not ImportRejection.objects.filter(batch=batch, file=file).exists():
        raise NotFound
    stem = "".join(character if character.isalnum() else "-" for character in file.rpartition(".")[0] or file)
    return csv_response(name=f"quarantine-{stem}", lines=quarantine_lines(batch, file))


def _batch(uid: UUID) -> ImportBatch:
    batch = ImportBatch.objects.select_related("imported_by").filter(uid=uid).first()
    if batch is None:
        raise NotFound
    return batch
