"""A sweep: statistics of very many companies, scenarios and levers, on as many workers as there are."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecast.analysis.sweeping.backends import Backend
from forecast.analysis.sweeping.crew import Crew
from forecast.analysis.sweeping.files import Folder
from forecast.analysis.sweeping.inquiry import answer, dataset_of, whole
from forecast.analysis.sweeping.manifest import Manifest, manifest_of, read_manifest
from forecast.analysis.sweeping.pace import Pace, as_report
from forecast.analysis.sweeping.parts import RESULTS, need_pyarrow, part_name, settled
from forecast.analysis.sweeping.plan import Plan, Task, make_plan, read_asked
from forecast.analysis.sweeping.store import Store
from forecast.analysis.sweeping.work import Done, Failure, Job, failed
from forecast.blas import steady
from forecast.errors import SweepError
from forecast.model import CalibratedModel
from forecast.notebook import counted, printed
from forecast.scenario import Scenario
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd

LARGEST = 5_000_000
"""Rows that ``to_frame`` makes into one table, at most."""

SHOWN = 5
"""Failures that are printed."""


@dataclass(frozen=True)
class Sweep:
    """The results of a sweep in their folder, as they were when it was made or opened.

    ``results/`` holds a row for each company, scenario, value of the levers and statistic, with its sampling error: a
    Parquet file a task, in a folder a company. Nothing of it is held in memory. ``tasks`` were planned, ``finished`` of
    them hold all their settings; ``settings`` were asked for, ``computed`` of them are there.
    """

    folder: str
    companies: int
    tasks: int
    finished: int
    settings: int
    computed: int

    @property
    def is_complete(self) -> bool:
        """Whether every setting of every company is there."""
        return self.computed == self.settings

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What went wrong: company, scenario, levers, error and traceback, read from the folder."""
        return tuple(self._failures())

    def query(self, sql: str) -> pd.DataFrame:
        """What SQL says of the table ``results``, answered by DuckDB (extra 'sweep').

        Columns: company, scenario, one by each lever's name (in double quotes, since it has a dot), statistic, value,
        error (the standard error; null of a probability of 0 or 1), low and high (the sampling interval at 95 %). The
        query reads these results and nothing else: files, addresses and settings are barred.
        """
        return answer(self._dataset(), sql)

    def to_frame(self) -> pd.DataFrame:
        """All rows, by company, scenario, levers and statistic, in the order asked; of sweeps of at most 5 million."""
        with whole(self.folder):
            dataset = self._dataset()
            rows = dataset.count_rows()
            if rows > LARGEST:
                raise SweepError(
                    f"the sweep has {rows:,} rows; at most {LARGEST:,} are made into one table. Ask for a part or a "
                    "summary of it: sweep.query('select ... from results where ...')."
                )
            table: pd.DataFrame = dataset.to_table().to_pandas()
        return table

    def _dataset(self) -> Any:
        folder = Folder(self.folder)
        manifest = _manifest(folder)
        there = folder.names(RESULTS)
        names = [name for name in map(part_name, manifest.tasks) if name in there]
        return dataset_of(folder, names, manifest.levers)

    def _failures(self) -> Iterator[Failure]:
        folder = Folder(self.folder)
        manifest, store = _manifest(folder), Store(folder)
        return store.failures(manifest.tasks, len(manifest.statistics))

    def __str__(self) -> str:
        tasks = f"{self.finished:,} of {counted(self.tasks, 'task')} finished"
        lines = [
            f"{counted(self.companies, 'company').replace('companys', 'companies')}, {self.computed:,} of "
            f"{counted(self.settings, 'setting')} computed, {tasks}, in {self.folder}"
        ]
        if not self.is_complete:
            for place, failure in enumerate(self._failures()):
                if place == SHOWN:
                    lines.append("  ...")
                    break
                lines.append(f"  failed: {failure}".replace("\n", "\n    "))
            lines.append("What is missing is tried again by the same call; sweep.failures has the tracebacks.")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return printed(self)


