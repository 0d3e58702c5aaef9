"""The tasks of a stage on the workers of a dask scheduler (docs/cluster.md).

A task finds its files where the stage finds them: all machines see one file system. A worker that
cannot give the same bytes is refused: other code, other packages, or more than one thread. What a
dead worker had is done again by another, a few times.
"""

import logging
import os
import pickle
import sys
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tractable.contracts import BadInput
from tractable.engine import DOING, ONE_THREAD, Say, W

try:
    import cloudpickle
    from distributed import Client, KilledWorker, get_worker, wait
    from distributed.comm import CommClosedError
    from distributed.diagnostics.plugin import Environ
except ModuleNotFoundError as problem:
    raise BadInput(
        f"TRACTABLE_CLUSTER is set, and {problem.name} is not installed: "
        "`pip install 'tractable[cluster]'`, or unset it to compute on this machine"
    ) from problem

SLURM = "slurm"
NOTES = "tractable-notes"  # topic of what tasks report
PATIENCE = 30.0  # s, to reach a scheduler
GLANCE = 1.0  # s, between two looks at why nothing is done


class Place(NamedTuple):
    """Where workers are."""

    client: Client
    watch: Callable[[], None]  # says why nothing is done, or raises that nothing ever will be
    halt: Callable[[], None]  # ends tasks that have begun, for which dask knows no way


class Origin(NamedTuple):
    """Where a stage runs, and with what: its workers have to be the same in all three."""

    folder: str
    code: str
    packages: str


def origin() -> Origin:
    return Origin(os.getcwd(), str(Path(__file__).parent), sys.prefix)


def there(where: str, stage: str, tasks: Sequence[W], say: Say) -> Generator[W, None, None]:
    """Do the tasks on a cluster, and yield each as it is done.

    Parameters
    ----------
    where : ``slurm``, or the address of a scheduler.

    Raises
    ------
    BadInput : of a task, of a place that is none, or of workers that die or cannot be used.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # the rest a stage says itself
    if where == SLURM:
        from tractable.slurm import allocated  # wants more, which an address does not need

        place = allocated(stage, len(tasks), say)
    elif "://" in where:
        place = reached(where, say)
    else:
        raise BadInput(
            f"TRACTABLE_CLUSTER={where!r}: expected slurm or the address of a dask scheduler, "
            "as tcp://node7:8786; unset it to compute on this machine"
        )
    with place as workers:
        yield from spread(workers, tasks, say)


@contextmanager
def reached(address: str, say: Say) -> Iterator[Place]:
    """The workers of a running scheduler, started anew, so that none holds older code.

    Raises
    ------
    BadInput : nobody answers there.
    """
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as problem:
        raise BadInput(
            f"TRACTABLE_CLUSTER={address}: no dask scheduler answers there; "
            "`dask scheduler` starts one (docs/cluster.md)"
        ) from problem
    with client:
        renew = partial(client.register_plugin, Environ(dict.fromkeys(ONE_THREAD, "1")))
        renew()
        yield Place(client, partial(without_workers, client, say), renew)


def without_workers(client: Client, say: Say) -> None:
    if not client.scheduler_info(n_workers=0)["n_workers"]:
        say("waits: the scheduler has no workers; `dask worker` starts one (docs/cluster.md)")


def spread(place: Place, tasks: Sequence[W], say: Say) -> Generator[W, None, None]:
    """Do the tasks on the workers of a scheduler, and yield each as it is done."""
    place.client.subscribe_topic(NOTES, lambda event: say(event[1]))
    run, own = uuid.uuid4().hex, origin()
    futures = {
        place.client.submit(
            at_work, cloudpickle.dumps(task), own, key=f"{task.label} {run}", pure=False
        ): task
        for task in tasks
    }
    todo = set(futures)
    try:
        while todo:
            try:
                ready, todo = wait(todo, timeout=GLANCE, return_when="FIRST_COMPLETED")
            except TimeoutError:
                place.watch()
                continue
            well = {future for future in ready if future.status == "finished"}
            for future in well:
                yield futures.pop(future)
            for future in ready - well:
                result_of(future, futures[future].label)
                yield futures.pop(future)
    except (CancelledError, CommClosedError) as problem:
        raise BadInput(
            "the scheduler went away, or somebody else began a stage on it: each stage starts its "
            "workers anew; what is done is remembered, and `dvc repro` goes on from there"
        ) from problem
    finally:
        if begun := [future for future in todo if not future.done()]:
            place.client.cancel(begun)
            place.halt()


def result_of(future, label: str) -> None:
    """Raise what the task raised, if it did."""
    try:
        future.result()
    except KilledWorker as problem:
        raise BadInput(
            f"{label}: {problem.allowed_failures + 1} workers died over it, the last of them "
            f"{problem.last_worker.address}, for lack of memory perhaps: give each more, and see "
            "their logs (docs/cluster.md); what is done is remembered, and `dvc repro` goes on"
        ) from problem


def at_work(task: bytes, wanted: Origin) -> None:
    """One task, on a worker."""
    refuse_other(wanted)
    os.chdir(wanted.folder)
    DOING.update(tell=partial(get_worker().log_event, NOTES), cores=1)
    pickle.loads(task)()


def refuse_other(wanted: Origin) -> None:
    """Refuse to work where the bytes may be others.

    Raises
    ------
    BadInput : another folder, code or packages, or several threads.
    """
    worker = get_worker()
    told = f"worker {worker.address}"
    if not Path(wanted.folder).is_dir():
        raise BadInput(f"{told}: sees no {wanted.folder}; all machines have to share these files")
    found = origin()
    if (found.code, found.packages) != (wanted.code, wanted.packages):
        raise BadInput(
            f"{told}: runs {found.code} with the packages of {found.packages}, the stage runs "
            f"{wanted.code} with those of {wanted.packages}; start it from the same environment"
        )
    several = [name for name in ONE_THREAD if os.environ.get(name) != "1"]
    if worker.state.nthreads != 1 or several:
        what = " and ".join([f"{name}=1" for name in several] or ["--nthreads 1"])
        raise BadInput(
            f"{told}: more than one thread gives other bytes; start it with {what}, and let dask "
            "have its nanny (docs/cluster.md)"
        )
