"""Clusters: the workers of Dask and Ray behind a backend of joblib, which does not wait for ever when all are gone."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from joblib.parallel import ParallelBackendBase

from forecast.analysis.sweeping.work import Dead
from forecast.errors import SweepError

PATIENCE = 300.0
"""Seconds without any worker after which a sweep ends: long enough for a lost machine to be replaced."""

POLL = 1.0
"""Seconds without an answer after which the workers are counted."""

ANSWER = 5.0
"""Seconds in which a scheduler says how many workers it has; one that does not has none."""

Tell = Callable[[Any, BaseException | None], None]
"""What is told of a call, from any thread: what it returned, or why it did not."""


class Cluster(Protocol):
    """Workers that somebody else has started."""

    name: str

    def processors(self) -> int:
        """How many calls run at once now."""

    def send(self, call: Callable[[], Any], tell: Tell) -> Any:
        """Have a call made by a worker; what comes back takes it back."""

    def take_back(self, sent: Any) -> None:
        """Let go of a call that nobody waits for any more."""


class Dask:
    """The workers of the Dask client that was started last."""

    name = "Dask"

    def __init__(self) -> None:
        try:
            from distributed import get_client
        except ImportError:
            raise SweepError("this backend is Dask. Install it: pip install 'forecast-scenarios[dask]'.") from None
        try:
            self._client: Any = get_client()
        except ValueError:
            raise SweepError(
                "there is no Dask client. Start one, or join a cluster, beforehand: dask.distributed.Client()."
            ) from None

    def processors(self) -> int:
        """Threads of all workers."""
        try:
            counted = self._client.sync(self._client.scheduler.ncores, callback_timeout=ANSWER)
        except Exception:  # the scheduler is gone, or its connection: whatever it raises, it has no workers for us
            return 0
        return sum(counted.values())

    def send(self, call: Callable[[], Any], tell: Tell) -> Any:
        """A future of Dask's, told from the client's own loop."""
        future = self._client.submit(call, key=f"sweep-{uuid4().hex}", pure=False)

        async def follow() -> None:
            try:
                returned = await future
            except BaseException as problem:  # a cancelled one is no Exception
                tell(None, problem)
            else:
                tell(returned, None)

        self._client.loop.add_callback(follow)
        return future

    def take_back(self, sent: Any) -> None:
        """Dask forgets what nobody holds."""
        sent.release()


class Ray:
    """The workers of the Ray that this process has started or joined."""

    name = "Ray"

    def __init__(self) -> None:
        try:
            import ray
        except ImportError:
            raise SweepError("this backend is Ray. Install it: pip install 'forecast-scenarios[ray]'.") from None
        if not ray.is_initialized():
            raise SweepError("Ray is not started. Start it, or join a cluster, beforehand: ray.init().")
        self._ray: Any = ray
        # no retries of Ray's own: a task that kills its worker is looked for by the crew
        self._called = ray.remote(num_cpus=1, max_retries=0)(_called)

    def processors(self) -> int:
        """Processors of all nodes that are alive."""
        try:
            return int(self._ray.cluster_resources().get("CPU", 0))
        except Exception:  # as with Dask
            return 0

    def send(self, call: Callable[[], Any], tell: Tell) -> Any:
        """A reference of Ray's, told from one of its threads."""
        sent = self._called.remote(call)

        def done(future: Any) -> None:
            problem = future.exception()
            tell(None if problem else future.result(), problem)

        sent.future().add_done_callback(done)
        return sent

    def take_back(self, sent: Any) -> None:
        """Whether it runs or waits."""
        self._ray.cancel(sent)


@dataclass(slots=True)
class _Away:
    """A batch that was sent: the tasks in it, whom to call, and how to take it back once it is on its way."""

    jobs: Sequence[Any]
    callback: Callable[[Any], Any]
    sent: Any = None


class OnCluster(ParallelBackendBase):  # type: ignore[misc]
    """Joblib's backend on a cluster: results come as they are done, and a task whose worker died as ``Dead``.

    A thread of this process hands the answers over. While none comes it counts the workers; without any for
    ``PATIENCE`` seconds every task that is away comes back as ``Dead``, of a ``SweepError`` that says so.
    """

    supports_retrieve_callback = True

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(nesting_level=0)
        self.cluster = cluster
        self._away: dict[str, _Away] = {}
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        """How many calls run at once; waits for the first worker. Two at least: joblib sends nothing to one."""
        found = self.cluster.processors() or self._first()
        return max(found, 2)

    def start_call(self) -> None:
        """Begin to hand answers over."""
        self._away, self._answers = {}, queue.SimpleQueue()
        threading.Thread(target=self._collect, args=(self._answers, self._away), daemon=True).start()

    def stop_call(self) -> None:
        """Hand over no more."""
        self._answers.put(None)

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Take back what is away."""
        several = list(self._away.values())
        self._away.clear()
        for one in several:
            self._let_go(one.sent)

    def submit(self, func: Any, callback: Any = None) -> Any:
        """Send a batch; what cannot be sent comes back like one whose worker died."""
        jobs = [job for _, args, _ in func.items for job in (args[0] if args else ())]
        name, answers = uuid4().hex, self._answers
        self._away[name] = one = _Away(jobs, callback)
        try:
            one.sent = self.cluster.send(func, lambda returned, problem: answers.put((name, returned, problem)))
        except Exception as problem:
            answers.put((name, None, problem))
        return name

    def retrieve_result_callback(self, out: Any) -> Any:
        """What a batch returned; a batch without tasks, which only tries the workers, raises what it met."""
        if isinstance(out, BaseException):
            raise out
        return out

    def _first(self) -> int:
        """Wait for workers; a cluster that grows by need must see one."""
        sent = None
        with contextlib.suppress(Exception):  # where nobody is there to take it
            sent = self.cluster.send(_nothing, lambda *_: None)
        until = time.monotonic() + PATIENCE
        while not (found := self.cluster.processors()):
            if time.monotonic() > until:
                self._let_go(sent)
                raise self._deserted()
            time.sleep(min(POLL, PATIENCE))
        self._let_go(sent)
        return found

    def _let_go(self, sent: Any) -> None:
        if sent is not None:
            with contextlib.suppress(Exception):  # the cluster may be gone
                self.cluster.take_back(sent)

    def _collect(self, answers: queue.SimpleQueue[Any], away: dict[str, _Away]) -> None:
        seen = time.monotonic()
        while True:
            try:
                answer = answers.get(timeout=POLL)
            except queue.Empty:
                if not away or self.cluster.processors():
                    seen = time.monotonic()
                elif time.monotonic() - seen > PATIENCE:
                    for name in list(away):
                        self._hand_over(away, name, None, self._deserted())
                continue
            if answer is None:
                return
            self._hand_over(away, *answer)
            seen = time.monotonic()

    def _hand_over(self, away: dict[str, _Away], name: str, returned: Any, problem: BaseException | None) -> None:
        one = away.pop(name, None)
        if one is None:
            return
        if problem is not None:
            returned = [[Dead(job.id, problem) for job in one.jobs]] if one.jobs else problem
        one.callback(returned)

    def _deserted(self) -> SweepError:
        return SweepError(
            f"the {self.cluster.name} cluster has had no worker for {PATIENCE:g} seconds. What was finished is kept: "
            "start workers, or another cluster, and make the same call again."
        )


def _called(call: Callable[[], Any]) -> Any:
    return call()


def _nothing() -> None:
    """What a cluster without workers is asked, so that it gets some."""
