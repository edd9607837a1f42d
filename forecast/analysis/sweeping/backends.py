"""Backends: where tasks run, through joblib: threads, processes, Dask and Ray."""

from __future__ import annotations

from typing import Any

from forecast.errors import SweepError
from forecast.simulation.threads import available

NAMES = {"threads": "threading", "processes": "loky", "dask": "dask", "ray": "ray"}
"""What a backend is called here, and in joblib, whose own names are taken as well."""

CLUSTERS = ("dask", "ray")
"""Backends whose workers somebody else starts."""


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
        self._cluster = None
        if self.name in CLUSTERS:
            self._cluster, self.workers = _on_cluster(self.name), None

    def configured(self) -> Any:
        """The context in which joblib uses it."""
        import joblib

        return joblib.parallel_config(**self._settings())

    def count(self) -> int:
        """How many tasks run at once."""
        import joblib

        return max(int(joblib.effective_n_jobs(self._jobs())), 1)

    def streams(self) -> bool:
        """Whether it gives results as they come; one of the user's own may not."""
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
        return {"backend": self.name if self._cluster is None else self._cluster, "n_jobs": self._jobs()}

    def _jobs(self) -> int | None:
        """Workers as joblib is told.

        One process is asked for as two, of which only one is ever busy, since joblib would run a single one in this
        very process, which a task may kill.
        """
        if self.name is None:
            return self.workers
        if self._cluster is not None:
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
    if kind not in CLUSTERS and workers is None and jobs is not None:
        workers = int(effective_n_jobs(jobs))
    return kind, workers


def _on_cluster(name: str) -> Any:
    from forecast.analysis.sweeping.clusters import Dask, OnCluster, Ray

    return OnCluster(Dask() if name == "dask" else Ray())
