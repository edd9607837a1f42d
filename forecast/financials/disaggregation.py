"""Disaggregation: quarters of a line of which only years or halves are known."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.blas import steady
from forecast.cautions import told
from forecast.errors import did_you_mean
from forecast.financials.alignment import AGGREGATIONS, Aligned, align
from forecast.financials.benchmarking import DISTURBANCES, Array, Fit, least_movement, regress
from forecast.financials.facts import raise_problems
from forecast.financials.hazards import hazards
from forecast.fingerprints import Fingerprinted
from forecast.notebook import Said, answered, spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

METHODS = (*DISTURBANCES, "denton_cholette")
ESTIMATIONS = ("max_likelihood", "min_rss")
CRITERIA = ("proportional", "additive")
RHO_BOUNDS = (0.0, 0.999)


@dataclass(frozen=True, eq=False)
class Disaggregation(Fingerprinted):
    """Quarters that add up to the given periods, with their errors and what was estimated on the way.

    ``marks`` say of each quarter: "given" (its own figure), "distributed" (a part of a known sum or mean),
    "interpolated" (between quarters that are) or "extrapolated" (before the first or after the last of them).
    ``residuals`` are what the regression leaves of each period, ``sigma`` is the standard deviation of a
    quarter's innovation, ``degrees`` the known periods less the coefficients: intervals are values +-
    standard_errors times the Student quantile of ``degrees``. ``rho_at_bound`` says that the estimate of rho was
    cut off. Denton-Cholette is a rule, not a model: its errors, coefficients and likelihood are NaN or empty.
    Where the indicators explain every period exactly, the errors are 0 and the log-likelihood is infinite.
    ``warnings`` say what to doubt: see ``hazards.hazards``.
    """

    method: str
    aggregation: str
    fit: Fit
    quarters: pd.Index[Any]
    periods: tuple[str, ...]
    indicators: tuple[str, ...]
    quarter_marks: tuple[str, ...]
    name: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def values(self) -> pd.Series[float]:
        """The quarters, in the unit of the periods (with "sum", the unit per quarter)."""
        return self._series(self.fit.estimates, self.name)

    @property
    def standard_errors(self) -> pd.Series[float]:
        """The standard error of each quarter, 0 where it is given, NaN for Denton-Cholette."""
        return self._series(self.fit.standard_errors, "standard_error")

    @property
    def marks(self) -> pd.Series[str]:
        """Given, distributed, interpolated or extrapolated, by quarter."""
        return self._series(self.quarter_marks, "mark")

    @property
    def coefficients(self) -> pd.DataFrame:
        """The coefficient of each indicator, with its standard error."""
        import pandas as pd

        columns = {"estimate": self.fit.coefficients.copy(), "standard_error": self.fit.coefficient_errors.copy()}
        return pd.DataFrame(columns, index=pd.Index(self.indicators, name="indicator"))

    @property
    def residuals(self) -> pd.Series[float]:
        """What the regression leaves of each period; NaN where the period is missing."""
        import pandas as pd

        return pd.Series(self.fit.residuals.copy(), index=pd.Index(self.periods, name="period"), name="residual")

    @property
    def rho(self) -> float:
        """The autocorrelation of the disturbances (of their steps with Litterman); NaN where there is none."""
        return self.fit.rho

    @property
    def rho_at_bound(self) -> bool:
        """Whether the estimate of rho lies on a bound, where the likelihood would have gone further."""
        return self.fit.rho_at_bound

    @property
    def sigma(self) -> float:
        """The standard deviation of a quarter's innovation, in the unit of the values."""
        return self.fit.sigma

    @property
    def log_likelihood(self) -> float:
        """Of the known periods, at the estimates, with the variance squares / periods."""
        return self.fit.log_likelihood

    @property
    def degrees(self) -> int:
        """Known periods less coefficients."""
        return self.fit.degrees

    @property
    def adjusted_r_squared(self) -> float:
        """The share of the periods' generalised squares that the indicators explain, per degree of freedom.

        Squares about quarters that are all alike, so that a year is no larger than a half for what indicators say.
        """
        return self.fit.adjusted_r_squared

    def _series(self, cells: Array | Sequence[str], name: str | None) -> pd.Series[Any]:
        import pandas as pd

        copied = cells.copy() if isinstance(cells, np.ndarray) else list(cells)
        return pd.Series(copied, index=self.quarters, name=name)

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        counts = [(mark, self.quarter_marks.count(mark)) for mark in dict.fromkeys(self.quarter_marks)]
        shares = ", ".join(f"{count} {mark}" for mark, count in counts)
        lines: list[Said] = [
            f"{len(self.quarters)} quarters ({shares}) from {len(self.periods)} periods, {self.method}"
        ]
        if self.method not in DISTURBANCES:
            return [*lines, *told(self.warnings)]
        bound = " (at the bound of its range)" if self.rho_at_bound else ""
        rho = "" if math.isnan(self.rho) else f"rho {self.rho:.4g}{bound}, "
        pairs = zip(self.indicators, self.fit.coefficients, self.fit.coefficient_errors, strict=True)
        lines += [f"  {name}: {value:.5g} ± {error:.4g}" for name, value, error in pairs]
        lines.append(
            f"  {rho}sigma {self.sigma:.5g}, log-likelihood {self.log_likelihood:.6g}, "
            f"adjusted R-squared {self.adjusted_r_squared:.4f}, {self.degrees} degrees of freedom"
        )
        return [*lines, *told(self.warnings)]

    def __str__(self) -> str:
        return spoken(self._said())

    def _repr_html_(self) -> str:
        return answered(self._said())


