"""What can go wrong with targets and results."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid


class TargetNotPositive(Invalid):
    code = "target_not_positive"
    message = _("A target is above 0. %(given)s was given for %(subject)s.")


class TargetOutOfOrder(Invalid):
    code = "target_out_of_order"
    message = _(
        "Threshold %(threshold)s, target %(value)s and stretch %(stretch)s must follow each other in this order."
    )


class NoResultsForPeriod(Invalid):
    code = "no_results_for_period"
    message = _("%(period)s is a half year. Targets and results are kept for months, quarters and years.")


class NotAQuarter(Invalid):
    code = "not_a_quarter"
    message = _("Targets are derived for a quarter. %(period)s is none: write 2026-Q4.")


class NotAdding(Invalid):
    code = "kpi_does_not_add_up"
    message = _("%(kpi)s is a ratio, and a history of amounts gives no target for it. Set one for the company instead.")


class NoHistory(Conflict):
    code = "no_history"
    message = _("Nobody has results in %(period)s to derive a target from. Compute that period, or enter the targets.")


class ImportIsOver(Conflict):
    code = "import_is_over"
    message = _("This file has been imported already. Upload it again to see what has changed since.")


class FileNotReadable(Invalid):
    code = "file_not_readable"
    message = _("%(file)s can't be read. Give a CSV file in UTF-8, or an XLSX workbook.")


class ColumnsMissing(Invalid):
    code = "columns_missing"
    message = _("The first row must name the columns %(missing)s. It has: %(found)s.")


class NobodyToAsk(Conflict):
    code = "nobody_to_ask"
    message = _("There is nobody above %(subject)s who could be asked. Speak with HR.")
