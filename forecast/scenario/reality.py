"""A reality check: what must hold on every path and in every quarter, whatever the numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from forecast.errors import Problems, ScenarioError
from forecast.scenario.condition import Condition
from forecast.scenario.contract import Shock
from forecast.scenario.rule import When
from forecast.specification import to_spec


@dataclass(frozen=True, slots=True, init=False)
class RealityCheck:
    """``RealityCheck("no AI revenue out of nothing", always="drama_revenue <= 0", given=[Set("drama_arr", 0)])``.

    Read: *given* these shocks, on top of every scenario tested, *always*, or only *when* another condition holds on the
    path and in the quarter. Conditions are those of decision rules; they may also look at what drivers
    record (``drama_revenue.conversion``). A line that is written with a lag is that of an earlier quarter.

    The idea is that of Peterson and Eberlein (1994), Reality check: a bridge between systems thinking and system
    dynamics, System Dynamics Review 10, 159-174: a test input, and a condition that it implies.
    """

    name: str
    always: Condition
    when: Condition | None
    given: tuple[Shock | When, ...]
    because: str

    def __init__(
        self,
        name: str,
        *,
        always: str | Condition,
        when: str | Condition | None = None,
        given: Iterable[Shock | When] = (),
        because: str = "",
    ) -> None:
        problems = Problems()
        if not isinstance(name, str) or not name.strip():
            problems.add(f"its name is {name!r}; say what must hold, as in 'share of revenue never above 1'.")
        read: dict[str, Any] = {}
        stated: Any
        for field, stated in (("always", always), ("when", when)):
            try:
                known = isinstance(stated, Condition) or (stated is None and field == "when")
                read[field] = stated if known else Condition(stated)
            except ScenarioError as problem:
                problems.add(f"{field}: {problem}")
        shocks: tuple[Any, ...] = tuple(given) if isinstance(given, list | tuple) else (given,)
        for shock in shocks:
            if not isinstance(shock, Shock | When) or isinstance(shock, type):
                problems.add(f"given: {shock!r} is not a shock; write given=[fc.shocks.Set('arr', 0)].")
        problems.raise_if_any(ScenarioError, f"the reality check {name!r} cannot be made")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "always", read["always"])
        object.__setattr__(self, "when", read["when"])
        object.__setattr__(self, "given", shocks)
        object.__setattr__(self, "because", because)

    @property
    def reads(self) -> tuple[tuple[str, int], ...]:
        """The lines and lags of its conditions."""
        when = () if self.when is None else self.when.reads
        return tuple(dict.fromkeys((*self.always.reads, *when)))

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines, and what drivers record, that it looks at."""
        return tuple(dict.fromkeys(line for line, _ in self.reads))

    def spec(self) -> dict[str, object]:
        """What stands for it in a YAML file."""
        said: dict[str, object] = {"name": self.name}
        if self.because:
            said["because"] = self.because
        if self.given:
            said["given"] = [to_spec(shock) for shock in self.given]
        if self.when is not None:
            said["when"] = self.when.text
        said["always"] = self.always.text
        return said

    def __str__(self) -> str:
        when = "" if self.when is None else f" when {self.when}"
        given = "".join(f", given {_told(shock)}" for shock in self.given)
        return f"{self.name}: always {self.always}{when}{given}"


def _told(shock: Shock | When) -> str:
    if isinstance(shock, When):
        return f"When '{shock.condition}'"
    size = "" if shock.size is None else f" {shock.size}"
    return f"{type(shock).__name__} {shock.target}{size}"
