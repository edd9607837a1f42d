"""Random streams that belong to names: what one name draws depends on nothing but the seed and the name."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

import numpy as np

from forecast.distributions import Array, Distribution
from forecast.errors import SimulationError, did_you_mean
from forecast.model import CalibratedModel, Noise

SAMPLINGS = ("random", "latin_hypercube", "latin_hypercube_with_noises", "medians")


def generator(seed: int, name: str) -> np.random.Generator:
    """The stream of a name: SFC64 seeded by the seed and the first 16 bytes of the name's SHA-256."""
    digest = hashlib.sha256(name.encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, *words])))


class Draws:
    """All random numbers of one simulation, made when first asked for and shared by its scenarios.

    Numbers of a stream come quarter by quarter, so a longer simulation begins with the shorter one. With
    ``sampling="latin_hypercube"`` what is drawn once a path (parameters, sizes of shocks, whether and when they happen)
    is stratified, name by name (``stratified``); ``"latin_hypercube_with_noises"`` stratifies noises as well, quarter
    by quarter; ``sampling="medians"`` draws nothing: every score is 0. ``chunk`` k > 0 puts ``chunk/k/`` before every
    name: other paths of the same simulation. ``again`` names the streams that are drawn a second time, independently of
    the first: stream x is then that of the name ``again/x``. What is ``given`` is not drawn: normal scores by the name
    of a stream, values by the name of a parameter (``given.check_given``).
    """

    def __init__(
        self,
        seed: int,
        paths: int,
        quarters: int,
        *,
        sampling: str = "random",
        chunk: int = 0,
        again: Collection[str] = (),
        given: Mapping[str, Array] | None = None,
    ) -> None:
        if sampling not in SAMPLINGS:
            raise SimulationError(f"sampling is {sampling!r}. {did_you_mean(str(sampling), SAMPLINGS)}")
        if sampling == "medians" and paths != 1:
            raise SimulationError(
                f"sampling='medians' gives one path, the central one, but paths is {paths:,}, whose shares would mean "
                "nothing. Give paths=1."
            )
        self.sampling = sampling
        self._chunk = chunk
        self._before = f"chunk/{chunk}/" if chunk else ""
        self.seed = seed
        self.paths = paths
        self.quarters = quarters
        self._again = frozenset(again)
        self._names: dict[str, None] = {}
        self.given = given or {}
        self._normals: dict[str, Array] = {
            name: scores for name, scores in self.given.items() if name.startswith("parameter/")
        }
        self._noises: dict[str, Array] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The streams that have been drawn, in the order in which they were first asked for."""
        return tuple(self._names)

    def redrawn(self, names: Collection[str]) -> Draws:
        """The same draws, but for the named streams, which are drawn a second time; what was made is shared."""
        again = self._again.union(names)
        given = {name: numbers for name, numbers in self.given.items() if name not in names}
        other = Draws(
            *(self.seed, self.paths, self.quarters),
            sampling=self.sampling,
            chunk=self._chunk,
            again=again,
            given=given,
        )
        other._names = dict(self._names)
        other._normals = {name: numbers for name, numbers in self._normals.items() if name not in names}
        if not any(name.startswith("shared/") for name in names):
            moved = tuple(f"{name}/" for name in names)
            other._noises = {made: errors for made, errors in self._noises.items() if not made.startswith(moved)}
        return other

    def normal(self, name: str) -> Array:
        """One standard normal a path, shape (paths,)."""
        if name not in self._normals and self.sampling == "medians":
            self._normals[name] = locked(np.zeros(self.paths))
        elif name not in self._normals:
            stream = self._stream(name)
            latin = self.sampling != "random"
            drawn = stratified(stream, self.paths) if latin else stream.standard_normal(self.paths)
            self._normals[name] = locked(drawn)
        return self._normals[name]

    def value(self, name: str, distribution: Distribution) -> Array:
        """One draw a path of a distribution, shape (paths,); shape () for a fixed number."""
        return quantiles(distribution, self.normal(name)) if not distribution.is_fixed else fixed_value(distribution)

    def parameters(self, company: CalibratedModel) -> dict[str, Array]:
        """One draw a path of every parameter, shape (paths,); shape () for a fixed one."""
        scores = self.scores(company)
        drawn = {}
        for name, parameter in company.parameters.items():
            estimate = parameter.estimate
            assert estimate is not None
            if name in self.given:
                drawn[name] = self.given[name]
            elif estimate.is_fixed:
                drawn[name] = fixed_value(estimate)
            else:
                drawn[name] = locked(quantiles(estimate, scores[name]))
        return drawn

    def scores(self, company: CalibratedModel) -> dict[str, Array]:
        """The normal scores (paths,) of every parameter that is not fixed; correlated ones by a Gaussian copula.

        The normal scores of a correlated group are ``L @ z`` with L the Cholesky factor of its correlation
        matrix (0 between members without one) and z the streams of the members in the order of their names. A group
        is summed term by term in that order, so that no other group moves a bit of it.
        """
        scores: dict[str, Array] = {}
        for names, matrix in correlated(company):
            streams = [self.normal(f"parameter/{name}") for name in names]
            for name, row in zip(names, np.linalg.cholesky(matrix), strict=True):
                terms = [weight * stream for weight, stream in zip(row, streams, strict=True) if weight != 0.0]
                scores[name] = np.asarray(sum(terms[1:], start=terms[0]))
        for name, parameter in company.parameters.items():
            if name not in scores and parameter.estimate is not None and not parameter.estimate.is_fixed:
                scores[name] = self.normal(f"parameter/{name}")
        return scores

    def noise(self, line: str, noise: Noise) -> Array:
        """The errors of a driver's stream, shape (quarters, paths)."""
        name = f"noise/{line}.{noise.name}"
        made = f"{name}/{noise.shape}/{noise.shared}"
        if made not in self._noises:
            errors = self._raw(name)
            own = 1.0 - sum(rho**2 for _, rho in noise.shared)
            if noise.shared:
                errors = np.sqrt(max(own, 0.0)) * errors
                for factor, rho in noise.shared:
                    errors = errors + rho * self._factor(factor)
            if noise.shape is not None:
                errors = quantiles(noise.shape, errors)
            self._noises[made] = locked(errors)
        return self._noises[made]

    def _factor(self, factor: str) -> Array:
        name = f"shared/{factor}"
        if name not in self._noises:
            self._noises[name] = locked(self._raw(name))
        return self._noises[name]

    def _raw(self, name: str) -> Array:
        if name in self.given:
            return self.given[name]
        if self.sampling == "medians":
            return np.zeros((self.quarters, self.paths))
        stream = self._stream(name)
        if self.sampling != "latin_hypercube_with_noises":
            return stream.standard_normal((self.quarters, self.paths))
        return np.array([stratified(stream, self.paths) for _ in range(self.quarters)])

    def _stream(self, name: str) -> np.random.Generator:
        self._names[name] = None
        return generator(self.seed, self._before + (f"again/{name}" if name in self._again else name))


