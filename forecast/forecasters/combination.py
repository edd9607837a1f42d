"""A weighted mean of forecasters whose paths are driven by the same errors: the default forecaster."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from forecast.cautions import gathered
from forecast.distributions import Array
from forecast.errors import HistoryTooShortError
from forecast.forecasters.contract import Forecaster, check_history, check_options, choose_log
from forecast.forecasters.form import InnovationsForm
from forecast.forecasters.moving_average import MovingAverage
from forecast.forecasters.random_walk import RandomWalk
from forecast.forecasters.record import own_factor
from forecast.forecasters.reference_growth import ReferenceGrowth
from forecast.forecasters.smoothing import AveragedSmoothing
from forecast.forecasters.theta import Theta
from forecast.forecasters.widths import calibrated

ON_LOGS: tuple[Forecaster, ...] = (RandomWalk(), Theta(), AveragedSmoothing())
ON_LEVELS: tuple[Forecaster, ...] = (RandomWalk(drift=0.0), AveragedSmoothing(), MovingAverage())
"""The proven members for histories that are modelled in logs, and for others."""

SHORT = 8
"""Observations below which growth is shared with a reference class of companies."""

EVIDENCE = 1 / 6
"""How far the likelihood of the residuals decides the weights, from 0 (equal) to 1 (fully)."""


@dataclass(frozen=True)
class Combination:
    """Weighted mean of the forms of ``members``, by default those proven on company series.

    mean = sum(w[i] * mean[i])                     w: weights of the members that could be fitted, sum 1
    scale * response = sum(w[i] * scale[i] * response[i])
    residuals = sum(w[i] * residuals[i])           aligned at the last observation

    The same errors drive all members, so that the width is the mean of the members' widths: nothing is won by
    pretending that their errors are independent. On a log scale the mean path is a geometric mean.

    **Weights.** Numbers, one a member; None for equal ones; or ``"evidence"``: w[i] ~ r[i]**(-EVIDENCE * n), with r[i]
    the root mean square of the member's residuals over the steps that all members have and n observations. With
    EVIDENCE 1 these would be the likelihoods of normal errors; members that differ one step ahead differ less later.

    **Members.** None stands for the proven ones: where ``choose_log`` says logs, a random walk with half
    drift, the dynamic Theta and averaged smoothing, by evidence (equally for years, where evidence won nothing); where
    values change sign or come near zero, a random walk without drift, averaged smoothing and a moving average,
    equally, since profits come back and do not trend. Below ``SHORT`` observations that grow, half is a reference class
    (``ReferenceGrowth``), below 4 all of it; ``name`` says so.

    **Width.** That of the proven members is ``calibrated`` on other series, with tails heavier than normal
    (``widths.calibrated``), and from 16 values on moved by its own record, the errors at the last four origins
    (``record.own_factor``; ``own_record=False`` leaves it out). That of members given is the mean of theirs.

    **Different transformations.** Forms share a transformation in most cases, since ``log="auto"`` decides from the
    history alone. Where they do not, forms are carried over to first order (delta method): to logs, if every
    mean of the identity forms and the history are positive (mean log(m), rows of the response and residuals
    divided by the level they stand at), else to the identity (mean exp(m), rows multiplied by it).

    **Short histories.** A member that needs more observations than there are is left out, and ``name`` says so;
    the weights of the others are scaled to sum to 1. Where no member is left: HistoryTooShortError.

    Chosen with the last values of the training parts of M3, M4, M1, tourism and company series held out, for histories
    of 8, 12, 20 and all points (benchmarks/results/accuracy.md). Weights learned from features of the series won less
    than 1 % more, and nothing on sets that they were not learned from.
    """

    members: tuple[Forecaster, ...] | None = None
    weights: tuple[float, ...] | Literal["evidence"] | None = None
    calibrated: bool = True
    own_record: bool = True

    def __post_init__(self) -> None:
        if self.members is not None:
            object.__setattr__(self, "members", tuple(self.members))
        w = self.weights
        if w is not None and not isinstance(w, str):
            w = tuple(w)
            object.__setattr__(self, "weights", w)
        some = self.members is None or len(self.members) > 0
        if self.members is None:
            fine, must = w is None, "None, as the proven members have weights of their own"
        elif isinstance(w, str):
            fine, must = w == "evidence", "None, 'evidence' or numbers"
        else:
            fine = w is None or (len(w) == len(self.members) and all(x > 0 and np.isfinite(x) for x in w))
            must = f"None, 'evidence' or {len(self.members)} numbers above 0, one a member"
        check_options(
            "Combination",
            {
                "members": (self.members, some, "None or at least one forecaster"),
                "weights": (w, fine, must),
                "calibrated": (self.calibrated, isinstance(self.calibrated, bool), "True or False"),
                "own_record": (self.own_record, isinstance(self.own_record, bool), "True or False"),
            },
        )

    @property
    def name(self) -> str:
        """``Combination(RandomWalk, Theta)``, or ``Combination`` for the proven members."""
        return "Combination" if self.members is None else f"Combination({', '.join(m.name for m in self.members)})"

    def minimum(self, season: int) -> int:
        """What the least demanding member needs, at least 4; 1 for the proven members, if it is positive."""
        return 1 if self.members is None else max(4, min(member.minimum(season) for member in self.members))

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """See the class."""
        y = check_history(values, horizon=horizon, season=season, name=self.name, minimum=self.minimum(season))
        form = self._fit(y, horizon, season)
        if self.members is not None or not self.calibrated or not self.own_record:
            return form
        return form.scaled(own_factor(y, lambda seen, steps: self._fit(seen, steps, season)))

    def _fit(self, y: Array, horizon: int, season: int) -> InnovationsForm:
        """The form before its own record."""
        members, weights = self._choose(y, season)
        given = weights if isinstance(weights, tuple) else (1.0,) * len(members)
        forms: list[InnovationsForm] = []
        kept: list[float] = []
        left_out: list[str] = []
        for member, weight in zip(members, given, strict=True):
            try:
                forms.append(member.fit(y, horizon=horizon, season=season))
                kept.append(weight)
            except HistoryTooShortError:
                left_out.append(f"{member.name} needs {member.minimum(season)} observations")
        if not forms:
            raise HistoryTooShortError(f"{self.name} cannot be fitted to {y.size} values: {'; '.join(left_out)}.")
        name = f"Combination({', '.join(form.name for form in forms)})"
        if left_out:
            name += f" without {', '.join(left_out)}"
        shared = _share_transformation(forms, y)
        by_evidence = weights == "evidence"
        form = combine(shared, evidence(shared) if by_evidence else np.asarray(kept) / np.sum(kept), name=name)
        return calibrated(form, season) if self.members is None and self.calibrated else form

    def _choose(self, y: Array, season: int) -> tuple[tuple[Forecaster, ...], tuple[float, ...] | str | None]:
        """Members and weights for this history."""
        if self.members is not None:
            return self.members, self.weights
        if y.size < SHORT and np.all(y > 0) and (y.size < 4 or choose_log(y, season, log="auto", name=self.name)):
            own = (Combination(ON_LOGS),) if y.size >= 4 else ()
            return (*own, ReferenceGrowth()), None
        if y.size < 4 or not choose_log(y, season, log="auto", name=self.name):
            return ON_LEVELS, None
        return ON_LOGS, None if season == 1 else "evidence"


def evidence(forms: list[InnovationsForm]) -> Array:
    """Weights (forms,), sum 1, of forms that share a transformation: see ``Combination``.

    A member without error is not infinitely better than the others: residuals below a billionth of the largest count
    as that. Where a member has no residuals: equal weights.
    """
    n = min(form.residuals.size for form in forms)
    if n == 0:
        return np.full(len(forms), 1 / len(forms))
    size = np.array([np.sqrt(np.mean(form.residuals[form.residuals.size - n :] ** 2)) for form in forms])
    size = np.maximum(size, max(1e-9 * float(size.max()), 1e-300))
    weight = np.asarray((size / size.min()) ** (-EVIDENCE * max(form.points for form in forms)), dtype=float)
    weight /= weight.sum()
    return weight


def combine(forms: list[InnovationsForm], weights: Array, *, name: str) -> InnovationsForm:
    """The weighted mean of forms that share transformation and horizon; ``weights`` sum to 1.

    The scale is the weighted mean of the scales, so that unit diagonals stay unit diagonals. Residuals are as
    many as the shortest member has, the last ones.
    """
    scale = float(sum(w * form.scale for w, form in zip(weights, forms, strict=True)))
    n = min(form.residuals.size for form in forms)
    pairs = list(zip(weights, forms, strict=True))
    return InnovationsForm(
        mean=np.sum([w * form.mean for w, form in pairs], axis=0),
        response=np.sum([w * form.scale * form.response for w, form in pairs], axis=0) / scale,
        scale=scale,
        residuals=np.sum([w * form.residuals[form.residuals.size - n :] for w, form in pairs], axis=0),
        transformation=forms[0].transformation,
        name=name,
        points=max(form.points for form in forms),
        tail=float(sum(w * form.tail for w, form in pairs)),
        warnings=gathered(*(form.warnings for form in forms)),
    )


def _share_transformation(forms: list[InnovationsForm], values: Array) -> list[InnovationsForm]:
    """The forms on one scale, by the delta method of ``Combination``."""
    if len({form.transformation for form in forms}) == 1:
        return forms
    plain = [form for form in forms if form.transformation == "identity"]
    positive = bool(np.all(values > 0)) and all(bool(np.all(form.mean > 0)) for form in plain)
    convert = _to_log if positive else _to_identity
    return [convert(form, values) for form in forms]


def _to_log(form: InnovationsForm, values: Array) -> InnovationsForm:
    if form.transformation == "log":
        return form
    base = form.mean[0]
    return replace(
        form,
        mean=np.log(form.mean),
        response=form.response * (base / form.mean)[:, None],
        scale=form.scale / base,
        residuals=form.residuals / values[values.size - form.residuals.size :],
        transformation="log",
    )


def _to_identity(form: InnovationsForm, values: Array) -> InnovationsForm:
    if form.transformation == "identity":
        return form
    level = np.exp(form.mean)
    return replace(
        form,
        mean=level,
        response=form.response * (level / level[0])[:, None],
        scale=form.scale * level[0],
        residuals=form.residuals * values[values.size - form.residuals.size :],
        transformation="identity",
    )
