"""What the components of `core.templatetags.ui` are given: plain data, with texts already in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Number = Decimal | float | int
Tone = Literal["good", "careful", "bad", "accent", "muted"]
NO_COMPARISON = "none"


# Frame


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place in the sidebar. `icon` is a name in frontend.json."""

    label: str
    icon: str
    url: str
    active: bool = False


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of 'where am I'; without a url it is the page itself."""

    label: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class PeriodBar:
    """The period selector: codes as in the URL ('2026-Q4'); a missing neighbour disables its arrow.

    compare     the period everything is compared with, None: with nothing
    comparable  what `compare` may be set to; empty: the page compares nothing
    jumps       other periods offered under the label, such as the months, the half and the year around it
    """

    current: str
    previous: str | None = None
    next: str | None = None
    compare: str | None = None
    comparable: Sequence[str] = ()
    jumps: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A message in #notices. With `undo_url` it stays until closed and offers undo (a POST)."""

    text: str
    tone: Tone = "accent"
    undo_url: str | None = None


# Figures


@dataclass(frozen=True, slots=True)
class Delta:
    """A change against the compared period.

    change  a ratio for 'percent' (0.031 is 3.1 %) and 'points' (a difference of two percentages); a plain number else
    good    which direction is good news: 'none' keeps it grey
    versus  what it is compared with, in words; shown on hover and read aloud
    """

    change: Number | None
    kind: Literal["percent", "points", "number"] = "percent"
    good: Literal["up", "down", "none"] = "up"
    versus: str = ""

    @property
    def direction(self) -> Literal["up", "down", "flat"]:
        if not self.change:
            return "flat"
        return "up" if self.change > 0 else "down"

    @property
    def tone(self) -> Tone:
        if self.direction == "flat" or self.good == "none":
            return "muted"
        return "good" if self.direction == self.good else "bad"


@dataclass(frozen=True, slots=True)
class Kpi:
    """One card of the strip.

    value        formatted, short; `full` is the exact one, shown on hover
    explain_url  answers ui/explanation.html; the value is then a button
    trend        past values, oldest first, the last one is now
    note         a grey remark where there is no delta ('59 % of time')
    """

    label: str
    value: str
    explain_url: str | None = None
    delta: Delta | None = None
    trend: Sequence[Number | None] = ()
    sub: str = ""
    full: str = ""
    note: str = ""


# Lists


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value, side by side. `value` may be safe HTML made by a component."""

    label: str
    value: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing that needs somebody: the reason in words and numbers, and one next step."""

    title: str
    detail: str
    tone: Tone
    action: str
    url: str


@dataclass(frozen=True, slots=True)
class TimelineItem:
    when: str
    title: str
    detail: str = ""
    href: str | None = None
    tone: Tone = "muted"


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    active: bool = False
    count: int | None = None


# People


@dataclass(frozen=True, slots=True)
class Audience:
    """Who will be able to read what is written here, as the access rule itself computes it.

    readers   names or groups, the writer first ('you')
    excluded  who expressly can't, named for private text ('HR', 'directors')
    """

    readers: Sequence[str]
    private: bool = False
    excluded: Sequence[str] = ()


# Work in progress


@dataclass(frozen=True, slots=True)
class Progress:
    """A job that runs in the background. `url` answers the same component; it is polled until the state is final."""

    id: str
    url: str
    label: str
    done: int
    total: int
    state: Literal["running", "done", "failed", "cancelled"] = "running"
    cancel_url: str | None = None
    result_url: str | None = None
    message: str = ""

    @property
    def percent(self) -> int:
        """Whole percent, 0 to 100; a job that doesn't know its size yet is at 0."""
        if self.state == "done":
            return 100
        return min(100, self.done * 100 // self.total) if self.total else 0
