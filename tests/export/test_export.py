"""What is exported is what the stores hold, with a unit for each column; Praat reads the labels."""

import sys
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import parselmouth
import pytest
import xarray as xr
from parselmouth.praat import call

from tractable.contracts import AREAS, FORMANTS, RECORDINGS, SCORES, BadInput, described
from tractable.export import __main__
from tractable.export.folder import export
from tractable.export.tables import NOUNS, ROWS, TABLES, columns, stretches
from tractable.recordings.textgrid import labels_at, read_tiers
from tractable.store import contents, load, save
from tractable.whole import remove

RATE = 65040 / 781
CORPORA = {"phantom": {"speakers": ["sim1", "sim2"]}, "other": {"speakers": ["sim1"]}}
COUNTS = [30, 50]  # frames of two clips
PHONES = np.array(["", "a", 'say "b"', "c", ""]).repeat(16)


def clock():
    return {
        "time": np.arange(80) / RATE,
        "clip_of": np.repeat([0, 1], COUNTS),
        "phone": PHONES,
    }


def formants(speaker: str, corpus: str = "phantom") -> xr.Dataset:
    rng = np.random.default_rng([*speaker.encode(), *corpus.encode()])
    known = rng.random((80, 3)) < 0.7
    settings = {"ceiling": 5500.0, "mel_bands": 26, "mel_lowest": 60.0, "mel_highest": 8000.0}
    parts = {
        "formant": np.arange(1, 4),
        "frequency": np.where(known, rng.random((80, 3)) * 3000, np.nan),
        "frequency_sd": rng.random((80, 3)),
        "bandwidth": rng.random((80, 3)),
        "reason": np.where(known, "", "silent, or so"),
        "fundamental": rng.random(80),
        "intensity": rng.random(80),
        "voiced": rng.integers(0, 2, 80).astype(float),
        "coefficient": np.arange(2),
        "cepstrum": rng.random((80, 2)),
    }
    names = {"corpus": corpus, "speaker": speaker, "frame_rate": RATE}
    return described(FORMANTS, clock() | parts, **names, **settings)


def areas(speaker: str, corpus: str = "phantom") -> xr.Dataset:
    rng = np.random.default_rng([*speaker.encode(), 1])
    shape = {name: rng.random((80, 4)) for name in ("distance", "area", "distance_sd", "area_sd")}
    parts = {
        "place": (np.arange(4) + 0.5) / 4,
        "axis": np.array(["x", "y"]),
        "tract_length": rng.random(80),
        "tract_length_sd": rng.random(80),
        "midline": rng.random((80, 4, 2)),
        "refused": np.array(["no head", ""]).repeat(40),
        **shape,
    }
    return described(AREAS, clock() | parts, corpus=corpus, speaker=speaker, frame_rate=RATE)


def scores() -> xr.Dataset:
    rng = np.random.default_rng(2)
    parts = {
        "model": np.array(["hybrid", "mlp"]),
        "speaker": np.array(["sim1", "sim2"]),
        "score": np.array(["V0 error (%)", "V1 skill"]),
        "formant": np.array(["F1", "all"]),
        "direction": np.array(["forward", "forward"]),
        "better": np.array([-1, 1]),
        "asked": np.array([[[1, 1], [1, 0]], [[1, 0], [0, 0]]]),
        "value": rng.random((2, 2, 2, 2)),
        "null": rng.random((2, 2, 2)),
        "ceiling": rng.random((2, 2, 2)),
    }
    return described(SCORES, parts, corpus="phantom")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for corpus, entry in CORPORA.items():
        for name in entry["speakers"]:
            save(formants(name, corpus), folder / "formants" / corpus / f"{name}.zarr", FORMANTS)
            save(areas(name, corpus), folder / "areas" / corpus / f"{name}.zarr", AREAS)
    save(scores(), folder / "scores" / "phantom.zarr", SCORES)
    return folder


