"""The days that a search is limited to: what was typed, the documents of that time, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from disclosure_search.engine.base import DAY, YEAR, AllOf, AnyOf, Between, Every, Except, Node
from disclosure_search.periods import first_day, last_day
from disclosure_search.states import SearchState


@dataclass(frozen=True, slots=True)
class Span:
    """Both ends are included, and open where None; `notes` say what was not understood."""

    first: date | None = None
    last: date | None = None
    notes: tuple[str, ...] = ()

    def within(self, node: Node) -> Node:
        """The documents of a node whose 发布日期, else 成文日期, lies here. Where only the year is known, all of it has
        to."""
        if self.first is None and self.last is None:
            return node
        low = self.first.toordinal() if self.first else None
        dated = Between(DAY, low, self.last.toordinal() if self.last else None)
        years = self._whole_years()
        undated = AllOf((Between(YEAR, *years), Except(Between(DAY))))
        days = dated if years[0] > years[1] else AnyOf((dated, undated))
        return days if node == Every() else AllOf((node, days))

    def _whole_years(self) -> tuple[int, int]:
        first, last = self.first or date.min, self.last or date.max
        return (
            first.year + (first > date(first.year, 1, 1)),
            last.year - (last < date(last.year, 12, 31)),
        )


def period_of(state: SearchState) -> Span:
    """Ends that stand the wrong way round are exchanged, and that is said."""
    first, last = first_day(state.since), last_day(state.until)
    notes = tuple(
        f"没有看懂{name}“{text}”，检索时没有用它；请写成 2014、2014-11 或 2014-11-28 这样"
        for name, text, day in (("开始日期", state.since, first), ("结束日期", state.until, last))
        if text and day is None
    )
    if first and last and first > last:
        first, last = first_day(state.until), last_day(state.since)
        notes = (*notes, "开始日期晚于结束日期，已经对调")
    return Span(first, last, notes)
