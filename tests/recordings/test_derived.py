"""What is derived of a scanner's own file names nobody, from raw data to a spreadsheet's tables."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
import xarray as xr
import yaml

from tractable.areas import areas_in_stretches
from tractable.audit import audit_corpora
from tractable.contours import contours
from tractable.contracts import AREAS, CONTOURS, FORMANTS, RECORDINGS
from tractable.export.folder import export
from tractable.formants import formants
from tractable.recordings.add import add
from tractable.recordings.corpora import record_corpora
from tractable.stage import one_speaker

from .miniatures import made
from .test_private import WHO, planted, saved, told

ROOT = Path(__file__).parents[2]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
DATA = Path("data")
NOUNS = ("recordings", "contours", "areas", "formants")
STAGES = [
    (contours, {"recordings": RECORDINGS}, {"contours": CONTOURS}),
    (areas_in_stretches, {"contours": CONTOURS}, {"areas": AREAS}),
    (formants, {"recordings": RECORDINGS}, {"formants": FORMANTS}),
]


@pytest.fixture
def entry(empty, tmp_path, monkeypatch):
    """Of a corpus that was added; a name and a birth date are wherever its header has room."""
    monkeypatch.setenv("TRACTABLE_MEMO", "off")
    of = made("artspeech", tmp_path / "received")
    (scan,) = (tmp_path / "received").rglob("*.dcm")
    saved(planted(pydicom.dcmread(scan)), scan)
    header = pydicom.dcmread(scan, stop_before_pixels=True)
    assert sum(bool(told(str(element.value).encode())) for element in header.iterall()) > 300
    add("mini", tmp_path / "received", adapter=of.adapter, **of.settings)
    return yaml.safe_load(Path("params.yaml").read_text())["corpora"]["mini"]


def decoded(store: Path) -> bytes:
    """All that a reader of the store is given: names, attributes, numbers and text."""
    with xr.open_zarr(store, consolidated=False, decode_times=False) as data:
        parts = [str(data.attrs).encode()]
        for name, variable in data.variables.items():
            values = variable.values
            number = values.dtype.kind in "biuf"
            parts += [f"{name} {variable.attrs}".encode()]
            parts += [values.tobytes() if number else str(np.ravel(values).tolist()).encode()]
    return b"\n".join(parts)


def test_a_name_in_numbers_and_in_text_is_seen(tmp_path):
    letters = np.frombuffer(WHO.encode(), "uint8")
    data = xr.Dataset({"x": ("n", letters), "y": ("m", np.array(["", WHO]))})
    for name in data:
        data[[name]].to_zarr(tmp_path / f"{name}.zarr", zarr_format=2)
        assert told(decoded(tmp_path / f"{name}.zarr"))


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
def test_no_byte_that_is_derived_of_dicom_names_anybody(entry, capsys):
    """Raw data, recordings, features, audit, export, and what git and DVC keep of them."""
    corpora, (who,) = {"mini": entry}, entry["speakers"]
    record_corpora(DATA / "raw", DATA / "recordings", corpora, **PARAMS["recordings"])
    for function, reads, writes in STAGES:
        (noun,) = writes
        paths = (
            {DATA / name / "mini" / f"{who}.zarr": contract for name, contract in of.items()}
            for of in (reads, writes)
        )
        one_speaker(function, *paths, PARAMS[noun])
    folders, lag = {noun: DATA / noun for noun in NOUNS}, PARAMS["recordings"]["lag"]
    audit_corpora(folders, DATA / "audit", Path("audit.csv"), corpora, lag, **PARAMS["audit"])
    asked = {"nouns": ["recordings", "areas", "formants", "labels"], "chosen": [who]}
    export(Path("exports/mine"), corpora, data=DATA, **asked, kind="csv", force=False)
    assert list((DATA / "audit").rglob("*.html"))

    files = [path for path in Path().rglob("*") if path.is_file()]
    assert [path for path in files if told(path.read_bytes()) or told(bytes(path))] == []
    stores = sorted(DATA.rglob("*.zarr"))
    assert [store.parts[1] for store in stores] == sorted(NOUNS)
    assert [store for store in stores if told(decoded(store))] == []
    assert told(capsys.readouterr().out.encode()) == []