@pytest.fixture
def exported(data, tmp_path):
    """A function that exports and gives the folder."""

    def run(
        *nouns, chosen=("phantom/sim1", "sim2"), name="mine", kind="csv", force=False, inside=()
    ):
        folder = tmp_path / name
        known = {"chosen": chosen, "kind": kind, "force": force, "data": data, "inside": inside}
        export(folder, CORPORA, nouns=nouns or None, **known)
        return folder

    return run


def read(file) -> pd.DataFrame:
    """As R reads it: NA is not known, an empty field is an empty text."""
    return pd.read_csv(file, keep_default_na=False, na_values={"frequency": ["NA"]})


def test_rows_are_frames_by_formants_with_the_values_of_the_stores(exported):
    table = read(exported("formants") / "formants.csv")
    assert list(table)[:6] == ["corpus", "speaker", "clip", "frame", "time", "phone"]
    assert len(table) == 2 * 80 * 3
    for name in ("sim1", "sim2"):
        rows, store = table[table.speaker == name], formants(name)
        for variable in ("frequency", "frequency_sd", "bandwidth", "reason"):
            values = rows[variable].to_numpy().reshape(80, 3)
            np.testing.assert_array_equal(values, store[variable].values)
        assert rows.phone.to_numpy()[::3].tolist() == PHONES.tolist()
        assert rows.formant.tolist() == [1, 2, 3] * 80
    text = (exported("formants", name="again") / "formants.csv").read_text()
    assert ",NA," in text
    assert "nan" not in text.lower()


def test_every_clip_begins_at_zero(exported):
    table = read(exported("areas") / "lengths.csv")
    first = table[table.speaker == "sim1"]
    assert first["clip"].tolist() == [0] * 30 + [1] * 50
    assert first.frame.tolist() == [*range(30), *range(50)]
    np.testing.assert_allclose(first.time, first.frame / RATE, atol=1e-9)
    np.testing.assert_array_equal(first.tract_length, areas("sim1").tract_length)


def test_places_are_rows(exported):
    table = read(exported("areas") / "shapes.csv")
    rows = table[table.speaker == "sim2"]
    for name in ("distance", "area", "distance_sd", "area_sd"):
        np.testing.assert_array_equal(rows[name].to_numpy().reshape(80, 4), areas("sim2")[name])
    assert rows.place.tolist() == [0.125, 0.375, 0.625, 0.875] * 80


def test_scores_are_those_that_were_asked_of_the_speakers_chosen(exported):
    table = read(exported("scores", chosen=["sim2"]) / "scores.csv")
    assert list(table) == [
        *("corpus", "model", "speaker", "score", "formant"),
        *("direction", "better", "value", "null", "ceiling"),
    ]
    assert set(table.speaker) == {"sim2"}
    asked = [(row.model, row.score, row.formant) for row in table.itertuples()]
    assert sorted(asked) == [
        ("hybrid", "V0 error (%)", "F1"),
        ("hybrid", "V0 error (%)", "all"),
        ("hybrid", "V1 skill", "F1"),
        ("mlp", "V0 error (%)", "F1"),
    ]
    (row,) = table[(table.model == "mlp")].itertuples()
    known = scores().sel(model="mlp", speaker="sim2", score=row.score, formant="F1")
    assert (row.value, row.null, row.ceiling) == (known.value, known.null, known.ceiling)


def recordings(speaker: str, **optional: np.ndarray) -> xr.Dataset:
    parts = {
        **clock(),
        **{name: np.arange(2.0) for name in ("x", "y", "audio_lag", "audio_lag_sd")},
        "clip": np.arange(2),
        "frames": np.zeros((80, 2, 2), "uint8"),
        "sample": np.arange(9.0),
        "sound": np.zeros(9, "float32"),
        "clip_name": np.array(["vowels", "vcv"]),
        "sound_state": np.array(["", "no sound"]),
        **optional,
    }
    settings = {"pixel_spacing": 2e-3, "frame_rate": RATE, "sample_rate": 8000}
    return described(RECORDINGS, parts, corpus="phantom", speaker=speaker, **settings)


