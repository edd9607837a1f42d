"""Sweeps that come to harm: ``python faulty.py WHAT FOLDER`` makes them and prints what was left, as JSON."""

import contextlib
import json
import os
import random
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import forecast as fc
from forecast.analysis.sweep import open_sweep, sweep
from forecast.analysis.sweeping import files, plan
from forecast.errors import SweepError
from forecast.lines import Line
from forecast.model import Fit

GOAL = fc.Goal("profit", at_least=0, over="quarter")
ASKED = {"won": GOAL, "median": fc.Quantile("profit", 0.5, at="2027Q4")}
SCENARIOS = [fc.Scenario("base"), fc.Scenario("up", fc.shocks.Add("luck", 0.5))]


@dataclass(frozen=True)
class Deadly:
    """A driver that ends the process that computes it."""

    line: str

    def describe(self):
        return Line(self.line)

    def parameters(self):
        return ()

    def reads(self):
        return ()

    def noises(self):
        return ()

    def records(self):
        return ()

    def last(self, own):
        return None

    def identity(self):
        return None

    def calibrate(self, past):
        return Fit()

    def step(self, now):
        os.kill(os.getpid(), signal.SIGKILL)


def firm(mean, *more):
    push = fc.drivers.Path("push", value=fc.assume(0.0, role="lever"))
    luck = fc.drivers.Path("luck", value=fc.normal(mean, 1))
    return fc.calibrate(fc.Model(push, luck, *more, fc.drivers.Formula("profit = luck + push")), first="2026Q1")


def make(folder, companies=12, *, paths=2_000, cells=1_000_000, backend="threads", **options):
    plan.CELLS = cells  # few tasks a firm
    chosen = (
        {f"firm {number}": firm(number / 20) for number in range(companies)}
        if isinstance(companies, int)
        else companies
    )
    levers = {"push.value": [-0.5, 0.0, 0.5]}
    common = {"until": "2027Q4", "seed": 7, "levers": levers, "workers": 2}
    return sweep(chosen, SCENARIOS, ASKED, folder=folder, paths=paths, backend=backend, **common, **options)


def parts(folder):
    found = [file for file in Path(folder).glob("results/**/*") if file.is_file()]
    return {str(file.relative_to(folder)): file.read_bytes() for file in found}


def whole(folder):
    """The parts that are in their places, each of which must be whole; (inode, time of writing) tell them apart."""
    found = {}
    for name in parts(folder) if Path(folder).exists() else ():
        if not name.endswith(files.PART):
            status = (Path(folder) / name).stat()
            found[name] = status.st_ino, status.st_mtime_ns
    readable = 0
    if (Path(folder) / "sweep.json").exists():
        opened = open_sweep(folder)
        readable = opened.finished
        assert opened.failures == ()
    return found, readable


