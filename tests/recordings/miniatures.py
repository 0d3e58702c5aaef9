"""Corpora in small, each in its true layout: a simulated head, a vowel of known formants."""

import json
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

import av
import h5py
import numpy as np
from scipy.io import savemat, wavfile
from scipy.signal import lfilter

from tests.contours.heads import filmed, spoken
from tests.imaging.test_film import write as write_dicom
from tractable.curves import channel
from tractable.imaging.labels import Grid, Pose

from .corpus import write_textgrid

FORMANTS = (500.0, 1500.0, 2500.0)  # Hz, of the vowel, which sounds all the time
SECONDS = 0.6
TIER = [(0.0, 0.2, "a"), (0.2, 0.4, "i")]


class Miniature(NamedTuple):
    """How a corpus writes a head down, and what params.yaml must say of it."""

    adapter: str
    side: int  # pixels
    spacing: float  # m
    frame_rate: Fraction
    sample_rate: int  # of the sound; 0: none
    write: Callable[..., None]
    settings: dict
    speaker: str
    phones: tuple[str, ...] = ("a", "i")  # of TIER, in SAMPA


@cache
def seen(side: int, spacing: float, frame_rate: float) -> tuple[np.ndarray, list[dict]]:
    """Frames of a head that speaks, as a scanner of that resolution sees it, and its boundaries."""
    grid = Grid(height=side, width=side, spacing=spacing, fine=4 if side < 150 else 2)
    margin = max(0.0, side * spacing - 0.2) / 2
    pose = Pose(x=0.072 + margin, y=0.077 + margin, pitch=0.0)
    return filmed(grid, pose, spoken(frame_rate, SECONDS)[:-1])


def head(side: int, spacing: float, frame_rate: float) -> np.ndarray:
    return seen(side, spacing, frame_rate)[0]


def true_lengths(side: int, spacing: float, frame_rate: float, **geometry) -> np.ndarray:
    """Tract length of each frame [m], by ``areas``' own geometry on the true boundaries."""
    _, truth = seen(side, spacing, frame_rate)
    walls = [(np.concatenate([of["upper"], of["wall"]]), of["lower"]) for of in truth]
    return np.array([channel(*wall, **geometry).length for wall in walls])