@pytest.fixture
def recorded(data):
    """A function that keeps a speaker's recordings while a test lasts."""
    yield lambda store: save(
        store, data / f"recordings/phantom/{store.attrs['speaker']}.zarr", RECORDINGS
    )
    remove(data / "recordings")


def test_clips_have_their_names(exported, recorded):
    recorded(recordings("sim2"))
    table = read(exported("recordings", chosen=["sim2"]) / "clips.csv")
    assert list(table)[:3] == ["corpus", "speaker", "clip"]
    assert table.clip_name.tolist() == ["vowels", "vcv"]
    assert table.sound_state.tolist() == ["", "no sound"]
    assert table.speaker.tolist() == ["sim2"] * 2


def test_each_frame_has_its_label_in_the_corpus_s_own_words_and_how_sure_it_is(exported, recorded):
    """Beside what the table of another speaker does not know; units.csv says what it means."""
    own = np.where(PHONES == "", "", np.char.add("own ", PHONES))
    sure = np.where(PHONES == "", np.nan, np.linspace(0, 1, 80))
    recorded(recordings("sim1", own_label=own, phone_confidence=sure))
    recorded(recordings("sim2"))
    folder = exported("recordings")
    told = {"keep_default_na": False, "na_values": {"own_label": ["NA"], "phone_confidence": "NA"}}
    table = pd.read_csv(folder / "phones.csv", **told)
    assert list(table) == [
        *("corpus", "speaker", "clip", "frame", "time", "phone"),
        *("own_label", "phone_confidence"),
    ]
    first, second = table[table.speaker == "sim1"], table[table.speaker == "sim2"]
    assert first["clip"].tolist() == second["clip"].tolist() == [0] * 30 + [1] * 50
    assert first.phone.tolist() == second.phone.tolist() == PHONES.tolist()
    assert first.own_label.tolist() == own.tolist()
    np.testing.assert_allclose(first.phone_confidence, sure, rtol=1e-12)
    assert second[["own_label", "phone_confidence"]].isna().all(axis=None)
    units = pd.read_csv(folder / "units.csv").set_index(["table", "column"]).loc["phones"]
    assert units.unit[["own_label", "phone_confidence"]].tolist() == ["text", "1"]
    assert "probability" in units.meaning.phone_confidence
    assert "`phones.csv`, identifying" in (folder / "README.md").read_text()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_speakers_with_unlike_columns_keep_each_value_under_its_heading(exported, recorded, kind):
    """One has rates of headers, the other sources of labels."""
    recorded(recordings("sim1", header_rate=np.array([83.0, 84.0])))
    recorded(recordings("sim2", label_source=np.array(["TextGrid", ""])))
    file = exported("recordings", kind=kind) / f"clips.{kind}"
    told = {"keep_default_na": False, "na_values": ["NA"]}
    table = pd.read_csv(file, **told) if kind == "csv" else pd.read_parquet(file)
    first, second = table[table.speaker == "sim1"], table[table.speaker == "sim2"]
    assert first.header_rate.tolist() == [83.0, 84.0]
    assert first.label_source.isna().all()
    assert second.header_rate.isna().all()
    assert second.label_source.tolist() == ["TextGrid", ""]
    assert second.clip_name.tolist() == ["vowels", "vcv"]


