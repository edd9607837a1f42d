"""Random streams that belong to names: what one name draws depends on nothing but the seed and the name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from forecast.distributions import Array, Distribution
from forecast.model import CalibratedModel, Noise


def generator(seed: int, name: str) -> np.random.Generator:
    """The stream of a name: SFC64 seeded by the seed and the first 16 bytes of the name's SHA-256."""
    digest = hashlib.sha256(name.encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, *words])))


class Draws:
    """All random numbers of one simulation, made when first asked for and shared by its scenarios.

    Numbers of a stream come quarter by quarter, so a longer simulation begins with the shorter one. What is ``given``
    is not drawn: normal scores by the name of a stream, values by the name of a parameter (``given.check_given``).
    """

    def __init__(self, seed: int, paths: int, quarters: int, given: Mapping[str, Array] | None = None) -> None:
        self.seed = seed
        self.paths = paths
        self.quarters = quarters
        self.given = given or {}
        self._normals: dict[str, Array] = {
            name: scores for name, scores in self.given.items() if name.startswith("parameter/")
        }
        self._noises: dict[str, Array] = {}

    def normal(self, name: str) -> Array:
        """One standard normal a path, shape (paths,)."""
        if name not in self._normals:
            self._normals[name] = locked(generator(self.seed, name).standard_normal(self.paths))
        return self._normals[name]

    def value(self, name: str, distribution: Distribution) -> Array:
        """One draw a path of a distribution, shape (paths,); shape () for a fixed number."""
        return quantiles(distribution, self.normal(name)) if not distribution.is_fixed else fixed_value(distribution)

    def parameters(self, company: CalibratedModel) -> dict[str, Array]:
        """One draw a path of every parameter; correlated ones through a Gaussian copula.

        The normal scores of a correlated group are ``L @ z`` with L the Cholesky factor of its correlation
        matrix (0 between members without one) and z the streams of the members in the order of their names.
        """
        scores = _correlated(company, self)
        drawn = {}
        for name, parameter in company.parameters.items():
            estimate = parameter.estimate
            assert estimate is not None
            if name in self.given:
                drawn[name] = self.given[name]
            elif estimate.is_fixed:
                drawn[name] = fixed_value(estimate)
            else:
                score = scores[name] if name in scores else self.normal(f"parameter/{name}")
                drawn[name] = locked(quantiles(estimate, score))
        return drawn

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
        return generator(self.seed, name).standard_normal((self.quarters, self.paths))


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


def _correlated(company: CalibratedModel, draws: Draws) -> Mapping[str, Array]:
    """Normal scores of the parameters that correlations link, group by group.

    A group is summed term by term in the order of its names, so that no other group moves a bit of it.
    """
    scores: dict[str, Array] = {}
    for names in _groups(company.model.correlations):
        matrix = np.eye(len(names))
        for first, second, rho in company.model.correlations:
            if first in names:
                i, j = names.index(first), names.index(second)
                matrix[i, j] = matrix[j, i] = rho
        factor = np.linalg.cholesky(matrix)
        streams = [draws.normal(f"parameter/{name}") for name in names]
        for name, row in zip(names, factor, strict=True):
            terms = [weight * stream for weight, stream in zip(row, streams, strict=True) if weight != 0.0]
            scores[name] = np.asarray(sum(terms[1:], start=terms[0]))
    return scores


def _groups(pairs: tuple[tuple[str, str, float], ...]) -> list[list[str]]:
    """Names that correlations link, directly or through others; each group in the order of its names."""
    groups: list[set[str]] = []
    for first, second, _ in pairs:
        linked = [group for group in groups if first in group or second in group]
        groups = [group for group in groups if group not in linked] + [{first, second}.union(*linked)]
    return sorted(sorted(group) for group in groups)
