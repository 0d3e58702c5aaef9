"""Every corpus in small, from files as received to features: what was put in comes out."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from tractable.areas import area_functions
from tractable.contours import contours
from tractable.contracts import RECORDINGS
from tractable.formants import formants
from tractable.recordings.add import add
from tractable.recordings.corpora import ADAPTERS, speaker_task
from tractable.store import load
from tractable.stretches import end_to_end

from .corpus import OPTIONS
from .miniatures import FORMANTS, MINIATURES, head, made, true_lengths

PARAMS = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())
RAW = Path("data/raw")


def added(name, folder):
    """The corpus, and its one store of recordings."""
    of = made(name, folder)
    add("mini", folder, adapter=of.adapter, **of.settings)
    entry = yaml.safe_load(Path("params.yaml").read_text())["corpora"]["mini"]
    assert entry["speakers"] == [of.speaker]
    store = Path("data/recordings/mini") / f"{of.speaker}.zarr"
    options = OPTIONS | {"sample_rate": 16000}
    speaker_task(RAW / "mini", store, entry, options)()
    return of, load(store, RECORDINGS).load()


def test_every_adapter_has_a_miniature():
    assert {of.adapter for of in MINIATURES.values()} == set(ADAPTERS)


@pytest.mark.slow
@pytest.mark.parametrize("name", MINIATURES)
def test_a_corpus_goes_from_files_to_features(empty, tmp_path, name):
    """Frames to a grey level, rate and spacing as recorded, labels in their time, a vowel heard."""
    of, recorded = added(name, tmp_path / "received")
    seen_as = of.side, of.spacing, float(of.frame_rate)
    frames = head(*seen_as)
    assert recorded.attrs["frame_rate"] == pytest.approx(float(of.frame_rate), rel=1e-4)
    assert recorded.attrs["pixel_spacing"] == pytest.approx(of.spacing, rel=1e-4)
    assert recorded.frames.shape == frames.shape
    np.testing.assert_allclose(*map(normal, (recorded.frames, frames)), atol=0.02)
    phones = {phone: (0.2 * k, 0.2 * (k + 1)) for k, phone in enumerate(of.phones)}
    for phone, (start, end) in phones.items():
        inside = (recorded.time > start) & (recorded.time < end - 1e-9)
        assert set(recorded.phone[inside].values) == {phone}
    assert set(recorded.phone.values) == {"", *of.phones}

    found = end_to_end(list(contours(recorded, **PARAMS["contours"])))
    shapes = area_functions(found, **PARAMS["areas"])
    assert (shapes.refused == "").mean() > 0.7
    true = true_lengths(*seen_as, **PARAMS["areas"]["geometry"])
    error = shapes.tract_length.values / true - 1
    assert abs(np.nanmedian(error)) < 0.03

    heard = formants(recorded, **PARAMS["formants"])
    if of.sample_rate:
        assert recorded.sound_state.values.tolist() == [""]
        np.testing.assert_allclose(np.nanmedian(heard.frequency[:, :3], 0), FORMANTS, rtol=0.05)
    else:
        assert recorded.sound_state.values.tolist() == ["no sound"]
        assert set(heard.reason.values.ravel()) == {"no sound"}
        assert not heard.voiced.any()


def normal(frames):
    """Brightness as a share of the brightest, the few brightest left out."""
    values = np.asarray(frames, float)
    return np.minimum(values / np.quantile(values, 0.999), 1)
