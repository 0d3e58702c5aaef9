"""Slurm on this machine alone: one node and its controller, started without systemd or cgroups.

python -m tests.slurm_node    # until Ctrl-C; says which SLURM_CONF its commands want
"""

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.programs import free_port, started

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scancel", "squeue", "sinfo")
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"  # where Debian has the daemons
PARTITION = "main"
MEMORY = 4096  # MB of the node, as Slurm believes
STARTING = 60  # s at most
CONFIGURATION = """
ClusterName=tractable
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={daemon}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
KillWait=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={memory} State=UNKNOWN
PartitionName={partition} Nodes={host} Default=YES MaxTime=60 State=UP
"""


def lacking() -> list[str]:
    """Slurm's programs that are not installed."""
    return [name for name in PROGRAMS if not shutil.which(name, path=PATH)]


@contextmanager
def slurm(cores: int = 2) -> Iterator[dict[str, str]]:
    """The environment in which Slurm's commands find this cluster.

    Raises
    ------
    RuntimeError : it did not start; with what the daemons wrote.
    """
    with tempfile.TemporaryDirectory(prefix="slurm-") as home, ExitStack() as running:
        folder = Path(home)
        for name in ("state", "spool"):
            (folder / name).mkdir()
        words = configuration(folder, cores)
        environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf"), "PATH": PATH}
        (folder / "slurm.conf").write_text(words)
        for name, *options in (munge(folder), ["slurmctld", "-D"], ["slurmd", "-D"]):
            command = [shutil.which(name, path=PATH) or name, *options]
            running.enter_context(started(command, folder / f"{name}.out", environment, folder))
        until_idle(folder, environment)
        yield {name: environment[name] for name in ("SLURM_CONF", "PATH")}


def configuration(folder: Path, cores: int) -> str:
    return CONFIGURATION.format(
        folder=folder,
        host=socket.gethostname().partition(".")[0],
        user=getpass.getuser(),
        controller=free_port(),
        daemon=free_port(),
        cores=cores,
        memory=MEMORY,
        partition=PARTITION,
    )


def munge(folder: Path) -> list[str]:
    """The command of a munged with a socket and a key of its own."""
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o400)
    folder.chmod(0o711)  # whoever asks has to reach the socket
    places = {"socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    own = [f"--{option}={folder}/munge.{ending}" for option, ending in places.items()]
    return ["munged", "--foreground", "--force", f"--key-file={key}", *own]


def until_idle(folder: Path, environment: dict[str, str]) -> None:
    """Wait for the node to be ready for jobs."""
    command = ["sinfo", "--noheader", "--format=%T"]
    for _ in range(4 * STARTING):
        said = subprocess.run(command, env=environment, capture_output=True, text=True)
        if said.stdout.strip() == "idle":
            return
        time.sleep(0.25)
    logs = (file for kind in ("*.out", "*.log") for file in sorted(folder.glob(kind)))
    written = "\n".join(f"{file.name}:\n{file.read_text()[-2000:]}" for file in logs)
    raise RuntimeError(f"no Slurm after {STARTING} s: {said.stdout}{said.stderr}\n{written}")


if __name__ == "__main__":
    with slurm() as settings:
        print(f"export SLURM_CONF={settings['SLURM_CONF']}; Ctrl-C ends it", flush=True)
        try:
            while True:
                time.sleep(1)
        except KeyboardInterrupt:
            pass
