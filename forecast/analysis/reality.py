"""Reality checks at work: what must hold is looked at on every path and quarter, under extreme settings too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forecast.analysis.extremes import AS_DRAWN, Setting, extreme_settings
from forecast.blas import steady
from forecast.cautions import told
from forecast.distributions import Array
from forecast.errors import Problems, ScenarioError, SimulationError, did_you_mean
from forecast.fingerprints import Fingerprinted
from forecast.formulas import Expression, Look
from forecast.model import CalibratedModel, condition_problems
from forecast.notebook import Said, answered, spoken
from forecast.pace import Pace, Tell
from forecast.scenario import Condition, Mixture, RealityCheck, Scenario
from forecast.scenario.condition import SIGNS
from forecast.simulation import Outcome, Run, check_scenarios, horizon_of
from forecast.simulation.running import listed
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd

BASE = Scenario("base")

TOLERANCE = 1e-9
"""How far, in parts of what is compared, ``<=`` and ``>=`` may be missed: rounding, not reality."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check in one scenario under one setting, and where it first failed.

    ``looked`` counts the paths and quarters in which it had to hold, ``paths`` those paths on which it does not in some
    quarter. ``quarter`` is the first in which it fails, ``path`` the first path there (from 0), ``values`` what the
    condition read on it. ``problem`` is what kept the setting from being simulated.
    """

    check: str
    scenario: str
    setting: str
    looked: int = 0
    paths: int = 0
    quarter: str | None = None
    path: int | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    problem: str = ""

    @property
    def passed(self) -> bool:
        """Whether it holds wherever it was looked at."""
        return self.paths == 0 and not self.problem

    @property
    def seen(self) -> str:
        """The values in words, or the problem."""
        return self.problem or ", ".join(f"{name} = {value:.6g}" for name, value in self.values.items())

    def __str__(self) -> str:
        where = f"scenario '{self.scenario}', {self.setting}"
        if self.problem:
            return f"{where}: {self.problem}"
        if self.passed:
            return f"{where}: holds"
        more = "no other path" if self.paths == 1 else f"{self.paths:,} paths in all"
        return f"{where}: {self.quarter}, path {self.path} ({more}): {self.seen}"


@dataclass(frozen=True, slots=True)
class Reality(Fingerprinted):
    """What came of the checks: a finding for each check, scenario and setting that reaches it.

    ``left_out`` are ends of ranges and domains that cannot be simulated in a scenario, with the reason; any other
    setting that cannot be simulated counts as a failure. It is true (``bool``) when every check passed.
    """

    checks: tuple[RealityCheck, ...]
    findings: tuple[Finding, ...]
    left_out: tuple[Finding, ...]
    quarters: tuple[Quarter, ...]
    paths: int
    seed: int
    warnings: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Those that failed, in the order of the checks."""
        return tuple(finding for finding in self.findings if not finding.passed)

    @property
    def passed(self) -> bool:
        """Whether every check holds everywhere."""
        return not self.failures

    @property
    def untested(self) -> tuple[str, ...]:
        """Checks that had to hold nowhere: their ``when`` is never met, or what they read is not known."""
        tested = {finding.check for finding in self.findings if finding.looked or finding.problem}
        return tuple(check.name for check in self.checks if check.name not in tested)

    def raise_if_failed(self) -> None:
        """Raise SimulationError with every check that failed and where it first did, or do nothing."""
        problems = [
            _told(check, self._of(check)) for check in self.checks if any(not f.passed for f in self._of(check))
        ]
        if problems:
            raise SimulationError(f"{len(problems)} of {len(self.checks)} reality checks fail", problems)

    def to_frame(self) -> pd.DataFrame:
        """A row a finding."""
        import pandas as pd

        columns = ["check", "scenario", "setting", "passed", "paths failing", "looked at", "quarter", "path", "seen"]
        rows = [
            (
                *(one.check, one.scenario, one.setting, one.passed, one.paths, one.looked, one.quarter, one.path),
                one.seen,
            )
            for one in self.findings
        ]
        return pd.DataFrame(rows, columns=columns)

    def _of(self, check: RealityCheck) -> list[Finding]:
        return [finding for finding in self.findings if finding.check == check.name]

    def __bool__(self) -> bool:
        return self.passed

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        scenarios = len({finding.scenario for finding in self.findings})
        settings = len({finding.setting for finding in self.findings})
        verdict = "all hold" if self.passed else f"{len({f.check for f in self.failures})} of {len(self.checks)} fail"
        lines: list[Said] = [
            f"Reality checks: {verdict}. {_some(scenarios, 'scenario')}, {_some(settings, 'setting')}, "
            f"{_some(self.paths, 'path')} each, {self.quarters[0]} to {self.quarters[-1]}"
        ]
        lines += [f"  {_told(check, self._of(check))}" for check in self.checks]
        if self.left_out:
            settings = len({finding.setting for finding in self.left_out})
            lines.append(
                f"Left out, {_some(settings, 'end')} of ranges or domains in some scenario; the first: "
                f"{self.left_out[0]}"
            )
        return lines

    def __str__(self) -> str:
        return spoken([*self._said(), *told(self.warnings)])

    def _repr_html_(self) -> str:
        return answered([*self._said(), *told(self.warnings)])


