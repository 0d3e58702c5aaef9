"""How models are fitted that have no closed form: by second order, or step by step."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tractable.contracts import BadInput
from tractable.models.ahead import in_order
from tractable.models.model import Examples, Lesson
from tractable.models.supervision import Supervision, supervision

LOOKS = 20  # times that a lesson looks at what was held back
SLACK = 0.03  # of the least error: whoever is as near to it as that is no worse

NONE: Mapping[str, Tensor] = {}

#: Parts of the loss by name, each with its weight, of a few examples.
Terms = Callable[[Examples, torch.Generator], Mapping[str, Tensor]]


def descend(loss: Callable[[], Tensor], learnt: list[Tensor], steps: int) -> None:
    """L-BFGS until it stands still, or for ``steps`` steps."""
    descent = torch.optim.LBFGS(learnt, max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        descent.zero_grad()
        total = loss()
        total.backward(inputs=learnt)
        return total

    descent.step(closure)


@dataclass(frozen=True, kw_only=True)
class Adam:
    """AdamW on a few examples at a time, the step length falling to 0 along a cosine.

    Parameters
    ----------
    rate : first step length.
    decay : decoupled weight decay (Loshchilov & Hutter 2019).
    steps : of the whole cosine; 0 leaves the model as it is.
    batch : examples a step, drawn anew each time.
    patience : looks at what was held back, of 20, on end that are worse than the best before the
        lesson ends; the last that was no worse is kept. Of no consequence where nothing is held
        back.
    """

    rate: float
    decay: float
    steps: int
    batch: int
    patience: int

    def teach(
        self,
        model: nn.Module,
        learnt: Mapping[str, Tensor],
        terms: Terms,
        error: Callable[[Examples], Tensor],
        examples: Examples,
        seed: int,
        undecayed: Mapping[str, Tensor] = NONE,
    ) -> Lesson:
        """Let tensors of a model descend; see :class:`Course` for the arguments."""
        if self.steps == 0:
            return Lesson([], 0)
        with supervision().teaching(model):
            course = Course(self, supervision(), learnt, terms, error, examples, seed, undecayed)
            return course.run()


class Course:
    """One lesson under way: what it has to know to go on where it was interrupted."""

    def __init__(
        self,
        how: Adam,
        watch: Supervision,
        learnt: Mapping[str, Tensor],
        terms: Terms,
        error: Callable[[Examples], Tensor],
        examples: Examples,
        seed: int,
        undecayed: Mapping[str, Tensor],
    ):
        """
        Parameters
        ----------
        learnt, undecayed : parts of the model that learn, by name; the latter know no decay.
        terms : of a few examples and a generator: the parts of their loss by name.
        error : of the examples held back: what decides when to stop.
        """
        self.how, self.watch, self.terms, self.error = how, watch, terms, error
        self.learnt = {**learnt, **undecayed}
        self.examples = watch.moved(examples)
        groups: list[dict[str, Any]] = [{"params": list(learnt.values())}]
        if undecayed:
            groups.append({"params": list(undecayed.values()), "weight_decay": 0.0})
        self.descent = torch.optim.AdamW(groups, how.rate, weight_decay=how.decay, fused=True)
        cosine = torch.optim.lr_scheduler.CosineAnnealingLR
        self.slower = cosine(self.descent, how.steps)
        self.draws = torch.Generator().manual_seed(seed)
        self.noise = torch.Generator().manual_seed(seed + 1)
        self.step, self.idle, self.least = 0, 0, float("inf")
        self.best: dict[str, Tensor] = {}
        self.curve: list[dict[str, float]] = []
        self.stopped = self.how.steps
        if how.batch % watch.processes:
            raise BadInput(
                f"a batch of {how.batch} examples cannot be shared by {watch.processes} processes; "
                "choose a batch that can, or another TRACTABLE_DEVICES"
            )

    def run(self) -> Lesson:
        """Teach to the end, resuming what an interrupted course left behind."""
        file = self.watch.unfinished(self.examples, self.how, self.learnt)
        self.watch.resume(file, self)
        with closing(in_order(self.examples, self.drawn())) as self.coming:
            while self.step < self.how.steps and self.idle <= self.how.patience:
                losses = self.descend()
                if self.step % max(self.how.steps // LOOKS, 1) == 0 or self.step == self.how.steps:
                    self.look(losses)
                self.watch.keep(file, self)
        if self.best:
            with torch.no_grad():
                for name, part in self.learnt.items():
                    part.copy_(self.best[name])
        self.watch.finish(file)
        return Lesson(self.curve, self.stopped)

    def drawn(self) -> Iterator[Tensor]:
        """Rows of every step from here on, by a copy of the generator: they may be read ahead."""
        draws = self.draws.clone_state()
        for _ in range(self.step, self.how.steps):
            yield self.watch.share(self.draw(draws))

    def draw(self, draws: torch.Generator) -> Tensor:
        return torch.randint(len(self.examples.given), (self.how.batch,), generator=draws)

    def descend(self) -> dict[str, Tensor]:
        """One step; returns the parts of the loss."""
        few = next(self.coming)
        self.draw(self.draws)  # who goes on from here draws what comes next
        self.descent.zero_grad()
        losses = dict(self.terms(few, self.noise))
        total = torch.stack(list(losses.values())).sum()
        losses = {name: value.detach() for name, value in losses.items()}
        if not torch.isfinite(total):
            wrong = ", ".join(f"{name} {float(value):.3g}" for name, value in losses.items())
            raise BadInput(
                f"no number any more at step {self.step + 1} of {self.how.steps}: {wrong}; "
                "a smaller `rate` may help, if what was measured is sound"
            )
        self.watch.backward(total, list(self.learnt.values()))
        self.descent.step()
        self.slower.step()
        self.step += 1
        return losses | {"loss": total.detach()}

    def look(self, losses: Mapping[str, Tensor]) -> None:
        """Note the losses, and the error on what was held back; remember the last good state."""
        row = {"step": self.step} | {name: float(value) for name, value in losses.items()}
        if self.examples.judged is not None:
            with torch.no_grad():
                row["error"] = float(self.error(self.examples.judged))
            self.idle += 1
            self.least = min(self.least, row["error"])
            if row["error"] <= (1 + SLACK) * self.least:
                self.idle, self.stopped = 0, self.step
                self.best = {name: part.detach().clone() for name, part in self.learnt.items()}
        self.curve.append(row)
        told = "  ".join(f"{n} {v:.3g}" for n, v in row.items() if n != "step")
        self.watch.report(f"step {self.step} of {self.how.steps}  {told}")

    def state(self) -> dict[str, Any]:
        """All that goes on from here."""
        return {
            "learnt": {name: part.detach() for name, part in self.learnt.items()},
            "descent": self.descent.state_dict(),
            "slower": self.slower.state_dict(),
            "draws": self.draws.get_state(),
            "noise": self.noise.get_state(),
            "progress": [self.step, self.idle, self.least, self.stopped],
            "best": self.best,
            "curve": self.curve,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where ``state`` was taken."""
        with torch.no_grad():
            for name, part in self.learnt.items():
                part.copy_(state["learnt"][name])
        self.descent.load_state_dict(state["descent"])
        self.slower.load_state_dict(state["slower"])
        self.draws.set_state(state["draws"])
        self.noise.set_state(state["noise"])
        self.step, self.idle, self.least, self.stopped = state["progress"]
        self.best, self.curve = state["best"], state["curve"]
