"""Workers as jobs of Slurm, as many as there are tasks to do, from when a stage starts to its end.

What a job asks for is dask-jobqueue's to say, in its own file or in the environment: partition,
walltime, memory, account and so on (docs/cluster.md).
"""

import math
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, time

import dask
from distributed import Client

from tractable.cluster import Place
from tractable.contracts import BadInput
from tractable.engine import ONE_THREAD, Say, at_most

#: dask-jobqueue takes Ctrl-C for itself when it is loaded: a stage would end with status 0, and DVC
#: would take what is half done for whole.
INTERRUPT = signal.getsignal(signal.SIGINT)
try:
    from dask_jobqueue import SLURMCluster
except ModuleNotFoundError as problem:
    raise BadInput(
        "TRACTABLE_CLUSTER=slurm wants dask-jobqueue: `pip install 'tractable[cluster]'`"
    ) from problem
signal.signal(signal.SIGINT, INTERRUPT)

LOGS = Path(".cluster")  #: a folder of each stage, a file of each job
MEMORY = "3 GB"  #: of a job that nobody gave another, enough for the largest task of the pipeline
PATIENCE = 30.0  # s without a worker and without a job of ours in the queue
BUSY = 5.0  # s without a look, in which tasks came back
ADVICE = (
    "DASK_JOBQUEUE__SLURM__QUEUE, ...MEMORY, ...WALLTIME, ...ACCOUNT say what a job asks for "
    "(docs/cluster.md)"
)
SHOWN = 2000  # characters of a log
#: Reasons that no patience helps against.
NEVER = ("PartitionTimeLimit", "PartitionNodeLimit", "BadConstraints", "InvalidAccount")


@contextmanager
def allocated(stage: str, tasks: int, say: Say) -> Iterator[Place]:
    """Jobs that come and go with the work there is, and are cancelled at the end.

    Raises
    ------
    BadInput : Slurm is not here, or would never start such a job.
    """
    given = {name: dask.config.get(f"jobqueue.slurm.{name}", None) for name in GIVEN}
    cores = given["cores"] or 1
    logs = LOGS / stage
    logs.mkdir(parents=True, exist_ok=True)
    options = given["scheduler-options"] or {}
    with (
        dask.config.set({"distributed.scheduler.worker-saturation": 1.0}),
        SLURMCluster(
            cores=cores,
            processes=cores,  # of one thread each
            memory=given["memory"] or MEMORY,
            job_name=f"tractable-{stage}",
            log_directory=str(logs),
            job_script_prologue=[
                *(given["job-script-prologue"] or []),
                *(f"export {name}=1" for name in ONE_THREAD),
                "export DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE=False",  # it would wait for ever
            ],
            scheduler_options={"dashboard": False, "dashboard_address": ":0"} | options,
        ) as cluster,
    ):
        refuse(cluster.job_script())
        jobs = math.ceil(min(tasks, at_most() or tasks) / cores)
        # A worker for every task, however short: how long one takes is not known beforehand.
        cluster.adapt(minimum_jobs=0, maximum_jobs=jobs, target_duration="1ms")
        with Client(cluster) as client:
            yield Place(client, Queue(cluster, client, logs, say), lambda: None)  # jobs end with it


GIVEN = ("cores", "memory", "job-script-prologue", "scheduler-options")


def refuse(script: str) -> None:
    """Ask Slurm whether it could ever start this job.

    Raises
    ------
    BadInput : what Slurm says against it.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as file:
        file.write(script)
        file.flush()
        said = asked("sbatch", "--test-only", file.name)
    if said.returncode:
        wanted = ", ".join(line[8:] for line in script.splitlines() if line.startswith("#SBATCH "))
        raise BadInput(
            f"Slurm would not start such a job: {said.stderr.strip()}. It asks for {wanted}; "
            f"{ADVICE}"
        )


def asked(*command: str) -> subprocess.CompletedProcess[str]:
    """What one of Slurm's commands says.

    Raises
    ------
    BadInput : there is no such command.
    """
    try:
        return subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError as problem:
        raise BadInput(
            f"TRACTABLE_CLUSTER=slurm, and there is no {command[0]} here: run it where jobs are "
            "submitted, or unset it to compute on this machine"
        ) from problem


class Queue:
    """Looks at the queue while nothing is done: says what it waits for, and when it waits in vain.

    Parameters
    ----------
    cluster : whose jobs these are.
    client : of their scheduler.
    logs : folder of what they printed.
    """

    def __init__(self, cluster: SLURMCluster, client: Client, logs: Path, say: Say):
        self.cluster, self.client, self.logs, self.say = cluster, client, logs, say
        self.hoped = self.looked = monotonic()  # when a worker or a job of ours was last seen
        self.begun = time()  # by the clock of files
        self.arrived = False

    def __call__(self) -> None:
        if monotonic() - self.looked > BUSY:
            self.hoped = monotonic()
        self.look()
        self.looked = monotonic()

    def look(self) -> None:
        if self.client.scheduler_info(n_workers=0)["n_workers"]:
            self.arrived, self.hoped = True, monotonic()
            return
        waiting = self.waiting()
        if waiting:
            self.hoped = monotonic()
            reasons = "; ".join(sorted(set(waiting)))
            if any(reason in reasons for reason in NEVER):
                raise BadInput(f"Slurm would never start such a job: {reasons}; {ADVICE}")
            self.say(f"waits for Slurm: {reasons}")
        elif monotonic() - self.hoped > PATIENCE:
            what = "are gone" if self.arrived else "ended before a worker came of them"
            raise BadInput(f"Slurm's jobs {what}; {self.last_words()}")

    def waiting(self) -> list[str]:
        """State and reason of every job of ours that is in the queue, or why it does not say."""
        jobs = [job.job_id for job in list(self.cluster.workers.values()) if job.job_id]
        if not jobs:
            return []
        said = asked("squeue", "--noheader", "--format=%T (%r)", f"--jobs={','.join(jobs)}")
        if said.returncode and "Invalid job id" not in said.stderr:
            return [said.stderr.strip()]
        return said.stdout.splitlines()

    def last_words(self) -> str:
        """Of the job that wrote last, since this stage began."""
        written = ((file.stat().st_mtime, file) for file in self.logs.glob("*.err"))
        at, last = max(written, default=(0.0, self.logs))
        words = last.read_text(errors="replace").strip()[-SHOWN:] if at >= self.begun else ""
        return f"{last} ends with:\n{words}" if words else f"{self.logs} holds no word of them"
