"""V0 beside the formants: how near is a model to bandwidths, and to the spectral envelope?"""

import xarray as xr

from tractable.scores.accuracy import relative_error
from tractable.scores.evidence import Evidence, Stores, unlabelled
from tractable.scores.score import Score, by_formant, exactly, of_no_formant
from tractable.scores.training import pooled


def envelope_scores(evidences: list[Evidence], stores: list[Stores]) -> list[list[Score]]:
    """Of every speaker; the null is the training speakers' mean.

    Frames count in which a formant can be trusted. The envelope is the cepstrum without its level;
    its error is in shares of how far the sound itself strays from that mean.
    """
    trains = [evidence.trains for evidence in evidences]
    widths = [heard_widths(of) for of in stores]
    envelopes = [heard_envelope(of) for of in stores]
    usual_width = pooled(widths, trains, "time")
    usual_envelope = pooled(envelopes, trains, "time")
    return [
        [
            *bandwidth_accuracy(evidence, of, width, usual_width),
            *envelope_accuracy(evidence, of, envelope, usual_envelope),
        ]
        for evidence, of, width, envelope in zip(evidences, stores, widths, envelopes, strict=True)
    ]


def heard_widths(stores: Stores) -> xr.DataArray:
    """Measured bandwidths (time, formant) [Hz] of formants that can be trusted."""
    formants = stores["formants"]
    width = unlabelled(formants.bandwidth).where(unlabelled(formants.frequency).notnull())
    return width.where(width > 0)


def heard_envelope(stores: Stores) -> xr.DataArray:
    """Cepstra (time, coefficient) without their level, where any formant can be trusted."""
    formants = stores["formants"]
    cepstrum = unlabelled(formants.cepstrum.isel(coefficient=slice(1, None)))
    return cepstrum.where(unlabelled(formants.frequency).notnull().any("formant"))


def bandwidth_accuracy(
    evidence: Evidence, stores: Stores, heard: xr.DataArray, usual: xr.DataArray
) -> list[Score]:
    """Mean abs(dB)/B [%]."""
    told = unlabelled(stores["predictions"].bandwidth).where(evidence.asked_of_sound)
    guessed = usual.isel(fold=evidence.fold_of_time).where(evidence.asked_of_sound)
    errors = (by_formant(100 * relative_error(values, heard)) for values in (told, guessed))
    return [Score("V0 bandwidth error (%)", next(errors), -1, next(errors))]


def envelope_accuracy(
    evidence: Evidence, stores: Stores, heard: xr.DataArray, usual: xr.DataArray
) -> list[Score]:
    """Root mean square error of the cepstrum over that of the training speakers' mean."""
    told = unlabelled(stores["predictions"].cepstrum).where(evidence.asked_of_sound)
    guessed = usual.isel(fold=evidence.fold_of_time).where(evidence.asked_of_sound)
    dims = ["time", "coefficient"]
    off = ((told - heard) ** 2).mean(dims) / ((guessed - heard) ** 2).mean(dims)
    return [
        Score("V0 envelope error (share)", of_no_formant(off**0.5), -1, exactly(1.0), exactly(0.0))
    ]
