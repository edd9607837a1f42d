"""The same call on threads, processes, Dask and Ray: the same files, byte for byte; a killed worker costs nothing."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path as File

import pytest

from forecast.analysis.goal import Goal
from forecast.analysis.statistic import Quantile
from forecast.analysis.sweep import sweep
from forecast.analysis.sweeping import clusters, plan
from forecast.calibration import calibrate
from forecast.distributions import normal
from forecast.drivers import Formula, Path
from forecast.errors import SweepError
from forecast.model import Model, assume
from forecast.scenario import Scenario
from forecast.shocks import Add
from tests.analysis.sweeping.faulty import descendants

pytestmark = pytest.mark.filterwarnings("default")
"""What Dask and Ray warn of when they start and stop is theirs."""

CELLS = 500_000

GONE = (
    "the {} cluster has had no worker for 2 seconds. What was finished is kept: start workers, or another cluster, and "
    "make the same call again."
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="these processes are found as Linux tells them")


def firm(mean):
    push = Path("push", value=assume(0.0, role="lever"))
    return calibrate(Model(push, Path("luck", value=normal(mean, 1)), Formula("profit = luck + push")), first="2026Q1")


FIRMS = {f"firm {number}": firm(number / 10) for number in range(8)}


class Held(dict):
    """The firms, of which the last is not sent before something has happened."""

    def __init__(self, happened):
        super().__init__(FIRMS)
        self.happened, self.planned = happened, False

    def __getitem__(self, name):
        if name == "firm 7":
            assert not self.planned or self.happened.wait(60)
            self.planned = True
        return super().__getitem__(name)


def swept(folder, backend, paths=2_000, companies=FIRMS, **options):
    asked = {"won": Goal("profit", at_least=0, over="quarter"), "median": Quantile("profit", 0.5, at="2027Q4")}
    return sweep(
        companies,
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


class Fake:
    """A cluster of the test's own, in this process: it has workers once it was asked for something."""

    name = "fake"
    refused = None

    def __init__(self):
        self.found = 0

    def processors(self):
        return self.found

    def send(self, call, tell):
        if self.refused in [job.name for _, given, _ in getattr(call, "items", []) for jobs in given for job in jobs]:
            raise TypeError("cannot pickle '_thread.lock' object")
        self.found = 2
        threading.Thread(target=lambda: tell(call(), None)).start()

    def take_back(self, sent):
        pass


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
    distributed, dask = pytest.importorskip("distributed"), pytest.importorskip("dask")
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "5s"}),  # how long a dead worker is asked for its results
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


@linux
def test_a_killed_worker_of_ray_costs_nothing(tmp_path, ray_of_two):
    killed = []

    def kill(done, tasks, left):
        until = time.monotonic() + 10
        while done == 2 and not killed and time.monotonic() < until:
            for pid in descendants("ray::_called"):  # one that is at work
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    found = swept(tmp_path / "killed", "ray", paths=20_000, progress=kill)
    assert killed
    assert found.is_complete
    assert found.failures == ()
    swept(tmp_path / "undisturbed", "threads", paths=20_000)
    assert parts(tmp_path / "killed") == parts(tmp_path / "undisturbed")


