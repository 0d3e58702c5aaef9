"""How far aligned phones are from true ones, whether confidence says so, and what is refused.

The phantom's labels are true. Its prompts are its own phrases, phone by phone; options were chosen
on sim1 to sim4, so that the rows of the other speakers are the honest ones. The null lays the
prompt over the voiced frames in equal parts.

The recorded clip has hand labels of its 36 vowels, loose ones: half of their frames have no voice,
and those of second vowels stand late. Its prompt is what the labels say, one vowel before and after
a stop, any of six of them: which were read is not known to us.
"""

import argparse
import os
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from scipy.stats import mannwhitneyu, spearmanr

from benchmarks import tables
from tractable.imaging.video import Video, read_video
from tractable.recordings.acoustics import edges, resampled, voicing
from tractable.recordings.alignment import Alignment, align
from tractable.recordings.pronunciation import Word, is_vowel
from tractable.recordings.textgrid import Aligned, Interval, labels_at, read_textgrid
from tractable.recordings.usc75 import read_hand_labels

CHOSEN_ON = ("sim1", "sim2", "sim3", "sim4")
STOPS = "pbtdkg"
NEAR = (0.020, 0.040)  # s
CLIP = "sub001_2drt_01_vcv1_r1"
SEED = 7
COLUMNS = (
    *("material", "method", "phones_of", "phones", "median_ms", "ninetieth_ms", "bias_start_ms"),
    *("bias_end_ms", "within_20_ms", "within_40_ms", "frames_right", "median_overlap"),
    *("midpoint_inside", "confidence", "held", "auc", "rank_correlation", "clips", "refused"),
)


class Pair(NamedTuple):
    """A true phone and where it was put."""

    speaker: str
    task: str
    place: str  # of the phone in its word
    true: Interval
    put: Interval | Aligned
    frames_right: float  # share of the true phone's frames (12 ms) that carry its label


class Clip(NamedTuple):
    speaker: str
    task: str
    video: Video
    true: list[Interval]  # silence left out
    prompt: list[Word]


def phantom(raw: Path) -> list[Clip]:
    """Every clip of the phantom, its phrases between silences as words."""
    clips = []
    for file in sorted(raw.glob("*/2drt/textgrid/*.TextGrid")):
        labels = read_textgrid(file, "phones")
        video = file.parents[1] / "video" / f"{file.stem}_video.mp4"
        words: list[list[str]] = [[]]
        for part in labels:
            words = [*words[:-1], [*words[-1], part.label]] if part.label else [*words, []]
        prompt = [Word("".join(word), [word]) for word in words if word]
        true = [part for part in labels if part.label]
        clips.append(
            Clip(file.parents[2].name, file.stem.split("_")[3], read_video(video), true, prompt)
        )
    return clips


def recorded(real: Path) -> Clip:
    """The recorded clip and its hand labels; vowels pair by pair, any stop between them."""
    hand = read_hand_labels(real / "usc75" / "labels" / f"{CLIP}_recon.csv")
    video = real / "usc75" / "sub001" / "2drt" / "video" / f"{CLIP}_video.mp4"
    vowels = [part.label for part in hand[::2]]
    prompt = [Word(f"{v}?{v}", [[v, stop, v] for stop in STOPS]) for v in vowels]
    return Clip("sub001", "vcv1", read_video(video), hand, prompt)


def equal_parts(clip: Clip, voiced: np.ndarray) -> list[Interval]:
    """The null: as many parts as phones, of equal voiced time."""
    labels = [sign for word in clip.prompt for sign in word.pronunciations[0]]
    time = edges(len(voiced))[:-1][voiced]
    cuts = np.quantile(time, np.linspace(0, 1, len(labels) + 1))
    return [Interval(a, b, label) for (a, b), label in zip(pairwise(cuts), labels, strict=True)]


def paired(clip: Clip, put: Sequence[Interval] | Sequence[Aligned]) -> list[Pair]:
    """True phones beside those of the prompt; where only vowels are known, beside its vowels."""
    rate = float(clip.video.frame_rate)
    time = np.arange(len(clip.video.frames)) / rate
    label = labels_at(time, list(put))
    places = [place for word in clip.prompt for place in places_in(word)]
    asked = list(zip(put, places, strict=True))
    if len(put) != len(clip.true):
        asked = [(part, place) for part, place in asked if is_vowel(part.label)]
    pairs = []
    for true, (part, place) in zip(clip.true, asked, strict=True):
        inside = label[(time >= true.start) & (time < true.end)]
        right = float((inside == true.label).mean()) if len(inside) else np.nan
        pairs.append(Pair(clip.speaker, clip.task, place, true, part, right))
    return pairs


def places_in(word: Word) -> list[str]:
    """Whether a phone begins its word, ends it or does neither."""
    count = len(word.pronunciations[0])
    return ["first of a word", *["inside a word"] * (count - 2), *["last of a word"] * (count > 1)]


def row(material: str, method: str, phones_of: str, pairs: list[Pair]) -> dict[str, Any]:
    error = np.array([(p.put.start - p.true.start, p.put.end - p.true.end) for p in pairs])
    off, worst = np.abs(error), np.abs(error).max(1)
    both = [min(p.put.end, p.true.end) - max(p.put.start, p.true.start) for p in pairs]
    either = [max(p.put.end, p.true.end) - min(p.put.start, p.true.start) for p in pairs]
    inside = [p.true.start <= (p.put.start + p.put.end) / 2 <= p.true.end for p in pairs]
    bias = 1000 * np.median(error, axis=0)
    return {
        "material": material,
        "method": method,
        "phones_of": phones_of,
        "phones": len(pairs),
        "median_ms": f"{1000 * np.median(off):.1f}",
        "ninetieth_ms": f"{1000 * np.quantile(off, 0.9):.0f}",
        "bias_start_ms": f"{bias[0]:+.1f}",
        "bias_end_ms": f"{bias[1]:+.1f}",
        "within_20_ms": f"{(off < NEAR[0]).mean():.3f}",
        "within_40_ms": f"{(off < NEAR[1]).mean():.3f}",
        "frames_right": f"{np.nanmean([p.frames_right for p in pairs]):.3f}",
        "median_overlap": f"{np.median(np.maximum(both, 0) / np.array(either)):.3f}",
        "midpoint_inside": f"{np.mean(inside):.3f}",
    } | calibration(pairs, worst)


