"""Identity: digests of what decides numbers, so that finished work is known again and two sweeps are told apart."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from forecast.errors import SweepError
from forecast.model import CalibratedModel
from forecast.scenario import Scenario
from forecast.specification import to_spec


def digest_of(said: Any) -> str:
    """The first 32 hexadecimal digits of the SHA-256 of plain values, numbers to their last bit.

    >>> digest_of({"a": 0.1}) == digest_of({"a": 0.1}) != digest_of({"a": 0.1 + 2**-56})
    True
    """
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"), default=_refused)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def company_digest(company: CalibratedModel) -> str:
    """Of the model, the history, the openings and the estimates.

    The same as ``company.fingerprint`` says, without writing YAML, which takes a quarter of a second.
    """
    model = company.model
    parts: list[Any] = [model.currency, model.unit, [list(pair) for pair in model.correlations]]
    parts += [[to_spec(driver) for driver in model.drivers]]
    parts += [None if company.history is None else company.history.fingerprint]
    parts += [str(company.first), company.horizon, sorted(company.openings.items())]
    parts += [repr([(name, parameter.estimate) for name, parameter in company.parameters.items()])]
    return digest_of(parts)


def scenario_digest(scenario: Scenario) -> str:
    """Of the name and the shocks in their order; the reason does not move a number."""
    return digest_of([scenario.name, [to_spec(shock) for shock in scenario.shocks]])


def statistic_spec(statistic: Any) -> Any:
    """Plain values that stand for a statistic; one of a user's own must be a dataclass to be known again."""
    said = to_spec(statistic)
    try:
        json.dumps(said)
    except TypeError:
        raise SweepError(
            f"the statistic {str(statistic)!r} cannot be told from another of its class, since "
            f"{type(statistic).__name__} is not a dataclass of plain values. Write @dataclass(frozen=True) above it."
        ) from None
    return said


def _refused(thing: Any) -> Any:
    raise SweepError(
        f"a {type(thing).__name__} stands in a model, scenario or statistic, and nothing says what it holds, so that "
        "finished work could not be known again. Make it a frozen dataclass of plain values."
    )