def stratified(stream: np.random.Generator, paths: int) -> Array:
    """One standard normal number in each of ``paths`` strata of equal probability, in random order, shape (paths,).

    u[i] = (order[i] + jitter[i]) / paths and z[i] = the normal quantile of u[i], with ``order`` a random permutation
    and ``jitter`` uniform. Names with streams of their own give a Latin hypercube (McKay, Beckman and Conover 1979):
    of the variance of a mean only the part remains that no sum of functions of one name each explains
    (Stein 1987, Theorem 1; Owen 1994). A sampling error computed for independent paths is then too large
    rather than too small.
    """
    from scipy import special

    order = stream.permutation(paths)
    ranks = (order + stream.random(paths)) / paths
    # a rank that rounds to 0 or 1 would be infinitely far out
    return np.asarray(special.ndtri(np.clip(ranks, 2.0**-54, 1.0 - 2.0**-53)))


def quantiles(distribution: Distribution, scores: Array) -> Array:
    """Values of a distribution at the ranks of standard normal scores; a normal one keeps them exactly."""
    from scipy import special

    uncut = np.isinf(distribution.low) and np.isinf(distribution.high)
    if distribution.family == "normal" and uncut:
        arguments = dict(distribution.arguments)
        return np.asarray(arguments["mean"] + arguments["sd"] * scores)
    return distribution.ppf(special.ndtr(scores))


def fixed_value(distribution: Distribution) -> Array:
    """The number of a fixed distribution, shape ()."""
    return np.asarray(dict(distribution.arguments)["value"])


def locked(numbers: Array) -> Array:
    """The same array, read-only: scenarios share it."""
    numbers.flags.writeable = False
    return numbers


def correlated(company: CalibratedModel) -> list[tuple[list[str], Array]]:
    """The groups of parameters that correlations link, in the order of their names, each with its matrix."""
    found = []
    for names in _groups(company.model.correlations):
        matrix = np.eye(len(names))
        for first, second, rho in company.model.correlations:
            if first in names:
                i, j = names.index(first), names.index(second)
                matrix[i, j] = matrix[j, i] = rho
        found.append((names, matrix))
    return found


def _groups(pairs: tuple[tuple[str, str, float], ...]) -> list[list[str]]:
    """Names that correlations link, directly or through others; each group in the order of its names."""
    groups: list[set[str]] = []
    for first, second, _ in pairs:
        linked = [group for group in groups if first in group or second in group]
        groups = [group for group in groups if group not in linked] + [{first, second}.union(*linked)]
    return sorted(sorted(group) for group in groups)
