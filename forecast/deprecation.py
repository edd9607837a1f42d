"""What is on its way out says so: since when, what takes its place, and from which date it may be gone."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from datetime import date
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def deprecated(*, since: str, instead: str, gone: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Warn at every call of a function: ``@deprecated(since="0.3.0", instead="fc.new", gone="2027-09-30")``.

    ``since`` is the version that warned first, ``instead`` what to write, ``gone`` the day (ISO 8601) from which a
    release may lack it; docs/compatibility.md says how far ahead. A test fails once that day has passed.

    >>> @deprecated(since="0.3.0", instead="fc.new", gone="2027-09-30")
    ... def old():
    ...     return 1
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     old()
    1
    >>> print(told[0].message)
    old is deprecated since version 0.3.0 and may be gone from 2027-09-30 on. Use fc.new.
    """
    day = date.fromisoformat(gone)

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        told = (
            f"{function.__qualname__} is deprecated since version {since} and may be gone from {day} on. Use {instead}."
        )

        @functools.wraps(function)
        def warned(*args: P.args, **options: P.kwargs) -> R:
            warnings.warn(told, DeprecationWarning, stacklevel=2)
            return function(*args, **options)

        return warned

    return mark
