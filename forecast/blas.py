"""Linear algebra on one thread: its bits must not depend on how many there are."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Made = TypeVar("Made")


class _Guard:
    """How many callers want one thread now, in all threads of Python: the first sets the limit, the last lifts it."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.inside = 0
        self.libraries: Any = None
        self.limit: Any = None

    def set(self) -> None:
        """Limit every BLAS that is loaded, SciPy's own included."""
        if self.libraries is None:  # looked up once: it takes milliseconds
            import scipy.linalg  # noqa: F401  must be loaded to be limited
            from threadpoolctl import ThreadpoolController

            self.libraries = ThreadpoolController()
        self._free()
        self.limit = self.libraries.limit(limits=1, user_api="blas")
        self._free()

    def lift(self) -> None:
        """Put back what was before the first caller."""
        self._free()
        self.limit.restore_original_limits()
        self._free()
        self.limit = None

    def _free(self) -> None:
        """Newer threadpoolctl lets only the thread that set a limit change it; here the last caller may be another."""
        for library in self.libraries.lib_controllers:
            if hasattr(library, "clear_controlling_thread"):
                library.clear_controlling_thread(force=True)


_GUARD = _Guard()


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS and LAPACK work on one thread in here.

    A product of matrices that is cut in two for two threads adds its terms in another order, and 18 of 23 becomes
    19 of 23. Setting it from several threads of Python at once would lift it too early, so callers are counted.
    """
    with _GUARD.lock:
        if _GUARD.inside == 0:
            _GUARD.set()
        _GUARD.inside += 1
    try:
        yield
    finally:
        with _GUARD.lock:
            _GUARD.inside -= 1
            if _GUARD.inside == 0:
                _GUARD.lift()


def steady(function: Callable[Arguments, Made]) -> Callable[Arguments, Made]:
    """The same function, with its linear algebra on one thread."""

    @functools.wraps(function)
    def alone(*given: Arguments.args, **named: Arguments.kwargs) -> Made:
        with one_thread():
            return function(*given, **named)

    return alone
