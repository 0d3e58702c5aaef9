"""Where the tasks of a stage are done: in processes here, or on a cluster (docs/cluster.md).

Two settings of the environment, neither of which changes a byte: ``TRACTABLE_CLUSTER`` (nothing:
processes on this machine; ``slurm``; or the address of a dask scheduler, ``tcp://HOST:PORT``) and
``TRACTABLE_WORKERS`` (processes at most). Everywhere a process does one task at a time, by one
thread.
"""

import multiprocessing.connection
import os
from collections.abc import Callable, Collection, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from importlib import import_module
from itertools import islice
from multiprocessing.queues import SimpleQueue
from threading import Thread
from typing import Any, NoReturn, Protocol, TypeVar, runtime_checkable

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Task as Bar
from rich.text import Text

from tractable.contracts import BadInput

#: One thread per process: two threads give other bytes than one, and no speed on small arrays.
#: Libraries look there when they are loaded: it binds processes spawned later, not the one that
#: sets it. What computes in a stage's own process (the segmenter) must tell torch itself.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

#: Its module is not among what decides about results, so it is no dependency of any stage and is
#: loaded only where it is asked for.
CLUSTER = "tractable.cluster"

#: Of this process: its task, its cores, and who is to be told how it gets on.
DOING: dict[str, Any] = {}


@runtime_checkable
class Work(Protocol):
    """Something to be done, which says nothing but that it failed."""

    @property
    def label(self) -> str: ...

    def __call__(self) -> None: ...


W = TypeVar("W", bound=Work)
Say = Callable[[str], None]


def report(words: str) -> None:
    """Let whoever watches the stage see how its task is getting on; elsewhere nothing happens."""
    if "tell" in DOING:
        DOING["tell"](f"{DOING['task']}  {words}")


def cores() -> int:
    """That this process may use: its share, where others do tasks beside it."""
    if "cores" in DOING:
        return DOING["cores"]
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def at_most() -> int | None:
    """Processes that the environment allows; None: it does not say.

    Raises
    ------
    BadInput : no number of processes.
    """
    many = os.environ.get("TRACTABLE_WORKERS")
    if many is not None and not (many.isdigit() and int(many)):
        raise BadInput(f"TRACTABLE_WORKERS={many!r}: expected a number of processes, at least 1")
    return None if many is None else int(many)


def finished(stage: str, tasks: Sequence[W]) -> Generator[W, None, None]:
    """Do the tasks where the environment says, and yield each as it is done, with progress.

    Raises
    ------
    BadInput : of a task, a process was killed, or no such place.
    """
    where = os.environ.get("TRACTABLE_CLUSTER", "")
    look = BarColumn(), MofNCompleteColumn(), Rate(), TimeElapsedColumn()
    with Progress(*look, TextColumn("{task.description}")) as progress:
        bar = progress.add_task(stage, total=len(tasks))

        def say(words: str) -> None:
            progress.update(bar, description=words)

        done = import_module(CLUSTER).there(where, stage, tasks, say) if where else here(tasks, say)
        with closing(done):
            for task in done:
                progress.update(bar, advance=1, description=task.label)
                yield task


class Rate(ProgressColumn):
    """Tasks done per minute."""

    def render(self, task: Bar) -> Text:
        minutes = (task.finished_time or task.elapsed or 0) / 60
        return Text(f"{task.completed / minutes:.3g}/min" if minutes and task.completed else "")


def here(tasks: Sequence[W], say: Say) -> Generator[W, None, None]:
    """Do the tasks in spawned processes of this machine, as many as it has cores.

    Where one fails this is said, no other is begun, and those that had been are still yielded, to
    be remembered.
    """
    for name in ONE_THREAD:
        os.environ[name] = "1"
    spawn = multiprocessing.get_context("spawn")
    workers = min(len(tasks), at_most() or cores())
    share = max(1, cores() // workers)
    notes = spawn.SimpleQueue()
    Thread(target=show, args=(notes, say), daemon=True).start()
    with ProcessPoolExecutor(workers, spawn, begin_work, (notes, share)) as pool:
        try:
            yield from those_done(pool.submit, tasks, workers)
        except BrokenProcessPool as problem:
            raise BadInput(
                "a process was killed, for lack of memory perhaps: TRACTABLE_WORKERS=1 runs one "
                "at a time; what is done is remembered, and `dvc repro` goes on from there"
            ) from problem
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def those_done(
    submit: Callable[[W], Future], tasks: Sequence[W], at_once: int
) -> Generator[W, None, None]:
    """Tasks as they are done; what the first of them raised that failed is raised at the end."""
    begun: dict[Future, W] = {}
    to_begin, failed = iter(tasks), None
    ready: set[Future] = set()
    while True:
        ended = [(begun.pop(future), future.exception()) for future in ready]
        if failed is None and (failed := next(filter(None, (of for _, of in ended)), None)):
            say_failure(failed, ended, begun.values())
        if failed is None:
            begun |= {submit(task): task for task in islice(to_begin, at_once - len(begun))}
        yield from (task for task, problem in ended if problem is None)
        if not begun:
            break
        ready, _ = wait(begun, return_when=FIRST_COMPLETED)
    if failed:
        raise failed


def say_failure(
    failed: BaseException, ended: list[tuple[W, BaseException | None]], begun: Collection[W]
) -> None:
    """Say at once what failed, where others are at work and the message itself has to wait."""
    if begun and not isinstance(failed, BrokenProcessPool):
        (label, *_) = (task.label for task, problem in ended if problem is failed)
        others = ", ".join(task.label for task in begun)
        print(f"{label} failed; still at work, to be remembered: {others}", flush=True)


def begin_work(notes: SimpleQueue, share: int) -> None:
    """A new process of the pool learns where to report, and does not outlive who wants its work."""
    DOING.update(tell=notes.put, cores=share)
    if parent := multiprocessing.parent_process():
        Thread(target=end_with, args=(parent.sentinel,), daemon=True).start()


def end_with(sentinel: int) -> NoReturn:
    """End this process when another does: a stage that is killed could not tell it to."""
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


def show(notes: SimpleQueue, say: Say) -> NoReturn:
    """What the processes report, beside the bar.

    Nobody tells it when there is no more: a killed process may have taken the queue's lock with it,
    and whoever puts a last word waits for ever.
    """
    while True:
        say(notes.get())