def test_each_column_of_each_table_has_its_unit(exported):
    folder = exported("areas", "formants", "scores")
    units = pd.read_csv(folder / "units.csv", keep_default_na=False).set_index(["table", "column"])
    files = sorted(folder.glob("*.csv"))
    assert len(files) == 7
    for file in files:
        if file.name != "units.csv":
            told = units.loc[file.stem]
            assert told.index.tolist() == list(pd.read_csv(file, nrows=1))
            assert (told != "").all(axis=None)
    assert units.loc["formants", "frequency"].tolist() == ["Hz", "NaN where it cannot be trusted"]
    assert units.loc["shapes", "area"].unit == "m2"
    about = (folder / "README.md").read_text()
    assert all(f"`{file.name}`" in about for file in files)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_tables_keep_to_the_contracts(table):
    promised = {name.rstrip("?"): of for name, of in table.contract.variables.items()}
    assert table.values
    assert all(set(promised[name][0]) <= set(table.dims) for name in table.values)
    assert all(meaning for _, meaning in columns(table).values())


def test_labels_are_what_our_reader_and_praat_read(exported):
    folder = exported("labels", chosen=["phantom/sim1"]) / "labels/phantom/sim1"
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["clip000.TextGrid", "clip001.TextGrid"]
    clips = np.split(PHONES, [COUNTS[0]])
    for file, phones in zip(files, clips, strict=True):
        intervals = read_tiers(file)["phones"]
        assert labels_at(np.arange(len(phones)) / RATE, intervals).tolist() == phones.tolist()
        grid = parselmouth.read(str(file))
        assert call(grid, "Get start time") == 0
        assert call(grid, "Get end time") == pytest.approx(len(phones) / RATE, abs=1e-6)
        count = call(grid, "Get number of intervals", 1)
        heard = [call(grid, "Get label of interval", 1, k + 1) for k in range(count)]
        assert heard == [label for label, _ in groupby(phones)]
        assert call(grid, "Get tier name", 1) == "phones"


def test_recordings_at_hand_name_the_clips_and_tell_more_of_their_labels(exported, recorded):
    """The corpus's own words, and how sure each phone is; two as sure as each other stay two."""
    own = np.where(PHONES == "", "", np.char.add("own ", PHONES))
    sure = np.where(PHONES == "a", 1.0, np.where(PHONES == "", np.nan, 0.625))
    recorded(recordings("sim1", own_label=own, phone_confidence=sure))
    folder = exported("labels", chosen=["phantom/sim1"]) / "labels/phantom/sim1"
    assert sorted(file.name for file in folder.iterdir()) == ["vcv.TextGrid", "vowels.TextGrid"]
    tiers = read_tiers(folder / "vcv.TextGrid")
    assert list(tiers) == ["phones", "own labels", "confidence"]
    times = np.arange(COUNTS[1]) / RATE
    at = slice(COUNTS[0], None)
    assert labels_at(times, tiers["phones"]).tolist() == PHONES[at].tolist()
    assert labels_at(times, tiers["own labels"]).tolist() == own[at].tolist()
    words = ["" if np.isnan(value) else f"{value:.2f}" for value in sure[at]]
    assert labels_at(times, tiers["confidence"]).tolist() == words
    said = [of for of in tiers["confidence"] if of.label]
    assert [(of.start, of.end) for of in said] == [
        (of.start, of.end) for of in tiers["phones"] if of.label
    ]


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({"clip_of": np.repeat([0, 1], [31, 49])}, "sim1.zarr: has other frames than the formants"),
        ({"clip_name": np.array(["vcv", "vcv"])}, "sim1.zarr: two clips have one name"),
    ],
)
def test_recordings_that_do_not_fit_end_an_export_of_labels(exported, recorded, fault, complaint):
    recorded(recordings("sim1", **fault))
    with pytest.raises(BadInput, match=complaint):
        exported("labels", chosen=["phantom/sim1"])


def test_the_same_bytes_twice_and_whatever_the_stretch(exported, monkeypatch):
    nouns = "areas", "formants", "scores", "labels"
    whole = contents(exported(*nouns))
    monkeypatch.setattr("tractable.export.tables.ROWS", 50)
    assert contents(exported(*nouns, name="again")) == whole


