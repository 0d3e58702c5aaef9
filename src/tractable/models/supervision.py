"""What watches over a lesson: devices, checkpoints and progress. None of it changes the result.

``TRACTABLE_ACCELERATOR`` (cpu, cuda) and ``TRACTABLE_DEVICES`` (how many, each with its share of
every batch) choose where models that learn step by step do so.
"""

import hashlib
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from tractable.contracts import BadInput
from tractable.engine import report
from tractable.models.model import Examples
from tractable.models.windows import Windows
from tractable.whole import remove, written_whole

if TYPE_CHECKING:
    from lightning_fabric import Fabric

EVERY = 10.0  # s, between two checkpoints


class Supervision:
    """Parameters
    ----------
    fabric : devices and precision; None: this processor, as the tensors are.
    folder : of checkpoints; None: none are kept.
    every : time between two [s].
    precision : that of ``fabric``, see `workshop`.
    """

    def __init__(
        self,
        fabric: "Fabric | None" = None,
        folder: Path | None = None,
        every: float = EVERY,
        precision: str = "64-true",
    ):
        self.fabric, self.folder, self.every, self.precision = fabric, folder, every, precision
        self.processes = 1 if fabric is None else fabric.world_size
        self.kept_at = time.monotonic()
        self.subject = ""  # what is being fitted
        self.report: Callable[[str], None] = report if self.first else lambda _: None

    @property
    def double(self) -> bool:
        """Whether lessons are held in double precision, as tensors are made."""
        return self.precision == "64-true"

    @property
    def first(self) -> bool:
        """Whether this is the process that writes."""
        return self.fabric is None or self.fabric.is_global_zero

    @contextmanager
    def fitting(self, kind: str, parameters: Mapping[str, Any]) -> Iterator[None]:
        """A checkpoint left now is of this kind with these parameters, and of no other."""
        self.subject = f"{kind} {json.dumps(parameters, sort_keys=True)}"
        try:
            yield
        finally:
            self.subject = ""

    @contextmanager
    def teaching(self, model: nn.Module) -> Iterator[None]:
        """The model on the device that it learns on, in the precision that was asked for."""
        if self.fabric is None:
            yield
            return
        model.to(device=self.fabric.device, dtype=None if self.double else torch.float32)
        with self.fabric.autocast():
            yield
        model.to(device="cpu", dtype=None if self.double else torch.float64)

    def moved(self, examples: Examples) -> Examples:
        """Examples on the device that the model learns on."""
        if self.fabric is None:
            return examples
        device, kind = self.fabric.device, torch.float64 if self.double else torch.float32
        judged = examples.judged and self.moved(examples.judged)
        speaker = None if examples.speaker is None else examples.speaker.to(device)
        moved = examples.each(lambda part: part.to(device, kind))
        return moved._replace(judged=judged, speaker=speaker)

    def share(self, drawn: Tensor) -> Tensor:
        """Of the rows drawn for a step, those that fall to this process."""
        if self.fabric is None:
            return drawn
        return drawn[self.fabric.global_rank :: self.processes].to(self.fabric.device)

    def backward(self, loss: Tensor, learnt: list[Tensor]) -> None:
        """Gradients of the loss, their mean over all processes."""
        loss.backward(inputs=learnt)
        if self.fabric is not None and self.processes > 1:
            for part in learnt:
                mean = self.fabric.all_reduce(cast(Tensor, part.grad), reduce_op="mean")
                part.grad = cast(Tensor, mean)

    def unfinished(
        self, examples: Examples, how: object, learnt: Mapping[str, Tensor]
    ) -> Path | None:
        """Where a course keeps its checkpoints.

        Its name is made of all that decides how it goes: what is fitted with which parameters, the
        examples, the way of learning and where it starts.
        """
        if self.folder is None:
            return None
        name = hashlib.blake2b(f"{self.subject} {how!r}".encode(), digest_size=12)
        judged = examples.judged[1:4] if examples.judged else ()
        for part in (*examples[1:4], *judged, *learnt.values()):
            name.update(marked(part))
        return self.folder / f"{name.hexdigest()}.checkpoint"

    def resume(self, file: Path | None, course: Any) -> None:
        """Let a course go on from its checkpoint, if it left one.

        Raises
        ------
        BadInput : the checkpoint is not whole.
        """
        if file is None or not file.is_file():
            return
        try:
            course.restore(torch.load(file, weights_only=True))
            if self.fabric is not None:
                self.fabric.barrier()  # the first may not be through, and clear up, before all read
        except Exception as problem:
            raise BadInput(
                f"{file}: not a whole checkpoint ({type(problem).__name__}); remove it, and this "
                "model learns anew"
            ) from problem
        self.report(f"goes on from step {course.step}")

    def keep(self, file: Path | None, course: Any) -> None:
        """Write a checkpoint now and then."""
        if file is None or not self.first or time.monotonic() - self.kept_at < self.every:
            return
        with written_whole(file) as partial:
            torch.save(course.state(), partial)
        self.kept_at = time.monotonic()

    def finish(self, file: Path | None) -> None:
        """A course that is through needs its checkpoint no more."""
        if file is not None and self.first:
            remove(file)