def test_a_dask_cluster_without_workers_ends_the_sweep_and_keeps_what_was_finished(tmp_path, undisturbed, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(clusters, "PATIENCE", 2.0)
    with (
        warnings.catch_warnings(action="ignore"),
        distributed.LocalCluster(n_workers=0, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        # without a nanny nobody starts it again
        command = ["distributed.cli.dask_worker", cluster.scheduler_address, "--no-nanny", "--nthreads", "1"]
        killed = threading.Event()
        with (
            subprocess.Popen([sys.executable, "-m", *command, "--no-dashboard"], stderr=subprocess.DEVNULL) as worker,
            contextlib.ExitStack() as later,
        ):
            later.callback(worker.kill)
            client.wait_for_workers(1, timeout=60)

            def kill(done, tasks, left):
                if done == 2:
                    worker.kill()
                    worker.wait()
                    killed.set()

            with pytest.raises(SweepError) as ended:
                swept(tmp_path, "dask", companies=Held(killed), progress=kill)
        assert str(ended.value) == GONE.format("Dask")
        there = parts(tmp_path)
        assert 2 <= len(there) < len(undisturbed)
        with pytest.raises(SweepError) as ended:  # nor does a sweep begin without any
            swept(tmp_path, "dask")
        assert str(ended.value) == GONE.format("Dask")
    assert parts(tmp_path) == there
    assert swept(tmp_path, "threads", workers=2).is_complete
    assert parts(tmp_path) == undisturbed


@linux
def test_ray_without_a_node_ends_the_sweep_and_keeps_what_was_finished(tmp_path, undisturbed, ray_of_two, monkeypatch):
    monkeypatch.setattr(clusters, "PATIENCE", 2.0)
    killed = threading.Event()

    def kill(done, tasks, left):
        if done == 2:
            # the node first, so that it starts no other workers; its workers may outlive it a little
            for pid in [*descendants("raylet/raylet"), *descendants("ray::")]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            killed.set()

    with pytest.raises(SweepError) as ended:
        swept(tmp_path, "ray", companies=Held(killed), progress=kill)
    assert str(ended.value) == GONE.format("Ray")
    assert 2 <= len(parts(tmp_path)) < len(undisturbed)
    assert swept(tmp_path, "threads", workers=2).is_complete
    assert parts(tmp_path) == undisturbed


def test_a_cluster_that_grows_when_it_is_asked_for_something(tmp_path, undisturbed, monkeypatch):
    monkeypatch.setattr(clusters, "Dask", Fake)
    monkeypatch.setattr(clusters, "POLL", 0.01)
    assert swept(tmp_path, "dask").is_complete
    assert parts(tmp_path) == undisturbed


def test_a_cluster_that_is_gone_before_the_sweep_begins(tmp_path, monkeypatch):
    class Gone(Fake):
        def send(self, call, tell):
            raise RuntimeError("the client is closed")

    monkeypatch.setattr(clusters, "Dask", Gone)
    monkeypatch.setattr(clusters, "PATIENCE", 0.05)
    with pytest.raises(SweepError, match=r"the fake cluster has had no worker for 0\.05 seconds\."):
        swept(tmp_path, "dask")


def test_a_cluster_whose_workers_leave_in_the_midst(tmp_path, undisturbed, monkeypatch):
    class Leaving(Fake):
        sent = 0

        def processors(self):
            return 0 if self.sent > 3 else 2

        def send(self, call, tell):
            self.sent += 1
            if self.sent <= 3:
                super().send(call, tell)

    monkeypatch.setattr(clusters, "Dask", Leaving)
    monkeypatch.setattr(clusters, "PATIENCE", 0.05)
    monkeypatch.setattr(clusters, "POLL", 0.01)
    with pytest.raises(SweepError, match=r"the fake cluster has had no worker for 0\.05 seconds\."):
        swept(tmp_path, "dask")
    there = parts(tmp_path)
    assert 0 < len(there) < len(undisturbed)
    assert there.items() <= undisturbed.items()


def test_what_cannot_be_sent_to_a_cluster_is_given_up_and_the_rest_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(clusters, "Dask", Fake)
    monkeypatch.setattr(clusters, "POLL", 0.01)
    monkeypatch.setattr(Fake, "refused", "firm 3")
    found = swept(tmp_path, "dask")
    assert (found.computed, found.settings) == (42, 48)
    assert {one.company for one in found.failures} == {"firm 3"}
    for one in found.failures:
        assert one.error.startswith(
            "it was lost each time, also with nothing beside it (TypeError: cannot pickle '_thread.lock' object)."
        )


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
