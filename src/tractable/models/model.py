"""What every model promises: what it learns from, what it returns, how it is kept."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from tractable.mel import Bands
from tractable.models.windows import Rows, Windows

#: What is given, and what is wanted.
DIRECTIONS = ("shape_to_sound", "picture_to_sound", "sound_to_shape")
TO_SOUND = ("shape_to_sound", "picture_to_sound")

#: Rows of which a model is asked at once. Whoever multiplies matrices of more rows, or of fewer,
#: may find other last bits, so that no setting changes it.
AT_ONCE = 4096


class Prediction(NamedTuple):
    """All that a loss, a probe or a figure may ask for; ``None`` is what a model does not have."""

    log_frequency: Float[Tensor, "frame formant"] | None = None  # ln Hz
    log_bandwidth: Float[Tensor, "frame formant"] | None = None  # ln Hz
    cepstrum: Float[Tensor, "frame coefficient"] | None = None  # mel, of the envelope; no level
    area: Float[Tensor, "frame place"] | None = None  # m2, glottis first; None: no tube
    bend: Float[Tensor, "frame place"] | None = None  # ln A beyond a law by place; None: no bend
    section_length: Float[Tensor, "frame place"] | None = None  # m
    residual: Float[Tensor, "frame formant"] | None = None  # ln F beyond the model's own tube
    log_distance: Float[Tensor, "frame place"] | None = None  # ln m, glottis first
    log_length: Float[Tensor, " frame"] | None = None  # ln m
    log_frequency_sd: Float[Tensor, "frame formant"] | None = None  # 1.645 of it: nine tenths
    log_distance_sd: Float[Tensor, "frame place"] | None = None
    log_length_sd: Float[Tensor, " frame"] | None = None
    #: Errors of ln d and ln L that go together.
    factor: Float[Tensor, "frame part feature"] | None = None


class Examples(NamedTuple):
    """What a model learns from, one row per frame.

    What is given may be windows, which are cut when rows are asked for: `rows`, `blocks` and
    `gathered` have it as a tensor.

    Shape to sound: given are ln d on every place [ln m], glottis first, then ln L [ln m], of one
    frame or, one after the other, of a window of them; wanted are ln F [ln Hz], which may be
    followed by as many ln B [ln Hz] and by the cepstrum. Picture to sound: given are grey levels.
    Sound to shape: given is a window of cepstra, wanted are ln d and ln L, followed by ln F; a
    frame whose shape is not known may be among them for its ln F.
    """

    direction: str
    given: Any  # a tensor (frame, feature), or Windows
    wanted: Float[Tensor, "frame target"]  # any finite value where it is not known
    weight: Float[Tensor, "frame target"]  # 1: as good as it gets, 0: not known
    scored: int  # the first so many targets are those that accuracy is asked of
    judged: "Examples | None" = None  # held back, to see when to stop
    frames: int = 1  # of a window of ``given``, the earliest first
    speaker: Int[Tensor, " frame"] | None = None  # number of the training speaker; None: one
    bands: Bands | None = None  # of the cepstrum, if there is one

    def rows(self, keep: Rows) -> "Examples":
        """Some of the rows, in memory."""
        speaker = None if self.speaker is None else self.speaker[keep]
        return self.each(lambda part: part[keep])._replace(speaker=speaker)

    def only(self, keep: Rows) -> "Examples":
        """Some of the rows; their windows are cut when they are asked for."""
        speaker = None if self.speaker is None else self.speaker[keep]
        return self.each(lambda part: chosen(part, keep))._replace(speaker=speaker)

    def gathered(self) -> "Examples":
        """All rows at once, in memory: for those who have to see them side by side."""
        return self.rows(slice(None))

    def blocks(self) -> "Iterator[Examples]":
        """All rows in their order, so many at once as a model is asked about."""
        for first in range(0, len(self.given), AT_ONCE):
            yield self.rows(slice(first, first + AT_ONCE))

    def answers(self, ask: Callable[[Tensor], Tensor]) -> Tensor:
        """What somebody says about every row, each by itself."""
        return torch.cat([ask(few.given) for few in self.blocks()])

    def each(self, change: Callable[[Any], Any]) -> "Examples":
        """The same change of what is given, what is wanted, and what it is worth."""
        given, wanted, weight = map(change, (self.given, self.wanted, self.weight))
        return self._replace(given=given, wanted=wanted, weight=weight)

    def alone(self) -> "Examples":
        """The same without the targets beside those that are scored."""
        wanted, weight = self.wanted[:, : self.scored], self.weight[:, : self.scored]
        judged = self.judged and self.judged.alone()
        return self._replace(wanted=wanted, weight=weight, judged=judged)

    def known(self) -> "Examples":
        """The same without the frames of which nothing that is scored is known."""
        judged = self.judged and self.judged.known()
        return self.only((self.weight[:, : self.scored] > 0).any(1))._replace(judged=judged)

    def less(self, told: Callable[[Tensor], Tensor]) -> "Examples":
        """What is left to be learnt when somebody tells the rest."""
        with torch.no_grad():
            wanted = self.wanted - self.answers(told)
        return self._replace(wanted=wanted, judged=self.judged and self.judged.less(told))

    def evenly(self, count: int) -> "Examples":
        """``count`` rows at even steps, or all if there are fewer."""
        frames = len(self.given)
        return self.rows(torch.linspace(0, frames - 1, min(count, frames)).long())


def chosen(part: Tensor | Windows, keep: Rows) -> Tensor | Windows:
    """Some of the rows; of windows none is cut."""
    return part.only(keep) if isinstance(part, Windows) else part[keep]


class Lesson(NamedTuple):
    """How a model learnt that learns step by step."""

    curve: list[dict[str, float]]  # step, loss and its parts, error on what was held back
    stopped: int | None  # after so many steps; None: it has none


class Model(nn.Module):
    """Named tensors, and a call that is differentiable in what it is given.

    ``fit`` makes one; ``state`` and the constructor are each other's inverse. A model of shape to
    sound is called with ln d (frame, place) and ln L (frame,), glottis first, one that is given
    windows with all but the last column of them, and that; the others with (frame, feature).
    """

    #: Class method of examples and, keyword-only, the parameters of an entry of params.yaml.
    fit: ClassVar[Callable[..., "Model"]]
    directions: ClassVar[tuple[str, ...]] = ("shape_to_sound",)
    over_time: ClassVar[bool] = False  # whether it can be given windows of shapes
    doubt: Float[Tensor, " target"] | None  # factor on the standard deviations that it gives itself
    lesson: Lesson | None = None  # how it went, of a model that learns step by step

    def __init__(self, direction: str, state: Mapping[str, Tensor]):
        super().__init__()
        self.direction = direction
        self.register_parameter("doubt", None)
        for name, value in state.items():
            self.register_parameter(name, nn.Parameter(value, value.is_floating_point()))

    def answer(self, given: Float[Tensor, "frame feature"]) -> Prediction:
        """The prediction for the ``given`` of examples, with its standard deviations if known."""
        return self.without_envelope(given)

    def without_envelope(self, given: Float[Tensor, "frame feature"]) -> Prediction:
        """The answer but for the spectral envelope, which takes a tube longer than all the rest."""
        in_two, in_sound = self.direction == "shape_to_sound", self.direction in TO_SOUND
        told = self(given[:, :-1], given[:, -1]) if in_two else self(given)
        if self.doubt is None:
            return told
        return heard_with(told, self.doubt) if in_sound else drawn_with(told, self.doubt)

    def doubting(self, doubt: Float[Tensor, " target"]) -> "Model":
        """The same model, with factors on its standard deviations (1 where it has none itself)."""
        self.doubt = nn.Parameter(doubt, requires_grad=False)
        return self

    def hear(self, given: Float[Tensor, "frame feature"]) -> Float[Tensor, "frame formant"]:
        """ln F [ln Hz] of shapes: the part of the answer that most questions are about."""
        assert self.direction in TO_SOUND, "a model of sound to shape does not hear"
        log_frequency = self.without_envelope(given).log_frequency
        assert log_frequency is not None
        return log_frequency

    def tell(self, given: Float[Tensor, "frame feature"]) -> Float[Tensor, "frame target"]:
        """The answer as the scored targets of examples are laid out, in every direction."""
        return self.hear(given) if self.direction in TO_SOUND else tract(self.answer(given))

    def activations(
        self, given: Float[Tensor, "frame feature"]
    ) -> dict[str, Float[Tensor, "frame unit"]]:
        """What the hidden layers of its networks hold, by name, from the input on; none here."""
        return {}

    def unlearnt(self, seed: int) -> list[dict[str, Tensor]]:
        """Tensors of each layer as they are before a lesson, drawn anew, the output's layer first.

        Of all layers that make ln F; none where something else than layers does.
        """
        return []

    def deviations(self, told: Prediction) -> Float[Tensor, "frame target"] | None:
        """Standard deviations of an answer, laid out as ``tell`` does; None: it has none."""
        if self.direction in TO_SOUND:
            return told.log_frequency_sd
        if told.log_distance_sd is None or told.log_length_sd is None:
            return None
        return torch.cat([told.log_distance_sd, told.log_length_sd[:, None]], 1)

    def missed(self, examples: Examples) -> Float[Tensor, ""]:
        """Mean abs(d ln) over the scored targets: of formants, their relative error."""
        asked = examples.alone()
        missed = asked.weight * (asked.answers(self.tell) - asked.wanted).abs()
        return (missed.sum(0) / asked.weight.sum(0)).mean()

    def state(self) -> dict[str, Tensor]:
        return {name: value.detach() for name, value in self.named_parameters()}


def heard_with(told: Prediction, doubt: Float[Tensor, " formant"]) -> Prediction:
    """The prediction with standard deviations of ln F: its own, or 1, times the factors."""
    assert told.log_frequency is not None
    own = told.log_frequency_sd
    own = torch.ones_like(told.log_frequency) if own is None else own
    return told._replace(log_frequency_sd=doubt * own)


def drawn_with(told: Prediction, doubt: Float[Tensor, " feature"]) -> Prediction:
    """The prediction with deviations of ln d and ln L: its own, or 1, times the factors."""
    assert told.log_distance is not None
    assert told.log_length is not None
    places, length = told.log_distance_sd, told.log_length_sd
    places = torch.ones_like(told.log_distance) if places is None else places
    length = torch.ones_like(told.log_length) if length is None else length
    return told._replace(
        log_distance_sd=doubt[:-1] * places,
        log_length_sd=doubt[-1] * length,
        factor=None if told.factor is None else doubt * told.factor,
    )


def tract(prediction: Prediction) -> Float[Tensor, "frame feature"]:
    """ln d and ln L of a model of sound to shape, side by side (frame, place + 1)."""
    assert prediction.log_distance is not None
    assert prediction.log_length is not None
    return whole(prediction.log_distance, prediction.log_length)


def whole(
    log_distance: Float[Tensor, "frame place"], log_length: Float[Tensor, " frame"]
) -> Float[Tensor, "frame feature"]:
    """ln d and ln L side by side, as examples hold a shape."""
    return torch.cat([log_distance, log_length[:, None]], 1)