def marked(part: Tensor | Windows) -> bytes:
    """What tells it from others; windows are not cut for it."""
    if isinstance(part, Windows):
        return part.mark()
    return part.detach().cpu().contiguous().numpy().tobytes()


CURRENT: ContextVar[Supervision | None] = ContextVar("supervision", default=None)


def supervision() -> Supervision:
    """What watches over the lessons of this process."""
    return CURRENT.get() or Supervision()


@contextmanager
def supervised(by: Supervision) -> Iterator[None]:
    token = CURRENT.set(by)
    try:
        yield
    finally:
        CURRENT.reset(token)


def devices() -> tuple[str, str]:
    """The accelerator that the environment asks for, and how many of it."""
    return os.environ.get("TRACTABLE_ACCELERATOR", "cpu"), os.environ.get("TRACTABLE_DEVICES", "1")


def workshop(precision: str) -> "Fabric":
    """The devices that the environment asks for.

    Parameters
    ----------
    precision : 64-true, or of lightning-fabric 32-true, bf16-mixed ...: then all is single
        precision while a lesson lasts. Tubes are solved in double precision on the processor.

    Raises
    ------
    BadInput : settings of the environment that are no devices.
    """
    from lightning_fabric import Fabric  # takes a second, and most stages learn nothing
    from lightning_fabric.plugins.environments import LightningEnvironment

    where, many = devices()
    if where not in ("cpu", "cuda") or not many.isdigit() or int(many) < 1:
        raise BadInput(
            f"TRACTABLE_ACCELERATOR={where!r}, TRACTABLE_DEVICES={many!r}: expected cpu or cuda, "
            "and a number of devices"
        )
    if where == "cuda" and torch.cuda.device_count() < int(many):
        raise BadInput(
            f"TRACTABLE_ACCELERATOR=cuda with TRACTABLE_DEVICES={many}, but torch sees "
            f"{torch.cuda.device_count()} GPUs here; leave both out to learn on the processor"
        )
    if int(many) > 1 and multiprocessing.current_process().daemon:
        raise BadInput(
            f"TRACTABLE_DEVICES={many}: a worker of a cluster may start no processes to share its "
            "batches with; leave out either it or TRACTABLE_CLUSTER"
        )
    strategy = "ddp_spawn" if int(many) > 1 else "auto"
    kind = cast(Any, precision)  # refused by lightning-fabric, with the list of what it knows
    here = LightningEnvironment()  # within a job of Slurm too it starts its processes itself
    return Fabric(
        accelerator=where, devices=int(many), strategy=strategy, precision=kind, plugins=[here]
    )
