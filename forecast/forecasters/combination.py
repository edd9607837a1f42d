"""A weighted mean of forecasters whose paths are driven by the same errors: the default forecaster."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forecast.distributions import Array
from forecast.errors import HistoryTooShortError
from forecast.forecasters.contract import Forecaster, check_history, check_options
from forecast.forecasters.form import InnovationsForm
from forecast.forecasters.random_walk import RandomWalk
from forecast.forecasters.smoothing import AveragedSmoothing
from forecast.forecasters.theta import Theta


@dataclass(frozen=True)
class Combination:
    """Weighted mean of the forms of ``members``; equal weights unless ``weights`` are given.

    mean = sum(w[i] * mean[i])                     w: weights of the members that could be fitted, sum 1
    scale * response = sum(w[i] * scale[i] * response[i])
    residuals = sum(w[i] * residuals[i])           aligned at the last observation

    The same errors drive all members, so that the width is the mean of the members' widths: nothing is won by
    pretending that their errors are independent. On a log scale the mean path is a geometric mean.

    **Different transformations.** Forms share a transformation in most cases, since ``log="auto"`` decides from the
    history alone. Where they do not, forms are carried over to first order (delta method): to logs, if every
    mean of the identity forms and the history are positive (mean log(m), rows of the response and residuals
    divided by the level they stand at), else to the identity (mean exp(m), rows multiplied by it).

    **Short histories.** A member that needs more observations than there are is left out, and ``name`` says so;
    the weights of the others are scaled to sum to 1. Where no member is left: HistoryTooShortError.

    The default is a random walk with half drift, the dynamic Theta and averaged smoothing. With the last values of the
    training parts of M3, M4, M1, tourism and company series held out, for histories of 8, 12, 20 and all points, its
    overall weighted average error was 1 % below that of the first two alone in the mean, and 2 % on M3 and M4. Weights
    learned from features of the series won less than 1 % more, and nothing on sets that they were not learned from.
    """

    members: tuple[Forecaster, ...] = (RandomWalk(), Theta(), AveragedSmoothing())
    weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", tuple(self.members))
        if self.weights is not None:
            object.__setattr__(self, "weights", tuple(self.weights))
        w = self.weights
        fine = w is None or (len(w) == len(self.members) and all(x > 0 and np.isfinite(x) for x in w))
        check_options(
            "Combination",
            {
                "members": (self.members, len(self.members) > 0, "at least one forecaster"),
                "weights": (w, fine, f"None or {len(self.members)} numbers above 0, one a member"),
            },
        )

    @property
    def name(self) -> str:
        """``Combination(RandomWalk, Theta)``."""
        return f"Combination({', '.join(member.name for member in self.members)})"

    def minimum(self, season: int) -> int:
        """What the least demanding member needs, at least 4."""
        return max(4, min(member.minimum(season) for member in self.members))

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """See the class."""
        y = check_history(values, horizon=horizon, season=season, name=self.name, minimum=self.minimum(season))
        weights = self.weights or (1.0,) * len(self.members)
        forms: list[InnovationsForm] = []
        kept: list[float] = []
        left_out: list[str] = []
        for member, weight in zip(self.members, weights, strict=True):
            try:
                forms.append(member.fit(y, horizon=horizon, season=season))
                kept.append(weight)
            except HistoryTooShortError:
                left_out.append(f"{member.name} needs {member.minimum(season)} observations")
        name = f"Combination({', '.join(form.name for form in forms)})"
        if left_out:
            name += f" without {', '.join(left_out)}"
        shared = _share_transformation(forms, y)
        return combine(shared, np.asarray(kept) / np.sum(kept), name=name)


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
