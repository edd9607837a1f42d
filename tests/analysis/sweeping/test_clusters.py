"""The same call on threads, processes, Dask and Ray: the same files, byte for byte; a killed worker costs nothing."""

import os
import signal
import warnings
from pathlib import Path as File

import pytest

from forecast.analysis.goal import Goal
from forecast.analysis.statistic import Quantile
from forecast.analysis.sweep import sweep
from forecast.analysis.sweeping import plan
from forecast.calibration import calibrate
from forecast.distributions import normal
from forecast.drivers import Formula, Path
from forecast.errors import SweepError
from forecast.model import Model, assume
from forecast.scenario import Scenario
from forecast.shocks import Add

pytestmark = pytest.mark.filterwarnings("default")
"""What Dask and Ray warn of when they start and stop is theirs."""

CELLS = 500_000


def firm(mean):
    push = Path("push", value=assume(0.0, role="lever"))
    return calibrate(Model(push, Path("luck", value=normal(mean, 1)), Formula("profit = luck + push")), first="2026Q1")


def swept(folder, backend, paths=2_000, **options):
    asked = {"won": Goal("profit", at_least=0, over="quarter"), "median": Quantile("profit", 0.5, at="2027Q4")}
    return sweep(
        {f"firm {number}": firm(number / 10) for number in range(8)},
        [Scenario("base"), Scenario("up", Add("luck", 0.5))],
        asked,
        levers={"push.value": [-0.5, 0.0, 0.5]},
        until="2027Q4",
        paths=paths,
        seed=7,
        folder=folder,
        backend=backend,
        **options,
    )


def parts(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in File(folder).glob("results/*/*")}


@pytest.fixture(autouse=True)
def small_tasks(monkeypatch):
    monkeypatch.setattr(plan, "CELLS", CELLS)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("threads")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "CELLS", CELLS)
        assert swept(folder, "threads", workers=2).is_complete
    return parts(folder)


@pytest.fixture(scope="module")
def dask_client():
    distributed = pytest.importorskip("distributed")
    with (
        warnings.catch_warnings(action="ignore"),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def ray_of_two():
    ray = pytest.importorskip("ray")
    with warnings.catch_warnings(action="ignore"):
        ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
        yield ray
        ray.shutdown()


def test_processes(tmp_path, undisturbed):
    assert swept(tmp_path, "processes", workers=2).is_complete
    assert parts(tmp_path) == undisturbed


def test_dask(tmp_path, undisturbed, dask_client):
    assert swept(tmp_path, "dask").is_complete
    assert parts(tmp_path) == undisturbed


def test_a_killed_worker_of_dask_costs_nothing(tmp_path, undisturbed, dask_client):
    pids = list(dask_client.run(os.getpid).values())
    killed = []

    def kill(done, tasks, left):
        if done == 2 and not killed:
            killed.append(pids[0])
            os.kill(pids[0], signal.SIGKILL)

    found = swept(tmp_path, "dask", progress=kill)
    assert killed
    assert found.is_complete
    assert found.failures == ()
    assert parts(tmp_path) == undisturbed


def test_ray_goes_on_where_threads_were_stopped(tmp_path, undisturbed, ray_of_two):
    def stop(done, tasks, left):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        swept(tmp_path, "threads", workers=2, progress=stop)
    assert len(parts(tmp_path)) == 3
    assert swept(tmp_path, "ray").is_complete
    assert parts(tmp_path) == undisturbed


def test_a_cluster_that_is_not_started_is_asked_for(tmp_path, monkeypatch):
    distributed, ray = pytest.importorskip("distributed"), pytest.importorskip("ray")

    def nobody():
        raise ValueError("No global client found and no address provided")

    monkeypatch.setattr(distributed, "get_client", nobody)
    with pytest.raises(SweepError) as refused:
        swept(tmp_path, "dask")
    assert str(refused.value) == (
        "there is no Dask client. Start one, or join a cluster, beforehand: dask.distributed.Client()."
    )
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with pytest.raises(SweepError) as refused:
        swept(tmp_path, "ray")
    assert str(refused.value) == "Ray is not started. Start it, or join a cluster, beforehand: ray.init()."