def _some(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _told(check: RealityCheck, findings: list[Finding]) -> str:
    """One check in a sentence."""
    failed = [finding for finding in findings if not finding.passed]
    if failed:
        return f"{check.name}: FAILS in {len(failed)} of {_some(len(findings), 'run')}. First in {failed[0]}"
    if not any(finding.looked for finding in findings):
        return f"{check.name}: was put to no test, for there is no path and quarter in which it had to hold"
    return f"{check.name}: holds in {_some(len(findings), 'run')}"


TRYING = "trying the reality checks"


@steady
def check_reality(
    company: CalibratedModel,
    checks: RealityCheck | Iterable[RealityCheck],
    scenarios: Scenario | Mixture | Iterable[Scenario | Mixture] | Mapping[str, Scenario] = BASE,
    *,
    until: str | Quarter,
    paths: int = 1_000,
    seed: int,
    extremes: bool = True,
    progress: Tell | None = None,
) -> Reality:
    """Look whether each check holds on every path and in every quarter of every scenario.

    With ``extremes`` also under every setting of ``extreme_settings`` that can move what the check looks at. A
    mixture is looked at part by part. A quarter is not looked at where a lag reaches back to what nobody knows. ``<=``
    and ``>=`` may be missed by 1e-9 of what is compared, ``<`` and ``>`` and ``when`` are taken as written. A path that
    is named is that of a simulation with the same seed, the same number of paths and the parameters set.
    ``progress`` is called with the share that is done and what is being done.
    """
    quarters = horizon_of(company, until, paths, seed)
    asked = _listed(checks)
    tested = _parts(listed(scenarios))
    check_scenarios(company, tested, quarters)
    _check(company, asked, quarters)
    run = Run(company, quarters, paths, seed)
    settings = (AS_DRAWN, *(extreme_settings(company) if extremes else ()))
    findings: list[Finding] = []
    left_out: list[Finding] = []
    pace = Pace(progress, {TRYING: len(settings) * len(tested) * len({check.given for check in asked})})
    pace.begin(TRYING)
    for given in dict.fromkeys(check.given for check in asked):
        together = [check for check in asked if check.given == given]
        for scenario in tested:
            whole = Scenario(scenario.name, *given, parent=scenario)
            for setting in settings:
                found = _tried(run, whole, setting, together)
                pace.step()
                barred = setting.bound and any(finding.problem for finding in found)
                (left_out if barred else findings).extend(found[:1] if barred else found)
    place = {check.name: number for number, check in enumerate(asked)}
    ordered = tuple(sorted(findings, key=lambda finding: place[finding.check]))
    return Reality(asked, ordered, tuple(left_out), quarters, paths, seed, warnings=company.warnings)


def _tried(run: Run, scenario: Scenario, setting: Setting, checks: list[RealityCheck]) -> list[Finding]:
    """The findings of those checks that the setting reaches."""
    model = run.planned(scenario).company.model
    moved = {name.split(".")[0] for name in setting.replaced}
    reached = [
        check
        for check in checks
        if not moved or moved & model.needed_for(frozenset(line.split(".")[0] for line in check.lines))
    ]
    if not reached:
        return []
    try:
        outcome = run.outcome(scenario, [line for check in reached for line in check.lines], setting.arrays)
    except SimulationError as problem:
        said = "cannot be simulated: " + str(problem).partition("cannot be simulated: ")[2]
        return [Finding(check.name, scenario.name, setting.name, problem=said) for check in reached]
    return [_looked_at(run, outcome, check, scenario, setting) for check in reached]


def _looked_at(run: Run, outcome: Outcome, check: RealityCheck, scenario: Scenario, setting: Setting) -> Finding:
    seen = {read: _seen(run, outcome, *read) for read in check.reads}

    def look(line: str, lag: int) -> Array:
        return seen[line, lag]

    due: Any = ~np.any([np.isnan(values) for values in seen.values()], axis=0)
    if check.when is not None:
        due = due & check.when.met(look)
    failing = due & ~holds(check.always, look)
    found = Finding(check.name, scenario.name, setting.name, int(due.sum()))
    if not failing.any():
        return found
    row, path = (int(place) for place in np.argwhere(failing)[0])
    return Finding(
        *(check.name, scenario.name, setting.name, found.looked, int(failing.any(axis=0).sum())),
        *(str(outcome.quarters[row]), path),
        {f"{line}[-{lag}]" if lag else line: float(values[row, path]) for (line, lag), values in seen.items()},
    )


def holds(condition: Condition, look: Look) -> NDArray[np.bool_]:
    """Whether a condition holds, shape of what ``look`` gives, with room for rounding in ``<=`` and ``>=``.

    ``a <= b`` holds where a - b <= 1e-9 * (|a| + |b|), with |a| the sum of the sizes of its terms where a side
    is linear, so that ``cash - cash[-1] - flow <= 0`` is judged by the size of the cash. A side that is no number,
    such as 0 / 0, holds nowhere.
    """
    held: Any = np.asarray(True)
    with np.errstate(all="ignore"):
        for left, sign, right in condition.parts:
            a, b = left.rule(look), right.rule(look)
            one: Any = SIGNS[sign](a, b)
            if sign in ("<=", ">="):
                missed = a - b if sign == "<=" else b - a
                room = TOLERANCE * (_size(left, look) + _size(right, look))
                one = one | ((missed <= room) & np.isfinite(missed))
            held = held & one
    return np.asarray(held)


def _size(side: Expression, look: Look) -> Any:
    if side.identity is None:
        return np.abs(side.rule(look))
    terms = (abs(factor) * np.abs(look(line, lag)) for line, lag, factor in side.identity.terms)
    return sum(terms, start=abs(side.identity.constant))


def _seen(run: Run, outcome: Outcome, line: str, lag: int) -> Array:
    """A line ``lag`` quarters earlier in every quarter, shape (quarters, paths); NaN where nobody knows it.

    The quarter before the first is not known where a parameter decides it on each path.
    """
    values = outcome.series[line]
    if lag == 0:
        return values
    company = run.company
    driver = company.model.driver(line.split(".")[0])
    own = {name: run.parameters[full_name] for name, full_name in company.own[driver.line]}
    decided = driver.last(own) is not None
    before = np.array(
        [np.nan if "." in line or (decided and back == 1) else company.past(line, back) for back in range(lag, 0, -1)]
    )
    past = np.broadcast_to(before[:, None], (lag, values.shape[1]))
    return np.concatenate([past, values])[: len(values)]


def _listed(checks: Any) -> tuple[RealityCheck, ...]:
    """One check or several, as a tuple."""
    several = (checks,) if isinstance(checks, RealityCheck) or not isinstance(checks, Iterable) else tuple(checks)
    problems = Problems()
    names: set[str] = set()
    for check in several:
        if not isinstance(check, RealityCheck):
            problems.add(f"{check!r} is not a reality check; write fc.RealityCheck('name', always='cost <= revenue').")
        elif check.name in names:
            problems.add(f"two checks are called '{check.name}'; give each a name of its own.")
        else:
            names.add(check.name)
    if not several:
        problems.add("there is none; give at least one.")
    problems.raise_if_any(SimulationError, "the reality checks cannot be run")
    return several


def _parts(scenarios: tuple[Any, ...]) -> tuple[Scenario, ...]:
    """The scenarios, and those of mixtures that are not among them already."""
    every = [one for one in scenarios if not isinstance(one, Mixture)]
    for mixture in (one for one in scenarios if isinstance(one, Mixture)):
        every += [part for part, _ in mixture.parts if part not in every]
    return tuple(every)


def _check(company: CalibratedModel, checks: tuple[RealityCheck, ...], quarters: tuple[Quarter, ...]) -> None:
    """Refuse checks that the model cannot carry out, all at once."""
    problems = Problems()
    drivers = company.model.drivers
    known = [*company.model.lines, *(f"{driver.line}.{name}" for driver in drivers for name in driver.records())]
    for check in checks:
        for line in check.lines:
            if line in company.parameters:
                problems.add(f"check '{check.name}' looks at '{line}', a parameter; it may look at lines and records.")
            elif line not in known:
                problems.add(f"check '{check.name}' looks at '{line}', which is no line. {did_you_mean(line, known)}")
        for condition in (check.always, check.when):
            for problem in () if condition is None else condition_problems(condition.parts, company.model.dimensions):
                problems.add(f"check '{check.name}': {problem}")
        try:
            check_scenarios(company, [Scenario(check.name, *check.given)], quarters)
        except ScenarioError as refused:
            for problem in refused.problems:
                problems.add(f"check '{check.name}' {problem.removeprefix(f'''scenario '{check.name}' ''')}")
    problems.raise_if_any(SimulationError, "the reality checks do not fit the model")
