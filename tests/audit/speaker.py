"""A made-up speaker whose tongue moves the sound, and the faults that can be planted in him."""

from pathlib import Path

import numpy as np
import xarray as xr
import yaml
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from tractable.audit.speaker import Audit, Limits, audited
from tractable.contracts import RECORDINGS, described
from tractable.recordings.lag import audio_lag

PARAMS = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())
OPTIONS = {
    name: PARAMS["audit"][name] for name in ("frame_rates", "confidence", "steps", "quieter")
}
LAG = PARAMS["recordings"]["lag"]
OPTIONS["lag"] = {name: LAG[name] for name in ("longest", "smoothing", "trend")}
LIMITS = Limits(**PARAMS["audit"]["limits"])
RATE = 65040 / 781  # Hz
SAMPLE_RATE, SIDE, SPACING = 22050, 48, 2.4e-3
CLIPS, FRAMES = 3, 300
NAMES = ("one", "two", "three")


def tongue(seed: int) -> np.ndarray:
    """Where it is (frame, axis) [pixels]: two courses, smooth to a tenth of a second."""
    course = np.random.default_rng(seed).standard_normal((FRAMES, 2))
    smooth = gaussian_filter1d(course, 0.05 * RATE, axis=0)
    return 4.0 * smooth / smooth.std(0)


def pictures(seed: int, turn: tuple[int, int] = (0, 0)) -> np.ndarray:
    """A still head with a bright tongue, as noisy as a scanner's; the head may lie elsewhere."""
    rng = np.random.default_rng(100)  # one head
    head = gaussian_filter(rng.standard_normal((SIDE, SIDE)), 1.2)
    head = 90 + 60 * head / head.std() * np.hanning(SIDE)[:, None] * np.hanning(SIDE)
    row, column = np.mgrid[:SIDE, :SIDE]
    down, right = np.moveaxis(24 + tongue(seed), 1, 0)[..., None, None]
    shape = np.exp(-((row - down) ** 2 + (column - right) ** 2) / (2 * 4.0**2))
    noise = np.random.default_rng(seed).normal(0, 2, (FRAMES, SIDE, SIDE))
    whole = np.roll(head + 80 * shape, turn, (1, 2)) + noise
    return np.clip(whole, 0, 255).round().astype(np.uint8)


def sound(seed: int) -> np.ndarray:
    """Voice of gliding pitch whose bands follow the tongue, silent but for hiss where it is low."""
    rng = np.random.default_rng(seed)
    count = round(FRAMES / RATE * SAMPLE_RATE)
    time = np.arange(count) / SAMPLE_RATE
    down, right = (np.interp(time, np.arange(FRAMES) / RATE, of) for of in tongue(seed).T)
    phase = 2 * np.pi * np.cumsum(120 * (1 + 0.2 * np.sin(2 * np.pi * 0.7 * time))) / SAMPLE_RATE
    low = sum(np.sin(k * phase) for k in range(2, 8))
    high = sum(np.sin(k * phase) for k in range(8, 30))
    voice = 1 / (1 + np.exp(-(down + 1.5) * 4))
    spoken = 0.004 * voice * (low + 0.3 * np.exp(0.3 * right) * high)
    return (spoken + 3e-4 * rng.standard_normal(count)).astype(np.float32)


class MadeUp:
    """Pictures and sound of three clips, to plant faults in before they are audited."""

    def __init__(self) -> None:
        self.pictures = [pictures(seed) for seed in range(CLIPS)]
        self.sound = [sound(seed) for seed in range(CLIPS)]
        self.states = [""] * CLIPS
        self.phone, self.rate = "a", RATE

    def recordings(self) -> xr.Dataset:
        pairs = zip(self.pictures, self.sound, strict=True)
        lags = [audio_lag(seen, RATE, heard, SAMPLE_RATE, **LAG) for seen, heard in pairs]
        count, grid = CLIPS * FRAMES, SPACING * np.arange(SIDE)
        return described(
            RECORDINGS,
            {
                "time": np.arange(count) / self.rate,
                "clip_of": np.repeat(np.arange(CLIPS), FRAMES),
                "phone": np.array([self.phone, ""])[np.arange(count) // 30 % 2],
                "x": grid,
                "y": grid,
                "frames": np.concatenate(self.pictures),
                "sample": np.arange(sum(map(len, self.sound))) / SAMPLE_RATE,
                "sound": np.concatenate(self.sound),
                "clip": np.arange(CLIPS),
                "clip_name": np.array(NAMES),
                "sound_state": np.array(self.states),
                "audio_lag": np.array([lag for lag, _ in lags]),
                "audio_lag_sd": np.array([sd for _, sd in lags]),
            },
            corpus="phantom",
            speaker="made_up",
            pixel_spacing=SPACING,
            frame_rate=self.rate,
            sample_rate=SAMPLE_RATE,
        )

    def stores(self) -> dict[str, xr.Dataset]:
        """Of the other stores, what an audit reads: nothing is refused."""
        count = CLIPS * FRAMES
        fine = xr.Dataset({"refused": ("time", np.full(count, "", dtype="<U40"))})
        inside = np.ones((count, SIDE, SIDE), int) * 5
        inside[:, :6] = 0
        voiced = np.concatenate([tongue(seed)[:, 0] > 0 for seed in range(CLIPS)])
        return {
            "recordings": self.recordings(),
            "contours": fine.assign(
                tissue_map=(("time", "y", "x"), inside), uncertainty=("time", np.full(count, 7e-4))
            ),
            "areas": fine.copy(deep=True),
            "formants": xr.Dataset(
                {
                    "reason": (("time", "formant"), np.full((count, 4), "", dtype="<U40")),
                    "voiced": ("time", voiced.astype(float)),
                }
            ),
        }


def audit_of(stores: dict[str, xr.Dataset], limits: Limits = LIMITS) -> Audit:
    return audited(stores, limits=limits, **OPTIONS)


def flags(audit: Audit) -> set[tuple[str, str]]:
    """Clip and quantity of all that is flagged."""
    return {(finding.clip, finding.quantity) for finding in audit.flags}
