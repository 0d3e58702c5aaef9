"""The corpus: for every listed speaker a raw folder and a truth store, and one metafile."""

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.signal import resample_poly

from tractable.contracts import TRUTH
from tractable.curves import channel
from tractable.imaging.labels import Grid
from tractable.phantom.clips import clips_of
from tractable.phantom.files import README, entry, prefix, write_clip
from tractable.phantom.pictures import frames
from tractable.phantom.speakers import check, speaker_named
from tractable.phantom.truth import truth_of
from tractable.simulator import SAMPLE_RATE
from tractable.stage import Task, check_options, run_tasks, store_path
from tractable.store import save
from tractable.whole import remove, written_whole

CORPUS = "phantom"


def make_corpus(
    raw: Path,
    truth: Path,
    corpus: Mapping[str, Any],
    geometry: Mapping[str, Any],
    *,
    speakers: Mapping[str, Any],
    **choices: Any,
) -> None:
    """Raw data of every listed speaker in ``raw``, what is true of them in ``truth``.

    Parameters
    ----------
    corpus : ``corpora: phantom`` of params.yaml: speakers, pixel_spacing [m], metafile.
    geometry : options of ``curves.channel`` with which distances are measured.
    speakers : description of each speaker that may be listed.
    choices : keywords of ``make_speaker``.

    Raises
    ------
    BadInput : an unknown option, or a speaker who is listed and not described.
    """
    check_options(channel, geometry, "areas: geometry")
    known = {"pixel_spacing": corpus["pixel_spacing"], "geometry": dict(geometry)}
    names = list(corpus["speakers"])
    speaking = [speaker_named(name, speakers) for name in names]
    check_options(make_speaker, {"description": {}, **known, **choices}, CORPUS)
    outputs = {name: (raw / name, store_path(truth, CORPUS, name)) for name in names}
    run_tasks(
        Task(
            f"{CORPUS}/{name}",
            make_speaker,
            (name, *outputs[name]),
            outputs[name],
            (),
            {"description": speakers[name], **known, **choices},
        )
        for name in names
    )
    for path in {*raw.glob("*"), *truth.glob("*/*")} - {
        p for pair in outputs.values() for p in pair
    }:
        remove(path)
    listed = {one.name: entry(one, choices["tasks"]) for one in speaking}
    with written_whole(raw / corpus["metafile"]) as file:
        file.write_text(json.dumps(listed, indent=4) + "\n")
    with written_whole(raw / "README.md") as file:
        file.write_text(README)


def make_speaker(
    name: str,
    raw: Path,
    truth: Path,
    *,
    description: Mapping[str, Any],
    pixel_spacing: float,
    geometry: Mapping[str, Any],
    seed: int,
    seconds: float,
    frame_rate: str,
    sample_rate: int,
    tasks: Mapping[str, float],
    timing: Mapping[str, Any],
    movement: Mapping[str, Any],
    least_vowel_distance: float,
    pose: Mapping[str, float],
    image: Mapping[str, int],
    picture: Mapping[str, Any],
    loudness: float,
    hiss: float,
    video: Mapping[str, int],
    known_truth: Mapping[str, Any],
) -> None:
    """One speaker's raw folder and truth store.

    Parameters
    ----------
    name : also decides, with ``seed``, what is said and how.
    description : of the speaker, see ``speakers.Speaker``.
    seconds, tasks, timing, movement, pose : see ``clips.clips_of``.
    frame_rate : of the video, as a fraction [Hz].
    image : height, width and ``fine`` painting of the frames.
    picture : keywords of ``pictures.frames``.
    loudness, hiss : see ``recorded``.
    video : ``quality`` and ``bit_rate`` of the files.
    geometry, known_truth : keywords of ``truth.truth_of``.
    """
    speaker, rate = speaker_named(name, {name: description}), Fraction(frame_rate)
    check(speaker, least_vowel_distance=least_vowel_distance)
    rng = np.random.default_rng([seed, *name.encode()])
    clips = clips_of(
        speaker,
        rng,
        seconds=seconds,
        frame_rate=rate,
        tasks=tasks,
        timing=timing,
        movement=movement,
        pose=pose,
    )
    grid = Grid(spacing=pixel_spacing, **image)
    with written_whole(raw) as folder:
        for number, clip in enumerate(clips, 1):
            seen = frames(clip.outline, speaker, clip.pose, grid, rng, **picture)
            heard = recorded(clip.voice, sample_rate, rng, loudness=loudness, hiss=hiss)
            label = prefix(name, number, clip.task)
            write_clip(folder, label, clip.phones, seen, rate, heard, sample_rate, **video)
    save(truth_of(clips, speaker, rate, geometry=geometry, **known_truth), truth, TRUTH)


def recorded(
    voice: Float[np.ndarray, " sample"],
    sample_rate: int,
    rng: np.random.Generator,
    *,
    loudness: float,
    hiss: float,
) -> Float[np.ndarray, " heard"]:
    """Sound at the corpus's rate, ``loudness`` times the simulator's, with some hiss left in it."""
    ratio = Fraction(sample_rate, SAMPLE_RATE)
    heard = loudness * resample_poly(voice, ratio.numerator, ratio.denominator)
    return heard + hiss * rng.standard_normal(len(heard))