def forked(work):
    """The process of its own that does some work."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def told(folder, undisturbed):
    """What was there after the harm, and after the same call again."""
    before, readable = whole(folder)
    code = ended(forked(lambda: make(folder)))
    after, finished = whole(folder)
    return {
        "there": len(before),
        "readable": readable,
        "resumed": code == 0,
        "untouched": all(after.get(name) == status for name, status in before.items()),
        "finished": finished,
        "same": parts(folder) == undisturbed,
        "same names": sorted(path.name for path in Path(folder).iterdir()),
    }


def kills(folder, times):
    """The driver is killed at random moments of its work, each time in a new folder."""
    chance = random.Random(7)
    firms = {f"firm {number}": firm(number / 20) for number in range(12)}
    make(folder / "warm", firms)  # what is imported on the way is not imported by every process of these
    assert ended(forked(lambda: make(folder / "whole", firms))) == 0
    began = time.monotonic()
    assert ended(forked(lambda: make(folder / "timed", firms))) == 0
    seconds = time.monotonic() - began
    undisturbed = parts(folder / "whole")
    rounds = []
    for number in range(times):
        one = folder / str(number)
        child = forked(lambda one=one: make(one, firms))
        time.sleep(chance.uniform(0.0, 0.95 * seconds))
        os.kill(child, signal.SIGKILL)
        ended(child)
        rounds.append(told(one, undisturbed))
    return {"tasks": len(undisturbed), "rounds": rounds}


class Cut:
    """``os`` for the module that writes, until the power fails: before its n-th step or half-way in its n-th write."""

    STEPS = ("open", "write", "fsync", "close", "replace", "makedirs")

    def __init__(self, at, when):
        self.left, self.when = at, when

    def __getattr__(self, name):
        done = getattr(os, name)
        if name not in (("write",) if self.when == "half" else self.STEPS):
            return done

        def step(*arguments, **options):
            self.left -= 1
            if self.left == 0 and self.when == "before":
                os._exit(9)
            if self.left == 0:
                done(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                os._exit(9)
            return done(*arguments, **options)

        return step


def cuts(folder):
    """The process ends at every single step of its writing, in a sweep of one firm."""

    def small(one, cut=None):
        if cut is not None:
            files.os = cut
        make(one, 1, paths=100)

    small(folder / "warm")
    assert ended(forked(lambda: small(folder / "whole"))) == 0
    undisturbed = parts(folder / "whole")
    rounds = []
    for when in ("before", "half"):
        for at in range(1, 1_000):
            one = folder / f"{when} {at}"
            code = ended(forked(lambda one=one, at=at, when=when: small(one, Cut(at, when))))
            before, readable = whole(one)
            again = ended(forked(lambda one=one: small(one)))
            finished = whole(one)[1]
            rounds.append(
                {
                    "when": when,
                    "cut": code == 9,
                    "there": len(before),
                    "readable": readable,
                    "resumed": again == 0,
                    "finished": finished,
                    "same": parts(one) == undisturbed,
                }
            )
            if code == 0:
                break
    return {"tasks": len(undisturbed), "rounds": rounds}


def limit(folder):
    """The system refuses files of more than 100 bytes (EFBIG) once three tasks are done."""
    import resource

    def tighten(done, tasks, left):
        if done == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))

    error = None
    try:
        make(folder / "one", progress=tighten)
    except SweepError as problem:
        error = str(problem)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    make(folder / "whole")
    strays = [name for name in parts(folder / "one") if name.endswith(files.PART)]
    rows = int(open_sweep(folder / "one").query("select count(*) as rows from results")["rows"][0])
    return {"error": error, "strays": strays, "rows": rows, **told(folder / "one", parts(folder / "whole"))}


def descendants(word):
    """The processes that this one, or one of these, started and that have a word in their command (Linux)."""
    parents, named = {}, []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            if word in (place / "cmdline").read_text():
                named.append(int(place.name))
        except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            continue

    def ours(pid):
        return pid == os.getpid() or (pid in parents and ours(parents[pid]))

    return [pid for pid in named if pid != os.getpid() and ours(pid)]


def workers(folder, times):
    """Workers of joblib's processes are killed at random moments while the driver goes on."""
    chance = random.Random(7)
    killed = []
    over = threading.Event()

    def kill():
        while len(killed) < times and not over.wait(chance.uniform(0.05, 0.5)):
            if pids := descendants("popen_loky"):
                one = chance.choice(pids)
                os.kill(one, signal.SIGKILL)
                killed.append(one)

    assert ended(forked(lambda: make(folder / "whole", paths=20_000))) == 0
    rounds = []
    for number in range(8):  # a sweep may be over before its workers are seen
        over.clear()
        killer = threading.Thread(target=kill)
        killer.start()
        made = make(folder / str(number), paths=20_000, backend="processes")
        over.set()
        killer.join()
        rounds.append((made.is_complete, len(made.failures), parts(folder / str(number)) == parts(folder / "whole")))
        if killed:
            break
    return {
        "killed": len(killed),
        "complete": all(complete for complete, _, _ in rounds),
        "failures": sum(failures for _, failures, _ in rounds),
        "same": all(same for _, _, same in rounds),
    }


def cluster_workers(folder, backend, times):
    """Workers of a Dask or Ray cluster are killed in the midst of a sweep, one in each of several sweeps."""
    assert ended(forked(lambda: make(folder / "whole", paths=20_000))) == 0
    undisturbed = parts(folder / "whole")
    rounds = []
    with started(backend) as at_work:
        for number in range(times):
            killed = []

            def kill(done, tasks, left, killed=killed):
                until = time.monotonic() + 5
                while done == 2 and not killed and time.monotonic() < until:
                    with contextlib.suppress(ProcessLookupError):  # it may have ended meanwhile
                        for pid in at_work()[:1]:
                            os.kill(pid, signal.SIGKILL)
                            killed.append(pid)

            made = make(folder / str(number), paths=20_000, backend=backend, progress=kill)
            same = parts(folder / str(number)) == undisturbed
            rounds.append((len(killed), made.is_complete and not made.failures and same))
    return {"killed": sum(killed for killed, _ in rounds), "survived": sum(killed for killed, fine in rounds if fine)}


@contextlib.contextmanager
def started(backend):
    """A cluster of two workers; gives what finds the processes that work for it."""
    if backend == "dask":
        import distributed

        with (
            distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield lambda: list(client.run(os.getpid, on_error="ignore").values())
        return
    import ray

    ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    yield lambda: descendants("ray::_called")
    ray.shutdown()


def deadly(folder):
    """One firm of five kills whoever computes it."""
    firms = {f"firm {number}": firm(number / 20) for number in range(4)}
    firms["deadly"] = firm(0.0, Deadly("aside"))
    made = make(folder, firms, paths=100, backend="processes")
    return {"computed": made.computed, "failed": [[one.company, one.scenario, one.error] for one in made.failures]}


if __name__ == "__main__":
    what, place, *more = sys.argv[1:]
    print(json.dumps(globals()[what](Path(place), *(int(word) if word.isdigit() else word for word in more))))
