"""Backends: where tasks run, through joblib: threads, processes, Dask and Ray."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecast.errors import SweepError
from forecast.simulation.threads import available

NAMES = {"threads": "threading", "processes": "loky", "dask": "dask", "ray": "ray"}
"""What a backend is called here, and in joblib, whose own names are taken as well."""


@dataclass(frozen=True, slots=True)
class Dead:
    """A task whose worker died again and again, or one that was queued there, where that ends no other task."""

    id: str
    problem: BaseException


class Backend:
    """One of joblib's backends by name; without one, that of the ``joblib.parallel_config`` around the call.

    ``workers`` is the number of threads or processes. A Dask or Ray cluster has its own.
    """

    def __init__(self, name: str | None, workers: int | None) -> None:
        known = {**NAMES, **{other: other for other in NAMES.values()}}
        if name is not None and name not in known:
            raise SweepError(f"backend is {name!r}; use one of {', '.join(NAMES)}, or None for joblib's own choice.")
        if workers is not None and (isinstance(workers, bool) or not isinstance(workers, int) or workers < 1):
            raise SweepError(f"workers is {workers!r}; give a whole number from 1 on, or None for all processors.")
        self.name, self.workers = (known[name], workers) if name is not None else _around(workers)
        if self.name == "ray":
            _register_ray()
        if self.name == "dask":
            _dask()

    def configured(self) -> Any:
        """The context in which joblib uses it."""
        import joblib

        return joblib.parallel_config(**self._settings())

    def count(self) -> int:
        """How many tasks run at once."""
        import joblib

        return max(int(joblib.effective_n_jobs(self._jobs())), 1)

    def streams(self) -> bool:
        """Whether it gives results as they come (Ray's cannot)."""
        from joblib.parallel import get_active_backend

        return bool(getattr(get_active_backend()[0], "supports_return_generator", False))

    def parallel(self, returned: str) -> Any:
        """What runs calls, one a batch."""
        import joblib

        ahead = 1 if self.workers == 1 else "2 * n_jobs"
        return joblib.Parallel(n_jobs=self._jobs(), return_as=returned, batch_size=1, pre_dispatch=ahead)

    def _settings(self) -> dict[str, Any]:
        if self.name is None:
            return {}
        return {"backend": _dask() if self.name == "dask" else self.name, "n_jobs": self._jobs()}

    def _jobs(self) -> int | None:
        """Workers as joblib is told.

        One process is asked for as two, of which only one is ever busy, since joblib would run a single one in this
        very process, which a task may kill.
        """
        if self.name is None:
            return self.workers
        if self.name in ("dask", "ray"):
            return -1
        wanted = available() if self.workers is None else self.workers
        return max(wanted, 2) if self.name == "loky" else wanted


def _around(workers: int | None) -> tuple[str | None, int | None]:
    """The backend and workers of the ``joblib.parallel_config`` around the call; without one, processes."""
    from joblib.parallel import effective_n_jobs, get_active_backend

    active, jobs = get_active_backend()
    named = {"ThreadingBackend": "threading", "LokyBackend": "loky", "RayBackend": "ray"}
    named["DaskDistributedBackend"] = "dask"
    kind = named.get(type(active).__name__)
    if workers is None and jobs is not None:
        workers = int(effective_n_jobs(jobs))
    return kind, workers


def _register_ray() -> None:
    try:
        import ray
        from ray.util.joblib import register_ray
    except ImportError:
        raise SweepError("this backend is Ray. Install it: pip install 'forecast-scenarios[ray]'.") from None
    if not ray.is_initialized():
        raise SweepError("Ray is not started. Start it, or join a cluster, beforehand: ray.init().")
    register_ray()  # type: ignore[no-untyped-call,unused-ignore]


def _dask() -> Any:
    """The Dask backend of joblib, in which a task whose worker dies again and again comes back as ``Dead``.

    Left to itself joblib waits for such a task for ever: it is called back only for tasks that succeed.
    """
    try:
        from distributed import get_client
        from joblib._dask import DaskDistributedBackend
    except ImportError:
        raise SweepError("this backend is Dask. Install it: pip install 'forecast-scenarios[dask]'.") from None
    try:
        client = get_client()
    except ValueError:
        raise SweepError(
            "there is no Dask client. Start one, or join a cluster, beforehand: dask.distributed.Client()."
        ) from None

    class Reporting(DaskDistributedBackend):  # type: ignore[misc]
        def submit(self, func: Any, callback: Any = None) -> Any:
            future = super().submit(func, callback)
            jobs = [job for _, args, _ in func.items for job in (args[0] if args else ())]

            def report(done: Any) -> None:
                problem = done.exception()
                if problem is not None and callback is not None:
                    callback([[Dead(job.id, problem) for job in jobs]])

            future.add_done_callback(report)
            return future

    return Reporting(client=client)
