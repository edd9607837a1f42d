"""Origin: the versions and the code of a user's own that decide a sweep's numbers besides what is asked."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from forecast.version import VERSION

PACKAGE = __name__.partition(".")[0]

OTHERS = (sys.stdlib_module_names | {PACKAGE, "numpy"}) - {"__main__"}
"""Where classes come from that are not the user's own."""


def versions() -> dict[str, str]:
    """Of what decides bits: this library, NumPy (streams, sums, its BLAS) and SciPy (special functions)."""
    import scipy

    return {PACKAGE: VERSION, "numpy": np.__version__, "scipy": scipy.__version__}


def kinds_of(things: Iterable[Any]) -> set[type]:
    """The classes of a user's own, among things and what they hold, and those that they derive from."""
    kinds = {kind for one in _held(list(things)) for kind in type(one).__mro__}
    return {kind for kind in kinds if kind.__module__.partition(".")[0] not in OTHERS}


def code_of(kinds: Iterable[type]) -> dict[str, list[str]]:
    """Digests of the source of classes, by the name of the class; two may share one.

    A function that a class calls is not seen, and a class whose source cannot be read (typed at a prompt) has no
    digest.
    """
    found: dict[str, set[str]] = {}
    for kind in kinds:
        found.setdefault(kind.__qualname__, set()).update(_digests(kind))
    return {name: sorted(digests) for name, digests in sorted(found.items())}


def _held(thing: Any) -> Iterator[Any]:
    """A thing and all that stands in it."""
    if isinstance(thing, str | bytes | int | float | np.ndarray | None):
        return
    if isinstance(thing, Mapping):
        thing = thing.values()
    elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        yield thing
        thing = [getattr(thing, field.name) for field in dataclasses.fields(thing)]
    elif not isinstance(thing, tuple | list | set | frozenset):
        yield thing
        return
    for one in thing:
        yield from _held(one)


@cache
def _digests(kind: type) -> tuple[str, ...]:
    try:
        source = inspect.getsource(kind)
    except (OSError, TypeError):
        return ()
    return (hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:32],)