@steady
def disaggregate(
    low: pd.Series[Any] | Sequence[float] | NDArray[Any],
    indicators: pd.DataFrame | pd.Series[Any] | Sequence[Any] | NDArray[Any] | None = None,
    *,
    method: str = "chow_lin",
    aggregation: str = "sum",
    per: int | None = None,
    constant: bool = True,
    rho: float | None = None,
    estimation: str = "max_likelihood",
    rho_bounds: tuple[float, float] = RHO_BOUNDS,
    differences: int = 1,
    criterion: str = "proportional",
) -> Disaggregation:
    """Quarters whose sum (or mean, last or first) is each given period's figure.

    ``low`` is a Series by year (annual periods of any fiscal year-end, or labels "2024"), by half ("2024H1"),
    by quarter ("2024Q1") or a mixture of them, or a plain array with ``per`` quarters a period. A NaN, or a
    period that is not there, constrains nothing. ``indicators`` are related quarterly series, by quarter; they
    may begin earlier and end later, which extrapolates. A ``constant`` is added to them in the regressions.

    chow_lin          x = X beta + u, u[t] = rho u[t-1] + e[t]                Chow and Lin (1971)
    fernandez         the same with rho = 1, u[-1] = 0                        Fernandez (1981)
    litterman         u a walk from 0 whose steps have autocorrelation rho    Litterman (1983)
    denton_cholette   least movement of x / p, or of x - p, for one indicator p, or p = 1 without one
                      (``criterion``, ``differences`` 1 or 2)                 Denton (1971), Cholette (1984)

    rho is estimated (``estimation`` "max_likelihood", Bournay and Laroque 1979, or "min_rss", Barbone, Bodo and
    Visco 1981) within ``rho_bounds``, from 0 as is usual, because a negative rho makes quarters zigzag; or it is
    given. The equations are in ``regress`` and ``least_movement``. Needs more known periods than coefficients.
    """
    problems: list[str] = []
    _check_choices(method, aggregation, estimation, criterion, problems)
    _check_numbers(method, rho, rho_bounds, differences, problems)
    aligned = align(low, indicators, per, problems)
    if aligned is not None and method == "denton_cholette":
        _check_single(aligned, criterion, problems)
    raise_problems(problems, "the disaggregation")
    assert aligned is not None
    if constant if method in DISTURBANCES else not aligned.names:
        aligned = aligned.with_constant()
    known = np.isfinite(aligned.benchmarks)
    aggregates = aligned.aggregates(aggregation)
    _check_rank(aligned, aggregates, known, method, problems)
    raise_problems(problems, "the disaggregation")
    if method == "denton_cholette":
        fit = _moved_least(aligned, aggregates, known, differences, criterion)
    else:
        fit = regress(
            aligned.benchmarks[known],
            aggregates[known],
            aligned.indicators,
            method=method,
            rho=None if rho is None else float(rho),
            estimation=estimation,
            bounds=(float(rho_bounds[0]), float(rho_bounds[1])),
        )
    doubted = hazards(aligned, fit, (float(rho_bounds[0]), float(rho_bounds[1])))
    return Disaggregation(
        method=method,
        aggregation=aggregation,
        fit=_spread_out(fit, known),
        quarters=aligned.quarters,
        periods=aligned.periods,
        indicators=aligned.names if method in DISTURBANCES else (),
        quarter_marks=aligned.marks(aggregation),
        name=aligned.name,
        warnings=doubted,
    )


def _check_choices(method: str, aggregation: str, estimation: str, criterion: str, problems: list[str]) -> None:
    choices = (
        ("method", method, METHODS),
        ("aggregation", aggregation, AGGREGATIONS),
        ("estimation", estimation, ESTIMATIONS),
        ("criterion", criterion, CRITERIA),
    )
    for what, chosen, known in choices:
        if chosen not in known:
            problems.append(f"the {what} {chosen!r} is not known. {did_you_mean(str(chosen), known)}")


