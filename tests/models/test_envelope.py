"""The envelope of a tube: what a microphone hears of it, and the source that excites it."""

import numpy as np
import pytest
import torch

from tests.known_law import PLACES, shapes
from tractable.formants.cepstrum import cepstra
from tractable.mel import Bands
from tractable.models.envelope import cepstrum, frequencies
from tractable.models.learnt_tube import LearntTube, textbook
from tractable.models.model import Examples
from tractable.tube import transfer_function

BANDS = Bands(26, 60.0, 8000.0)
RATE, SECONDS = 22050, 20.0
SOURCE = torch.linspace(3, -1, 12, dtype=torch.float64)


def tube():
    given = torch.cat([part.reshape(80, -1) for part in shapes(80, 1)], 1)
    wanted = torch.zeros(80, 3, dtype=torch.float64)
    few = Examples("shape_to_sound", given, wanted, torch.ones_like(wanted), 3)
    return LearntTube("shape_to_sound", textbook(few, 1.5e-4, 2.0)), given


def heard(log_area, length):
    """Mean cepstrum, from c1, of noise that comes out of a tube."""
    noise = np.random.default_rng(1).normal(size=int(RATE * SECONDS))
    frequency = np.fft.rfftfreq(len(noise), 1 / RATE)
    asked = torch.arange(10.0, 9000.0, 10.0, dtype=torch.float64)
    flow = transfer_function(log_area[None], length, asked)[0].abs().numpy()
    sound = np.fft.irfft(np.fft.rfft(noise) * np.interp(frequency, asked, flow * asked.numpy()))
    times = np.arange(0.1, SECONDS - 0.1, 0.01)
    bands = {"bands": BANDS.bands, "lowest": BANDS.lowest, "highest": BANDS.highest}
    return cepstra(sound, RATE, times, window=0.025, coefficients=13, **bands).mean(0)[1:]


def test_two_tubes_differ_as_their_sounds_do():
    """Noise through either; what one noise does to a logarithm, it does to the other."""
    sections, length = 40, torch.tensor([0.17 / 40], dtype=torch.float64)
    place = (torch.arange(sections, dtype=torch.float64) + 0.5) / sections
    areas = [np.log(3e-4) + amount * torch.cos(2 * torch.pi * place) for amount in (-0.8, 0.8)]
    sounds = [heard(area, length) for area in areas]
    at = frequencies(BANDS)
    tubes = [
        cepstrum(transfer_function(area[None], length, at).abs(), BANDS, 12)[0].numpy()
        for area in areas
    ]
    apart = sounds[1] - sounds[0]
    assert np.abs(apart).max() > 1
    np.testing.assert_allclose(tubes[1] - tubes[0], apart, atol=0.13)


def test_of_a_flat_tract_is_heard_what_lips_radiate():
    """6 dB an octave, in bands that are worked out by hand: mel, triangles, logarithms, cosines."""
    at = frequencies(BANDS).numpy()
    mels = 2595 * np.log10(1 + np.array([60.0, 8000.0]) / 700)
    corners = 700 * (10 ** (np.linspace(*mels, 28) / 2595) - 1)
    levels = [
        np.log(np.sum(np.interp(at, corners[k : k + 3], [0, 1, 0]) * at**2)) for k in range(26)
    ]
    waves = np.cos(np.pi * np.arange(1, 13)[:, None] * (np.arange(26) + 0.5) / 26)
    told = cepstrum(torch.ones(1, len(at), dtype=torch.float64), BANDS, 12)[0]
    np.testing.assert_allclose(told, (2 / 26) ** 0.5 * waves @ levels, atol=1e-6)


def test_a_planted_source_comes_back():
    model, given = tube()
    model.with_source(spoken(model, given, SOURCE))
    np.testing.assert_allclose(model.source, SOURCE, atol=1e-9)
    told = model.answer(given).cepstrum.detach()
    np.testing.assert_allclose(told, spoken(model, given, SOURCE).wanted[:, 6:], atol=1e-9)
    again = LearntTube("shape_to_sound", model.state())
    np.testing.assert_array_equal(again.answer(given).cepstrum.detach(), told)


def test_what_is_not_known_of_the_cepstrum_does_not_count():
    model, given = tube()
    examples = spoken(model, given, SOURCE)
    examples.wanted[::2, 6:], examples.weight[::2, 6:] = 99.0, 0.0
    np.testing.assert_allclose(model.with_source(examples).source, SOURCE, atol=1e-9)


def spoken(model, given, source):
    """ln F, ln B and cepstra of a model's own tracts, excited by one source."""
    model.mel = torch.nn.Parameter(torch.tensor(BANDS, dtype=torch.float64), False)
    with torch.no_grad():
        told = model.without_envelope(given)
        envelope = source + model.envelope(told, len(source))
    wanted = torch.cat([told.log_frequency, told.log_bandwidth, envelope], 1)
    return Examples("shape_to_sound", given, wanted, torch.ones_like(wanted), 3, bands=BANDS)


def test_no_cepstrum_no_source():
    model, given = tube()
    silent = spoken(model, given, SOURCE)._replace(bands=None)
    assert model.with_source(silent).answer(given).cepstrum is None


@torch.no_grad()
def test_a_turned_tract_has_the_envelope_of_what_sounds():
    model, given = tube()
    model.with_source(spoken(model, given, torch.zeros(12, dtype=torch.float64)))
    model.turned.fill_(True)
    told = model.answer(given)
    tract = {"log_area": told.area.flip(1).log(), "section_length": told.section_length.flip(1)}
    fossa = model.branch()._replace(joint=PLACES - model.branch().joint)
    flow = transfer_function(
        **tract, frequency=frequencies(BANDS), losses=model.losses(), branch=fossa
    )
    np.testing.assert_allclose(told.cepstrum, cepstrum(flow.abs(), BANDS, 12))


@pytest.mark.parametrize("count", [1, 5, 12])
def test_the_first_coefficients_are_the_same_however_many_are_kept(count):
    transfer = torch.rand(3, len(frequencies(BANDS)), dtype=torch.float64) + 0.1
    few, all_of_them = (cepstrum(transfer, BANDS, many) for many in (count, 12))
    np.testing.assert_allclose(few, all_of_them[:, :count])
