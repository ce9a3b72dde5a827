"""A statement as PDF: what the page shows, on paper, in the reader's language."""

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from accounts.doors import UserRequest, requires
from accounts.models import User
from core import pdf
from incentives import selectors
from incentives.correction_messages import correction_sentence
from incentives.selectors.corrections import settled_corrections
from incentives.views.statement_head import statement_facts, statement_state, statement_subtitle, statement_title
from incentives.views.statement_words import reason_of, remarks_of

MOST_LINES = 2000


@require_GET
@requires("incentives.view_statements")
def statement_pdf(request: UserRequest, uid: UUID) -> HttpResponse:
    """Raises NotFound, PdfNeedsPango, PdfNeedsAChineseFont."""
    name, document = statement_document(viewer=request.user, uid=uid)
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return HttpResponse(document, content_type="application/pdf", headers=headers)


def statement_document(*, viewer: User, uid: UUID) -> tuple[str, bytes]:
    """File name and content."""
    detail = selectors.statement_detail(viewer=viewer, statement_uid=uid, size=MOST_LINES)
    statement = detail.statement
    context = {
        "detail": detail,
        "statement": statement,
        "title": statement_title(statement),
        "subtitle": statement_subtitle(statement),
        "state": statement_state(statement),
        "facts": statement_facts(statement),
        "reason": reason_of(statement),
        "remarks": remarks_of(statement),
        "corrected": [correction_sentence(row) for row in settled_corrections(statement)],
    }
    content = pdf.document("incentives/statement_pdf.html", context, language=get_language() or "en")
    return f"statement-{statement.run.code}-{statement.person.number}", content