def test_a_long_store_comes_in_stretches(data, monkeypatch):
    (table,) = (table for table in TABLES if table.name == "formants")
    store = data / "formants/phantom/sim1.zarr"
    assert len(list(stretches(table, store, []))) == 1
    assert ROWS > 240
    monkeypatch.setattr("tractable.export.tables.ROWS", 50)
    parts = list(stretches(table, store, []))
    assert [len(part) for part in parts] == [48] * 5


def test_who_is_chosen(exported):
    every = read(exported("formants", chosen=None) / "voice.csv")
    assert len(every) == 3 * 80
    both = read(exported("formants", chosen=["sim1"], name="b") / "voice.csv")
    assert both[["corpus", "speaker"]].drop_duplicates().to_numpy().tolist() == [
        ["phantom", "sim1"],
        ["other", "sim1"],
    ]
    one = read(exported("formants", chosen=["other/sim1"], name="c") / "voice.csv")
    np.testing.assert_array_equal(one.fundamental, formants("sim1", "other").fundamental)


@pytest.mark.parametrize(
    ("nouns", "options", "complaint"),
    [
        (["formant"], {}, r"--nouns formant: no such table; did you mean 'formants'\?"),
        (["formants"], {"chosen": ["sim9"]}, r"--speakers sim9: nobody of .*did you mean 'sim"),
        (
            ["theory"],
            {},
            r"^no theory of phantom: .* in data/theory; `dvc repro theory` makes",
        ),
        (
            *(["scores"], {"chosen": None}),
            "^no scores of other: .* `dvc repro scores` makes it, .* or leave them out by --nouns",
        ),
    ],
)
def test_what_is_not_there_is_refused_and_nothing_is_written(exported, nouns, options, complaint):
    with pytest.raises(BadInput, match=complaint):
        exported(*nouns, **options)
    with pytest.raises(BadInput, match=complaint):
        exported("formants", *nouns, **options)


def test_a_corpus_that_is_not_scored_yet_is_exported_and_what_lacks_is_said(exported, data):
    """Where nobody named the tables; the other corpus keeps its scores."""
    alone = exported(chosen=["other/sim1"])
    assert not (alone / "scores.csv").exists()
    assert {"shapes.csv", "formants.csv", "labels"} <= {file.name for file in alone.iterdir()}
    told = (alone / "README.md").read_text()
    assert "Not in here: no scores of other: nothing of theirs lies in data/scores;" in told
    assert "scores.csv" not in told
    both = exported(chosen=None, name="both")
    assert set(read(both / "scores.csv").corpus) == {"phantom"}
    assert "no scores of other" in (both / "README.md").read_text()
    assert "Not in here" not in (exported(name="scored") / "README.md").read_text()


def test_a_part_of_a_corpus_does_not_pass_for_the_whole(exported, data):
    """Of one speaker it lacks, as after a partial pull."""
    lacking = data / "areas/phantom/sim2.zarr"
    lacking.rename(data / "sim2.zarr")
    try:
        with pytest.raises(BadInput, match=r"areas/phantom/sim2\.zarr: no such store"):
            exported()
    finally:
        (data / "sim2.zarr").rename(lacking)
    with pytest.raises(BadInput, match=r"phantom\.zarr: knows nothing of new, who came later"):
        list(stretches(TABLES[-1], data / "scores/phantom.zarr", ["sim1", "new"]))


def test_nothing_at_all_is_refused(tmp_path):
    known = {"nouns": None, "chosen": None, "kind": "csv", "force": False}
    with pytest.raises(BadInput, match=r"^no labels of phantom, other: nothing of theirs"):
        export(tmp_path / "mine", CORPORA, data=tmp_path / "data", **known)
    assert not (tmp_path / "mine").exists()


def test_the_class_of_a_table_is_that_of_its_corpora(exported):
    """Consent may be stricter than the noun."""
    for inside, kind in (((), "pseudonymous"), (["phantom"], "identifying"), (["other"], "pseud")):
        folder = exported("formants", name=f"for {inside}", inside=inside)
        assert f"`formants.csv`, {kind}" in (folder / "README.md").read_text()


