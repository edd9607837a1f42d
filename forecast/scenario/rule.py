"""A decision rule: shocks that begin on a path when a condition has been met there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecast.errors import Problems, ScenarioError
from forecast.scenario.condition import Condition
from forecast.scenario.contract import Shock
from forecast.specification import to_spec


@dataclass(frozen=True, slots=True, init=False)
class When:
    """``When("cash < 500", Hold("research_and_development"))``: what is done on the paths where it comes to that.

    The condition is looked at path by path at the end of every quarter, from the last one of the history on. Where it
    is met the shocks begin with the next quarter, which is their start, so that nothing is decided on figures that are
    not known yet. They stay, also when the condition no longer holds, unless they have an ``end``, ``lasts`` or
    ``decay``. Where the condition ``until`` is met they are gone from the next quarter on, and may begin again.
    """

    condition: Condition
    shocks: tuple[Shock, ...]
    until: Condition | None

    def __init__(self, condition: str | Condition, *shocks: Shock, until: str | Condition | None = None) -> None:
        problems = Problems()
        read: dict[str, Any] = {}
        stated: Any
        for name, stated in (("condition", condition), ("until", until)):
            try:
                known = isinstance(stated, Condition) or (stated is None and name == "until")
                read[name] = stated if known else Condition(stated)
            except ScenarioError as problem:
                problems.add(str(problem))
        if not shocks:
            problems.add("it has no shocks; say what is done.")
        given: tuple[Any, ...] = shocks
        for shock in given:
            if not isinstance(shock, Shock) or isinstance(shock, type):
                problems.add(f"it holds {shock!r}, which is not a shock.")
            elif shock.timing.start is not None:
                start = shock.timing.dates or shock.timing.start
                problems.add(
                    f"{type(shock).__name__} on '{shock.target}' has the start {start}; "
                    "leave it out, it starts in the quarter after the condition is met."
                )
        problems.raise_if_any(ScenarioError, f"the rule When {str(condition)!r} cannot be made")
        object.__setattr__(self, "condition", read["condition"])
        object.__setattr__(self, "shocks", tuple(shocks))
        object.__setattr__(self, "until", read["until"])

    def spec(self) -> dict[str, object]:
        """What stands for it in a YAML file."""
        said: dict[str, object] = {"condition": self.condition.text}
        said["shocks"] = [to_spec(shock) for shock in self.shocks]
        if self.until is not None:
            said["until"] = self.until.text
        return {"When": said}

    @property
    def reads(self) -> tuple[tuple[str, int], ...]:
        """The lines and lags of its conditions, counted back from the quarter that has ended."""
        return self.condition.reads + (() if self.until is None else self.until.reads)