def vowel(sample_rate: int) -> np.ndarray:
    """A voice of 100 Hz that falls by 6 dB an octave, through resonances at FORMANTS, each 80 Hz
    wide; at most 0.5."""
    periods = np.floor(np.arange(round(SECONDS * sample_rate) + 1) * 100 / sample_rate)
    sound = lfilter([1], [1, -np.exp(-2 * np.pi * 50 / sample_rate)], np.diff(periods))
    for frequency in (*FORMANTS, 3500.0, 4500.0):
        radius = np.exp(-np.pi * 80 / sample_rate)
        pole = -2 * radius * np.cos(2 * np.pi * frequency / sample_rate)
        sound = lfilter([1 + pole + radius**2], [1, pole, radius**2], sound)
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def write_avi(path: Path, frames: np.ndarray, rate: Fraction, sound=None, sample_rate=0) -> None:
    """Without loss, at a rate that the header then says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as file:
        track = file.add_stream("ffv1", rate=rate)
        track.height, track.width, track.pix_fmt = *frames.shape[1:], "gray"
        voice = None if sound is None else file.add_stream("pcm_s16le", rate=sample_rate)
        if voice is not None:
            voice.layout = "mono"
        for frame in frames:
            file.mux(track.encode(av.VideoFrame.from_ndarray(frame, format="gray")))
        file.mux(track.encode())
        if voice is not None:
            whole = av.AudioFrame.from_ndarray((sound * 2**15).astype("int16")[None], "s16", "mono")
            whole.sample_rate = sample_rate
            file.mux(voice.encode(whole))
            file.mux(voice.encode())


def write_wave(path: Path, sound: np.ndarray, sample_rate: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(path, sample_rate, (sound * 2**15).astype("int16"))


def usctimit(folder: Path, frames, sound, of: Miniature, header: Fraction | None = None) -> None:
    home, stem = folder / "MRI/Data" / of.speaker, f"usctimit_mri_{of.speaker.lower()}_001_005"
    write_avi(home / "avi" / f"{stem}.avi", frames, header or of.frame_rate)
    write_wave(home / "wav" / f"{stem}.wav", sound, of.sample_rate)
    both = home / "avi_withaudio" / f"{stem}_withaudio.avi"
    write_avi(both, frames, header or of.frame_rate, sound, of.sample_rate)
    (home / "trans").mkdir()
    rows = ["0,0.2,AA1,OTTER,an otter, it seems,1", "0.2,0.4,iy,EEL,an eel,2", "0.4,0.6,SIL,,,2"]
    (home / "trans" / f"{stem}.trans").write_text("\n".join(rows) + "\n")
    (home / "tracks").mkdir()
    savemat(home / "tracks" / f"{stem}_track.mat", {"trackdata": traces(frames)})


def traces(frames: np.ndarray) -> np.ndarray:
    """A cell of trackdata{t}.contours.segment{k} for every frame: vertices, parts, and a mean."""
    cells = np.empty((1, len(frames)), object)
    for t, frame in enumerate(frames):
        segments = np.empty((1, 3), object)
        for k in range(3):
            vertices = np.stack([np.linspace(-20, 20, 9), np.full(9, 10.0 * k)], 1)
            mean = float(frame.mean())
            segments[0, k] = {"v": vertices, "i": np.full((9, 1), k + 1.0), "mu": mean}
        cells[0, t] = {"contours": {"segment": segments}}
    return cells


def usclss(folder: Path, frames, sound, of: Miniature) -> None:
    """A session as mview lists it, and one of its utterances as a video."""
    (folder / "articulators").mkdir(parents=True)
    image = {"NAME": "IMAGE", "SRATE": float(of.frame_rate), "SIGNAL": frames.transpose(1, 2, 0)}
    trace = {
        "NAME": "Bilabial",
        "SRATE": float(of.frame_rate),
        "SIGNAL": frames.mean((1, 2))[:, None],
    }
    voice = {"NAME": "AUDIO", "SRATE": float(of.sample_rate), "SIGNAL": sound[:, None]}
    kind = [(name, object) for name in ("NAME", "SRATE", "SIGNAL")]
    table = np.array([tuple(one.values()) for one in (voice, image, trace)], kind)[None]
    savemat(folder / "articulators" / f"usc_{of.speaker}_01_mview.mat", {"data": table})
    write_avi(folder / "video" / f"usc_{of.speaker}_01_1.avi", frames[:20], of.frame_rate)
    write_textgrid(folder / "textgrids" / f"usc_{of.speaker}_01.TextGrid", TIER)


def artspeech_dicom(folder: Path, frames, sound, of: Miniature) -> None:
    session = artspeech_sound(folder, sound, of)
    spacing = [1000 * of.spacing] * 2
    write_dicom(session / "IM_1.dcm", frames.astype("uint16") * 8, PixelSpacing=spacing,
                FrameTime=f"{1000 / float(of.frame_rate):.6f}", InstanceNumber=57)  # fmt: skip


def artspeech_arrays(folder: Path, frames, sound, of: Miniature) -> None:
    session = artspeech_sound(folder, sound, of)
    for part in ("NPY_MR", "inference_contours"):
        (session / part).mkdir()
    for number, frame in enumerate(frames, 1):
        np.save(session / "NPY_MR" / f"{number:04d}.npy", frame.astype("uint16") * 8)
        np.save(session / "inference_contours" / f"{number:04d}_tongue.npy", np.zeros((2, 50)))


def artspeech_sound(folder: Path, sound, of: Miniature) -> Path:
    session = folder / of.speaker / "S01"
    write_wave(session / f"{of.speaker}_S01.wav", sound, of.sample_rate)
    write_wave(session / f"{of.speaker}_S01_mocap.wav", sound, of.sample_rate)
    grid, before = session / f"{of.speaker}_S01_adjusted.textgrid", ("SentenceTier", "WordTier")
    write_textgrid(grid, [*TIER, (0.4, 0.6, "#")], "PhonTier", before)
    return session


def ruthven(folder: Path, frames, sound, of: Miniature) -> None:
    home, masks = folder / "MRI_SSFP_10fps" / of.speaker, folder / "GT_Segmentations" / of.speaker
    home.mkdir(parents=True)
    masks.mkdir(parents=True)
    for number, frame in enumerate(frames, 1):
        write_dicom(home / f"image_{number}.dcm", frame.astype("uint16") * 8, InstanceNumber=number,
                    PixelSpacing=[1000 * of.spacing] * 2)  # fmt: skip
        savemat(masks / f"mask_{number}.mat", {"mask_frame": np.zeros(frame.shape, "uint8")})


def usc75_recon(folder: Path, frames, sound, of: Miniature) -> None:
    part, prefix = folder / of.speaker / "2drt", f"{of.speaker}_2drt_01_vcv1_r1"
    (part / "recon").mkdir(parents=True)
    with h5py.File(part / "recon" / f"{prefix}_recon.h5", "w") as file:
        file["recon"] = frames.transpose(0, 2, 1) * 3e-7
    write_wave(part / "audio" / f"{prefix}_audio.wav", sound, of.sample_rate)
    write_textgrid(part / "textgrid" / f"{prefix}.TextGrid", TIER)
    task = {"prefix": prefix, "name": "vcv1_r1", "file": "exist"}
    (folder / "metafile_public_mini.json").write_text(json.dumps({of.speaker: {"task": [task]}}))


def any_video(folder: Path, frames, sound, of: Miniature) -> None:
    home = folder / of.speaker
    write_avi(home / "film" / "words 1.avi", frames, of.frame_rate)
    write_wave(home / "voice" / "words 1.wav", sound, of.sample_rate)
    write_textgrid(home / "labels" / "words 1.TextGrid", TIER, "sounds")


def any_dicom(folder: Path, frames, sound, of: Miniature) -> None:
    """Compressed, a folder of frames per clip."""
    from pydicom.uid import JPEG2000Lossless

    home = folder / of.speaker
    (home / "words1").mkdir(parents=True)
    for number, frame in enumerate(frames, 1):
        file = home / "words1" / f"{900 - number}.dcm"
        pixels, spacing = frame.astype("uint16") * 8, [1000 * of.spacing] * 2
        write_dicom(file, pixels, JPEG2000Lossless, InstanceNumber=number, PixelSpacing=spacing)
    write_wave(home / "words1.wav", sound, of.sample_rate)
    write_textgrid(home / "words1.TextGrid", TIER)


USC = 0.2 / 68
MINIATURES = {
    "usctimit": Miniature(
        "usctimit", 68, USC, Fraction(2318, 100), 20000, usctimit,
        {"pixel_spacing": USC, "frame_rate": 23.18}, "F1", ("A", "i"),
    ),
    "usclss": Miniature(
        "usclss", 104, 2.4e-3, Fraction(99), 16000, usclss, {"pixel_spacing": 2.4e-3}, "s1"
    ),
    "artspeech": Miniature(
        "artspeech", 136, 1.6176e-3, Fraction(50), 16000, artspeech_dicom, {}, "1791"
    ),
    "artspeech of arrays": Miniature(
        "artspeech", 136, 1.4118e-3, Fraction(55), 16000, artspeech_arrays,
        {"pixel_spacing": 1.4118e-3, "frame_rate": 55}, "P7",
    ),
    "ruthven": Miniature(
        "ruthven", 256, 1.164e-3, Fraction(10), 0, ruthven, {"frame_rate": 10.0}, "Subject1", ()
    ),
    "usc75 of recon": Miniature(
        "usc75", 84, 2.4e-3, Fraction(65040, 781), 20000, usc75_recon,
        {"pixel_spacing": 2.4e-3, "frame_rate": "65040/781"}, "sub001",
    ),
    "folder of videos": Miniature(
        "folder", 84, 2.4e-3, Fraction(40), 44100, any_video,
        {"pixel_spacing": 2.4e-3, "pictures": "film/{clip}.avi", "sound": "voice/{clip}.wav",
         "labels": "labels/{clip}.TextGrid", "tier": "sounds"}, "m01",
    ),
    "folder of DICOM": Miniature(
        "folder", 100, 2.0e-3, Fraction(30), 16000, any_dicom,
        {"frame_rate": 30.0, "pictures": "{clip}", "sound": "{clip}.wav",
         "labels": "{clip}.TextGrid"}, "m02",
    ),
}  # fmt: skip


def made(name: str, folder: Path, **options) -> Miniature:
    """Write a corpus; its frames are those of ``head``."""
    of = MINIATURES[name]
    frames = head(of.side, of.spacing, float(of.frame_rate))
    sound = vowel(of.sample_rate) if of.sample_rate else None
    folder.mkdir(parents=True, exist_ok=True)
    of.write(folder, frames, sound, of, **options)
    return of
