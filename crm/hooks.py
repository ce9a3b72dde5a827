"""What apps above may add: work to be done after bookings or the pipeline have changed."""

from collections.abc import Callable
from datetime import date

# Gets the people whose deals changed and the days on which these were or are engaged or closed.
BookingsListener = Callable[[frozenset[int], frozenset[date]], None]

_LISTENERS: list[BookingsListener] = []


def on_bookings_changed(listener: BookingsListener) -> BookingsListener:
    """Call `listener` in the transaction of each change, once the facts are refreshed. May be used as a decorator."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)
    return listener


def bookings_changed(person_ids: frozenset[int], days: frozenset[date]) -> None:
    """Tell the listeners, in the order in which they came."""
    for listener in _LISTENERS:
        listener(person_ids, days)