def calibration(pairs: list[Pair], worst: np.ndarray) -> dict[str, str]:
    """Mean confidence beside the share it speaks of, and how well it tells good from bad."""
    if not all(isinstance(pair.put, Aligned) for pair in pairs):
        return {}
    sure = np.array([pair.put.confidence for pair in pairs if isinstance(pair.put, Aligned)])
    held = worst <= NEAR[1]
    told = {"confidence": f"{sure.mean():.3f}", "held": f"{held.mean():.3f}"}
    if 0 < held.sum() < len(held):
        area = mannwhitneyu(sure[held], sure[~held]).statistic / held.sum() / (~held).sum()
        told["auc"] = f"{area:.3f}"
    return told | {"rank_correlation": f"{spearmanr(sure, worst).statistic:+.3f}"}


def kinds(pairs: list[Pair]) -> Iterable[tuple[str, list[Pair]]]:
    """All phones, and their kinds by sound and by clip."""
    yield "all", pairs
    yield "vowels", [p for p in pairs if is_vowel(p.true.label)]
    yield "stops", [p for p in pairs if p.true.label in STOPS]
    yield "fricatives", [p for p in pairs if p.true.label in "fvszSZ"]
    for place in ("first of a word", "last of a word"):
        yield place, [p for p in pairs if p.place == place]
    for task in dict.fromkeys(p.task for p in pairs):
        yield f"clips of {task}", [p for p in pairs if p.task == task]


def wrong(prompt: list[Word], rng: np.random.Generator) -> dict[str, list[Word]]:
    """Prompts that are not what was said."""
    signs = [way for word in prompt for way in word.pronunciations[0]]
    vowels = sorted({sign for sign in signs if is_vowel(sign)})
    consonants = sorted({sign for sign in signs if not is_vowel(sign)})
    others = [
        Word(w.text, [[str(rng.choice(vowels if is_vowel(s) else consonants)) for s in way]])
        for w in prompt
        for way in w.pronunciations[:1]
    ]
    return {
        "its phones drawn anew": others,
        "its words backwards": prompt[::-1],
        "its last word missing": prompt[:-1],
        "its first word missing": prompt[1:],
        "its first word once more": [*prompt, prompt[0]],
    }


def listened(clip: Clip, prompt: list[Word], options: dict[str, Any]) -> Alignment:
    return align(clip.video.sound, clip.video.sample_rate, prompt, **options)


def null_of(clip: Clip, options: dict[str, Any]) -> list[Interval]:
    sound = resampled(clip.video.sound, clip.video.sample_rate)
    listen = {name: value for name, value in options["voice"].items() if name != "odds"}
    return equal_parts(clip, voicing(sound, len(sound) // 160 - 1, **listen))


def measured(material: str, clips: list[Clip], options: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of some clips: aligned, the null, and what becomes of wrong prompts."""
    found = [listened(clip, clip.prompt, options) for clip in clips]
    pairs = zip(clips, found, strict=True)
    put = [pair for clip, of in pairs for pair in paired(clip, of.phones)]
    null = [p for clip in clips for p in paired(clip, null_of(clip, options))]
    refused = {"clips": len(clips), "refused": sum(bool(of.refused) for of in found)}
    rows = [row(material, "aligned", kind, pairs) for kind, pairs in kinds(put) if pairs]
    rows[0] |= refused
    rows += [row(material, "equal parts of the voice", "all", null)]
    rng = np.random.default_rng(SEED)
    doubted: dict[str, list[bool]] = {}
    for clip in clips:
        for name, prompt in wrong(clip.prompt, rng).items():
            doubted.setdefault(name, []).append(bool(listened(clip, prompt, options).refused))
    for name, of in doubted.items():
        told = {"material": material, "method": f"wrong prompt: {name}"}
        rows.append(told | {"clips": len(of), "refused": sum(of)})
    return rows


def arguments(about: str | None) -> argparse.Namespace:
    """What a benchmark of alignment takes; its ``options`` are those of params.yaml."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--out", type=Path, required=True, help="CSV file to write")
    parser.add_argument("--raw", type=Path, default=Path("data/raw/phantom"))
    usual = Path(os.environ.get("TRACTABLE_REAL", "../shared/real"))
    parser.add_argument(
        "--real", type=Path, default=usual, help="recorded corpora, where there are"
    )
    options = yaml.safe_load(Path("params.yaml").read_text("utf-8"))["recordings"]["alignment"]
    return parser.parse_args(namespace=argparse.Namespace(options=options))


def main() -> None:
    asked = arguments(__doc__)
    options, clips = asked.options, phantom(asked.raw)
    rows = []
    for name, chosen in (("sim1 to sim4", True), ("other speakers", False)):
        some = [clip for clip in clips if (clip.speaker in CHOSEN_ON) == chosen]
        rows += measured(f"phantom {name}", some, options) if some else []
    if (asked.real / "usc75").is_dir():
        rows += measured("recorded clip", [recorded(asked.real)], options)
    tables.write(asked.out, COLUMNS, rows)


if __name__ == "__main__":
    main()
