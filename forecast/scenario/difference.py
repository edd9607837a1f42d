"""What one scenario does that another does not."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from forecast.scenario.contract import Shock
from forecast.scenario.contract import label as label_of
from forecast.scenario.rule import When

if TYPE_CHECKING:
    from forecast.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Difference:
    """Shocks of ``one`` and ``other``, in the order of their scenarios.

    - ``kept``: in both, equal. ``changed``: pairs of the same class, target and window that differ in something else.
    - ``only_one`` and ``only_other``: the rest. ``reordered``: the kept ones act in another order, which matters for
      shocks of one target.
    """

    one: str
    other: str
    kept: tuple[Shock | When, ...]
    changed: tuple[tuple[Shock | When, Shock | When], ...]
    only_one: tuple[Shock | When, ...]
    only_other: tuple[Shock | When, ...]
    reordered: bool

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.changed or self.only_one or self.only_other or self.reordered)

    def __str__(self) -> str:
        count = f"{len(self.kept)} shock{'' if len(self.kept) == 1 else 's'}"
        if not self:
            return f"'{self.one}' and '{self.other}' do the same ({count})."
        lines = [f"'{self.one}' against '{self.other}', {count} in common:"]
        for mine, theirs in self.changed:
            lines.append(f"  - {_named(mine)}: {'; '.join(_moved(mine, theirs))}")
        lines += [f"  - only in '{self.one}': {told(shock)}" for shock in self.only_one]
        lines += [f"  - only in '{self.other}': {told(shock)}" for shock in self.only_other]
        if self.reordered:
            lines.append("  - the common shocks act in another order")
        return "\n".join(lines)


def difference(one: Scenario, other: Scenario) -> Difference:
    """Compare two scenarios shock by shock; a shock that stands twice in one is matched once for each in the other."""
    theirs = list(other.shocks)
    kept, mine = [], []
    for shock in one.shocks:
        if shock in theirs:
            theirs.remove(shock)
            kept.append(shock)
        else:
            mine.append(shock)
    changed, only_one = [], []
    for shock in mine:
        like = next((each for each in theirs if _label(each) == _label(shock)), None)
        if like is None:
            only_one.append(shock)
        else:
            theirs.remove(like)
            changed.append((shock, like))
    left = list(theirs) + [like for _, like in changed]
    order = list(other.shocks)
    for shock in left:
        order.remove(shock)
    return Difference(
        one.name, other.name, tuple(kept), tuple(changed), tuple(only_one), tuple(theirs), reordered=order != kept
    )


def _label(shock: Shock | When) -> str:
    return f"When/{shock.condition}" if isinstance(shock, When) else label_of(shock)


def _named(shock: Shock | When) -> str:
    if isinstance(shock, When):
        return f"When '{shock.condition}': {'; '.join(told(each) for each in shock.shocks)}"
    start, end = shock.timing.dates or shock.timing.start, shock.timing.end
    window = f" from {start}" if start else ""
    return f"{type(shock).__name__} on '{shock.target}'{window}{f' until {end}' if end else ''}"


def told(shock: Shock | When) -> str:
    """A shock or rule in a line: class, target, window, size, probability."""
    if isinstance(shock, When):
        return _named(shock)
    size = "" if shock.size is None else f", size {shock.size}"
    chance = "" if shock.probability == 1 else f", on {shock.probability:.0%} of the paths"
    return f"{_named(shock)}{size}{chance}"


def _moved(one: Shock | When, other: Shock | When) -> list[str]:
    """Each field that differs, with both values."""
    names = [field.name for field in fields(one)]  # type: ignore[arg-type]
    pairs = [(name, getattr(one, name), getattr(other, name)) for name in names]
    return [f"{name} {mine} against {theirs}" for name, mine, theirs in pairs if mine != theirs]