def test_a_folder_that_is_there_stays_unless_forced(exported):
    folder = exported("formants")
    (folder / "mine.txt").write_text("notes")
    before = contents(folder)
    with pytest.raises(BadInput, match="mine: is there already; name another folder, or replace"):
        exported("formants")
    with pytest.raises(BadInput, match=r"^no theory of"):
        exported("theory", force=True)
    assert contents(folder) == before
    assert not (exported("formants", force=True) / "mine.txt").exists()


def test_force_replaces_nothing_but_an_export(exported, tmp_path):
    """A folder of one's own stays, and so does a file."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("all I know")
    (tmp_path / "note").write_text("all I know")
    for name in ("mine", "note"):
        with pytest.raises(BadInput, match=f"{name}: holds no tractable-export.txt, so that no"):
            exported("formants", name=name, force=True)
    assert (tmp_path / "mine/thesis.txt").read_text() == "all I know"
    assert (tmp_path / "note").read_text() == "all I know"


@pytest.mark.parametrize("force", [False, True])
def test_where_one_works_no_export_goes(data, tmp_path, monkeypatch, force):
    """Not to the stores, the current folder or above, though an export lie there."""
    here = tmp_path / "above/here"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    known = {"nouns": ["formants"], "chosen": None, "kind": "csv", "force": force, "data": data}
    before = contents(data)
    for folder in (Path(), here, here.parent, Path(".."), data, data.parent, data / "areas/.."):
        for place in (here, here.parent, data, data.parent):
            (place / "tractable-export.txt").write_text("")
        with pytest.raises(BadInput, match="or above it; name a new folder"):
            export(folder, CORPORA, **known)
    for place in (data, data.parent):
        (place / "tractable-export.txt").unlink()
    assert here.is_dir()
    assert contents(data) == before


def test_parquet_says_what_it_needs(exported, monkeypatch):
    """Where pyarrow is not installed, which it is for whoever develops."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BadInput, match="--format parquet needs pyarrow: `pip install pyarrow`"):
        exported("formants", kind="parquet")


def test_parquet_holds_the_same(exported, monkeypatch):
    monkeypatch.setattr("tractable.export.tables.ROWS", 50)
    table = pd.read_parquet(exported("formants", kind="parquet") / "formants.parquet")
    rows = table[table.speaker == "sim2"].frequency.to_numpy()
    np.testing.assert_array_equal(rows.reshape(80, 3), formants("sim2").frequency)


def test_the_command(data, tmp_path, monkeypatch, capsys):
    """With its usual nouns; help names every table."""
    monkeypatch.setattr(__main__, "params", lambda section: CORPORA)
    words = ["export", str(tmp_path / "out"), "--speakers", "phantom/sim1", "--data", str(data)]
    monkeypatch.setattr(sys, "argv", words)
    __main__.main()
    out = capsys.readouterr().out
    assert "its units.csv says what each column is" in out
    assert "export: no" not in out
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        *("README.md", "tractable-export.txt", "units.csv", "labels", "shapes.csv", "lengths.csv"),
        *("formants.csv", "voice.csv", "cepstra.csv", "scores.csv"),
    }
    monkeypatch.setattr(sys, "argv", [*words[:3], "other/sim1", *words[4:], "--force"])
    __main__.main()
    assert "export: no scores of other: nothing of theirs" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["export", "--help"])
    with pytest.raises(SystemExit):
        __main__.main()
    told = capsys.readouterr().out
    assert all(f"{table.name}: {table.about}" in told for table in TABLES)
    assert all(noun in told for noun in NOUNS)


def test_stores_stay_as_they_are(data, exported):
    before = contents(data)
    exported("areas", "formants", "scores", "labels")
    assert contents(data) == before
    load(data / "formants/phantom/sim1.zarr", FORMANTS)