@steady
def sweep(
    companies: Mapping[str, CalibratedModel],
    scenarios: Scenario | Iterable[Scenario] | Mapping[str, Any],
    statistics: Any,
    *,
    until: str | Quarter,
    folder: str | os.PathLike[str],
    seed: int,
    paths: int = 10_000,
    levers: Mapping[str, Iterable[float]] | None = None,
    sampling: str = "random",
    backend: str | None = None,
    workers: int | None = None,
    progress: bool | Callable[[int, int, float | None], Any] | None = None,
) -> Sweep:
    """Statistics of every company under every scenario with every value of the levers, kept in a folder as they come.

    ``companies`` by name: a dict, or a mapping of your own that makes a company when it is asked for one (it is asked
    twice: for the plan, and when a task is sent). ``scenarios`` are the same for all, or a mapping from each company's
    name to its own. ``statistics`` as for ``scan``. ``levers`` are parameters by full name, each with its values; every
    combination is taken. A lever is moved as in a goal seek: the same number on all paths in place of its draws, with
    the scenario's shocks on it. All companies draw from streams of the same names and seed.

    ``folder`` is a path or an address that fsspec knows. The same call again goes on where an earlier one ended,
    however it ended; with more companies, theirs are added. Another sweep in the same folder is refused, and so are
    other versions of this library, NumPy and SciPy, and another text of your own classes. A setting that fails is kept
    as a failure, with company, scenario and traceback, and the rest goes on; the same call tries it again.

    ``backend`` is "threads", "processes", "dask" or "ray" (start a Dask client or Ray beforehand), or None for that of
    the ``joblib.parallel_config`` around the call, else processes; ``workers`` the number of threads or processes. A
    cluster that has no worker for five minutes ends the sweep with an error, and what was finished is kept. Same
    inputs, same seed, same version: the same bits and the same files, whatever the backend, the workers and the order.
    ``progress=True`` shows tasks done and the time left on a terminal; a function is called with them.
    """
    need_pyarrow()
    report = as_report(progress)
    asked = read_asked(statistics, levers, until, paths, seed, sampling)
    crew = Crew(Backend(backend, workers))
    store = Store(Folder(folder))
    plan = make_plan(companies, scenarios, asked)
    with store.folder.held():
        store.begin(manifest_of(plan))
        finished = store.finished(plan.tasks, len(asked.statistics))
        left = [task for task in plan.tasks if task.id not in finished]
        pace = Pace(report, tasks=len(plan.tasks), before=len(finished), cost=sum(task.cost for task in left))
        make, given_up = _making(companies, plan)
        with contextlib.closing(crew.work(left, make, given_up)) as results:
            for task, done in results:
                store.keep(task, asked, plan.settings(task), done)
                pace.step(task.cost)
    return open_sweep(folder)


def open_sweep(folder: str | os.PathLike[str]) -> Sweep:
    """The sweep in a folder, finished or not, to look at its results; every part is checked for being whole."""
    need_pyarrow()
    opened = Folder(folder)
    manifest = _manifest(opened)
    there = opened.names(RESULTS)
    each = len(manifest.statistics)
    finished = computed = 0
    for task in manifest.tasks:
        name = part_name(task)
        missing = settled(opened.read(name), task, each) if name in there else None
        finished += missing == 0
        computed += 0 if missing is None else task.settings - missing
    settings = sum(task.settings for task in manifest.tasks)
    return Sweep(os.fspath(folder), len(manifest.companies), len(manifest.tasks), finished, settings, computed)


def _making(
    companies: Mapping[str, CalibratedModel], plan: Plan
) -> tuple[Callable[[Task], Job], Callable[[Task, str, str], Done]]:
    """What is sent for a task, and what stands for one that nobody could compute."""

    def make(task: Task) -> Job:
        return Job(task.id, task.company, companies[task.company], plan.asked, plan.settings(task))

    def given_up(task: Task, error: str, trace: str) -> Done:
        return failed(task.id, task.company, plan.settings(task), len(plan.asked.statistics), error, trace)

    return make, given_up


def _manifest(folder: Folder) -> Manifest:
    found = read_manifest(folder)
    if found is None:
        raise SweepError(f"there is no sweep in {folder.name!r}. Make one: fc.sweep(..., folder={folder.name!r}).")
    return found
