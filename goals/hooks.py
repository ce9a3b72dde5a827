"""What apps above may add: work to be done after KPI results have changed."""

from collections.abc import Callable, Sequence

from django.db import transaction

# Gets the codes of the periods that were computed, and the people whose figures may have changed (None: all).
ResultsListener = Callable[[Sequence[str], Sequence[int] | None], None]

_RESULTS_LISTENERS: list[ResultsListener] = []


def on_results_changed(listener: ResultsListener) -> ResultsListener:
    """Call `listener` after each commit that changed results. May be used as a decorator."""
    _RESULTS_LISTENERS.append(listener)
    return listener


def results_changed(periods: Sequence[str], person_ids: Sequence[int] | None) -> None:
    """Tell the listeners once the surrounding transaction is committed."""
    for listener in _RESULTS_LISTENERS:
        transaction.on_commit(lambda listener=listener: listener(periods, person_ids))  # type: ignore[misc]