def _check_numbers(method: str, rho: object, bounds: object, differences: object, problems: list[str]) -> None:
    if rho is not None and not (_is_number(rho) and -1 < rho < 1):  # type: ignore[operator]
        problems.append(f"rho is {rho!r}. Give a number between -1 and 1, or leave it out to have it estimated.")
    if rho is not None and method in ("fernandez", "denton_cholette"):
        problems.append(f"rho is given, and '{method}' has none. Use 'litterman' or 'chow_lin', or leave rho out.")
    pair = bounds if isinstance(bounds, tuple | list) and len(bounds) == 2 else (1.0, 1.0)
    if not (all(_is_number(bound) for bound in pair) and -1 < pair[0] < pair[1] < 1):
        problems.append(f"rho_bounds is {bounds!r}. Give two numbers between -1 and 1, the lower one first.")
    if isinstance(differences, bool) or differences not in (1, 2):
        problems.append(f"differences is {differences!r}. Give 1 (keep the level) or 2 (keep the slope).")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and math.isfinite(value)


def _check_single(aligned: Aligned, criterion: str, problems: list[str]) -> None:
    if len(aligned.names) > 1:
        problems.append(
            f"'denton_cholette' follows one indicator and {len(aligned.names)} are given: "
            f"{', '.join(aligned.names)}. Choose one, or use 'chow_lin'."
        )
    elif criterion == "proportional":
        zeros = [
            str(q) for q, value in zip(aligned.quarters, aligned.indicators[:, :1], strict=True) if (value == 0).any()
        ]
        if zeros:
            problems.append(
                f"'{aligned.names[0]}' is zero at {', '.join(zeros)}, and nothing is proportional to zero. "
                "Use criterion='additive'."
            )


def _check_rank(
    aligned: Aligned, aggregates: Array, known: NDArray[np.bool_], method: str, problems: list[str]
) -> None:
    """Too few figures, figures that follow from others, and indicators that follow from others."""
    places, used = [int(place) for place in np.flatnonzero(known)], len(aligned.names)
    if not used:
        problems.append("there is neither an indicator nor a constant. Give indicators, or constant=True.")
    elif method in DISTURBANCES and len(places) <= used:
        problems.append(
            f"{len(places)} known {'period is' if len(places) == 1 else 'periods are'} too few for {used} "
            f"coefficient{'s' if used > 1 else ''}. Give {used + 1} or more, or use 'denton_cholette'."
        )
    elif not places:
        problems.append("none of the periods is known. Give one figure or more.")
    independent: list[int] = []
    for place in places if places and np.linalg.matrix_rank(aggregates[known]) < len(places) else ():
        if np.linalg.matrix_rank(aggregates[[*independent, place]]) == len(independent):
            problems.append(f"the period {aligned.periods[place]} follows from those before it. Leave it out, or them.")
        else:
            independent.append(place)
    if method not in DISTURBANCES or problems:
        return
    design = aggregates[known] @ aligned.indicators
    length = np.sqrt((design**2).sum(axis=0))
    for number, name in enumerate(aligned.names):
        scaled = design[:, : number + 1] / np.where(length > 0, length, 1.0)[: number + 1]
        if np.linalg.matrix_rank(scaled, tol=1e-10) <= number:
            others = ", ".join(f"'{other}'" for other in aligned.names[:number])
            if length[number] == 0 and aligned.indicators[:, number].any():
                problems.append(
                    f"'{name}' comes to zero in every known period: its quarters cancel, and say nothing of the level. "
                    "Leave it out, or use 'denton_cholette' with criterion='additive'."
                )
            else:
                because = f"a multiple or a sum of {others}" if others and length[number] > 0 else "zero"
                problems.append(f"over the known periods '{name}' is {because}. Leave it out.")
            return


def _moved_least(
    aligned: Aligned, aggregates: Array, known: NDArray[np.bool_], differences: int, criterion: str
) -> Fit:
    indicator = aligned.indicators[:, 0]
    # without an indicator p = 1 is no preliminary figure in any unit, and both criteria are the same
    estimates = least_movement(
        aligned.benchmarks[known], aggregates[known], indicator, differences=differences, criterion=criterion
    )
    if estimates is None:
        count = int(known.sum())
        problem = (
            f"{count} known {'period does' if count == 1 else 'periods do'} not determine the quarters with "
            f"differences={differences}. Give more{', or differences=1' if differences == 2 else ''}."
        )
        if criterion == "proportional" and np.allclose(
            aggregates[known] @ indicator, 0, atol=1e-10 * np.abs(indicator).max()
        ):
            problem = (
                f"'{aligned.names[0]}' comes to zero in every known period: its quarters cancel, and nothing is "
                "proportional to zero. Use criterion='additive'."
            )
        raise_problems([problem], "the disaggregation")
    assert estimates is not None
    nothing = np.full(len(estimates), np.nan)
    return Fit(estimates, nothing, np.empty(0), np.empty(0), np.full(int(known.sum()), np.nan))


def _spread_out(fit: Fit, known: NDArray[np.bool_]) -> Fit:
    """The same fit with residuals for every period, NaN where it is missing."""
    residuals = np.full(len(known), np.nan)
    residuals[known] = fit.residuals
    return replace(fit, residuals=residuals)
