"""``python -m tractable.contours``: from a file to a store and its overlay, or one line of help."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.contours.heads import POSE, USC, filmed
from tractable.contours import command, overlay, track
from tractable.contours.__main__ import arguments
from tractable.contracts import CONTOURS, BadInput
from tractable.figures.sheet import TISSUES
from tractable.imaging.video import read_video, write_video
from tractable.store import SHARD, load

RATE = Fraction(65040, 781)
NOISE = np.random.default_rng(0).rayleigh(20, (5, 84, 84)).astype("uint8")


@pytest.fixture(scope="module")
def film():
    return np.repeat(filmed(USC, POSE)[0], 3, axis=0)


@pytest.fixture
def clip(film, tmp_path):
    write_video(
        tmp_path / "clip.mp4", film, RATE, np.zeros(4000), 22050, quality=10, bit_rate=96000
    )
    return tmp_path / "clip.mp4"


def run(monkeypatch, *words) -> None:
    monkeypatch.setattr(sys, "argv", ["contours", *map(str, words)])
    command.main(arguments())


def refused(monkeypatch, *words) -> str:
    """The message of a refusal, one line."""
    with pytest.raises(BadInput) as problem:
        run(monkeypatch, *words)
    assert "\n" not in str(problem.value)
    return str(problem.value)


def test_a_video_to_a_store(clip, tmp_path, monkeypatch, capsys):
    out = tmp_path / "made" / "contours.zarr"
    run(monkeypatch, clip, "--pixel-spacing", 2.4, "--out", out)
    found, same = load(out, CONTOURS), track(read_video(clip).frames, 2.4e-3, float(RATE))
    np.testing.assert_array_equal(found.boundary, same.boundary)
    np.testing.assert_array_equal(found.facing, same.facing)
    assert found.pixel_spacing == pytest.approx(2.4e-3)
    assert found.frame_rate == pytest.approx(float(RATE))
    told = capsys.readouterr()
    assert told.out == f"contours: 18 frames, facing left, none refused; in {out}\n"
    assert "18/18" in told.err
    assert "frames/s" in told.err


def test_it_may_be_run_again_and_gives_the_same_bytes(clip, tmp_path, monkeypatch):
    made = []
    for _ in range(2):
        run(monkeypatch, clip, "--pixel-spacing", 2.4, "--out", tmp_path / "contours.zarr")
        files = sorted((tmp_path / "contours.zarr").rglob("*"))
        made.append({file.name: file.read_bytes() for file in files if file.is_file()})
    assert made[0] == made[1]


#: Prints the most memory that a command ever held [kB].
PEAK = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "tractable.contours", *sys.argv[1:]], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_clip(film, tmp_path):
    """Beyond a shard, hardly the frames are held: their contours would take three times that.

    How many chunks wait at a time depends on what else the machine does.
    """
    clip, peaks, counts = tmp_path / "clip.npy", [], [SHARD, 3 * SHARD]
    words = ("--pixel-spacing", "2.4", "--frame-rate", "83.28", "--out", tmp_path / "contours.zarr")
    for count in counts:
        np.save(clip, np.resize(film, (count, *film.shape[1:])))
        done = subprocess.check_output([sys.executable, "-c", PEAK, clip, *words], text=True)
        peaks.append(1024 * int(done.splitlines()[-1]))
    assert np.diff(peaks) < 1.5 * np.diff(counts) * film[0].nbytes


def test_what_is_no_older_result_stays(clip, tmp_path, monkeypatch):
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "chapter.tex").write_text("years of work")
    message = refused(monkeypatch, clip, "--pixel-spacing", 2.4, "--out", out)
    assert message == (
        f"--out {out}: is there and is no whole store of contours ({out}: has no manifest, so it "
        f"is not a whole store; remove it and `dvc pull` or `dvc repro` {tmp_path.parent.name}); "
        "name another, or remove it yourself"
    )
    assert (out / "chapter.tex").read_text() == "years of work"


def test_neither_does_the_video(clip, tmp_path, monkeypatch):
    before = clip.read_bytes()
    assert refused(monkeypatch, clip, "--pixel-spacing", 2.4, "--out", clip).startswith(
        f"--out {clip}: is there and is no whole store of contours ("
    )
    options = ("--pixel-spacing", 2.4, "--out", tmp_path / "contours.zarr", "--overlay")
    assert refused(monkeypatch, clip, *options, clip) == (
        f"--overlay {clip}: would replace or enter a file that is needed"
    )
    assert refused(monkeypatch, clip, *options, tmp_path / "clip.gif") == (
        f"--overlay {tmp_path}/clip.gif: expected a name that ends in .mp4 or .png"
    )
    assert clip.read_bytes() == before
    assert not (tmp_path / "contours.zarr").exists()


def test_a_pixel_spacing_is_never_made_up(clip, tmp_path, monkeypatch):
    assert refused(monkeypatch, clip, "--out", tmp_path / "contours.zarr") == (
        f"{clip}: does not hold its pixel spacing; give it, --pixel-spacing MM"
    )


@pytest.mark.parametrize("spacing", ["0", "-2.4", "nan", "inf"])
def test_a_pixel_spacing_is_a_positive_number(clip, tmp_path, monkeypatch, spacing):
    words = (clip, "--pixel-spacing", spacing, "--out", tmp_path / "contours.zarr")
    assert refused(monkeypatch, *words) == (
        f"{clip}: pixel spacing {float(spacing)}, expected a positive number; --pixel-spacing MM"
    )


def test_a_pixel_spacing_in_metres_is_refused(clip, tmp_path, monkeypatch):
    words = (clip, "--pixel-spacing", 0.0024, "--out", tmp_path / "contours.zarr")
    assert "pixel spacing 0.0024 mm, expected 0.5 to 5 mm; was it given in m?" in refused(
        monkeypatch, *words
    )


def test_arrays_need_a_frame_rate(film, tmp_path, monkeypatch):
    np.save(tmp_path / "clip.npy", film)
    words = (tmp_path / "clip.npy", "--pixel-spacing", 2.4, "--out", tmp_path / "contours.zarr")
    assert refused(monkeypatch, *words) == (
        f"{tmp_path}/clip.npy: does not hold its frame rate; give it, --frame-rate HZ"
    )
    run(monkeypatch, *words, "--frame-rate", 50)
    np.testing.assert_allclose(
        load(tmp_path / "contours.zarr", CONTOURS).time, np.arange(len(film)) / 50
    )


def test_the_option_wins_over_the_file_and_says_so(clip, tmp_path, monkeypatch, capsys):
    words = (clip, "--pixel-spacing", 2.4, "--out", tmp_path / "contours.zarr")
    run(monkeypatch, *words, "--frame-rate", 100)
    note = f"contours: {clip} holds a frame rate of 83.28 Hz; 100 is used\n"
    assert note in capsys.readouterr().err
    assert load(tmp_path / "contours.zarr", CONTOURS).frame_rate == 100
    run(monkeypatch, *words, "--frame-rate", 83.3)
    assert "is used" not in capsys.readouterr().err


def test_one_picture_is_a_clip(film, tmp_path, monkeypatch):
    Image.fromarray(film[0]).save(tmp_path / "still.png")
    words = ("--pixel-spacing", 2.4, "--frame-rate", 1, "--out", tmp_path / "contours.zarr")
    run(monkeypatch, tmp_path / "still.png", *words)
    found = load(tmp_path / "contours.zarr", CONTOURS)
    assert found.refused.values.tolist() == [""]


@pytest.mark.parametrize(
    "frames, why",
    [
        (NOISE, "5 no midsagittal head"),
        (np.zeros_like(NOISE), "5 no head in the frame: no contrast"),
    ],
    ids=["noise", "black"],
)
def test_a_clip_without_a_head_writes_nothing(frames, why, tmp_path, monkeypatch):
    np.save(tmp_path / "clip.npy", frames)
    out = tmp_path / "contours.zarr"
    words = (tmp_path / "clip.npy", "--pixel-spacing", 2.4, "--frame-rate", 80, "--out", out)
    message = refused(monkeypatch, *words)
    assert message.startswith(f"{tmp_path}/clip.npy: 5 frames, 5 refused ({why}")
    assert message.endswith(
        "; nothing was written. Expected a midsagittal head, the right pixel spacing (now 2.4 mm) "
        "and upright frames; --keep-refused writes all the same"
    )
    assert not out.exists()
    run(monkeypatch, *words, "--keep-refused")
    assert all(load(out, CONTOURS).refused.values)


def test_nan_is_named_with_its_frame(film, tmp_path, monkeypatch):
    frames = film.astype("float32")
    frames[7, 3, 3] = np.nan
    np.save(tmp_path / "clip.npy", frames)
    words = ("--pixel-spacing", 2.4, "--frame-rate", 80, "--out", tmp_path / "contours.zarr")
    message = refused(monkeypatch, tmp_path / "clip.npy", *words)
    assert message == f"{tmp_path}/clip.npy: frame 7 holds NaN or infinite grey levels"


def test_help_has_an_example(monkeypatch, capsys):
    with pytest.raises(SystemExit, match="0"):
        run(monkeypatch, "--help")
    assert "python -m tractable.contours clip.avi --pixel-spacing 2.94 --out" in (
        capsys.readouterr().out
    )


def test_a_refusal_is_one_line_and_no_traceback(tmp_path):
    words = [sys.executable, "-m", "tractable.contours", tmp_path / "none.avi"]
    done = subprocess.run(
        [*words, "--out", tmp_path / "contours.zarr"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr == f"contours: {tmp_path}/none.avi: no such file or folder\n"


# ---- The overlay


def has(picture: np.ndarray, colour: str, tolerance: int = 40) -> int:
    """Pixels of nearly a colour."""
    wanted = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)])
    return int((np.abs(picture.astype(int) - wanted).max(-1) <= tolerance).sum())


def test_colours_are_those_of_the_figures():
    assert overlay.COLOURS == TISSUES


def test_a_sheet_shows_curves_where_they_are(film, tmp_path):
    """A single tile: along each curve, and not a pixel beside it, is its colour."""
    found = track(film[:1], USC.spacing, 83.28)
    overlay.write_overlay(tmp_path / "sheet.png", film[:1], found, shown=12)
    picture = np.asarray(Image.open(tmp_path / "sheet.png").convert("RGB"))
    larger = picture.shape[1] // 84
    assert larger >= 2
    assert picture.shape[1] == 84 * larger
    for tissue, curve in zip(found.tissue.values, found.boundary.values[0], strict=True):
        curve = curve[np.isfinite(curve).all(1)] / USC.spacing
        x, y = np.rint((curve + 0.5) * larger - 0.5).astype(int).T
        colour = TISSUES[str(tissue)]
        assert has(picture[y, x], colour, 0) > 0.9 * len(curve)
        assert has(picture[y, np.minimum(x + 3 * larger, picture.shape[1] - 1)], colour, 0) < (
            0.5 * len(curve)
        )


@pytest.mark.parametrize("shown, tiles", [(1, 1), (5, 5), (40, 18)])
def test_a_sheet_shows_as_many_frames_as_there_are(film, tmp_path, shown, tiles):
    found = track(film, USC.spacing, 83.28)
    sheet = overlay.sheet(film, found, shown)
    side = 84 * 4
    assert sheet.width % side == 0
    columns, rows = sheet.width // side, sheet.height // side
    assert columns * (rows - 1) < tiles <= columns * rows


def test_a_refused_frame_is_marked(film, tmp_path):
    found = track(film, USC.spacing, 83.28)
    found["refused"] = found.refused.dims, np.where(np.arange(18) == 4, "wall too short", "")
    fine, marked = (
        np.asarray(next(overlay.painted(film, found, [k], 240)))[[0, -1]] for k in (3, 4)
    )
    assert has(fine, overlay.REFUSED) == 0
    assert has(marked, overlay.REFUSED) == marked.shape[0] * marked.shape[1]


def test_a_video_has_every_frame_and_the_same_bytes(clip, film, tmp_path, monkeypatch):
    words = (clip, "--pixel-spacing", 2.4, "--out", tmp_path / "contours.zarr", "--overlay")
    for name in ("one", "two"):
        run(monkeypatch, *words, tmp_path / f"{name}.mp4")
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
    with av.open(str(tmp_path / "one.mp4")) as file:
        rate = file.streams.video[0].average_rate
        pictures = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    assert len(pictures) == len(film)
    assert float(rate) == pytest.approx(float(RATE), rel=1e-4)
    assert min(pictures[0].shape[:2]) >= 480
    for colour in TISSUES.values():
        assert has(pictures[9], colour) > 100


# ---- A sheet of many clips


@pytest.fixture
def stills(film, tmp_path):
    """Three pictures of a head, one of noise."""
    frames = {"head10": film[0], "head2": film[4], "head1": film[9], "fog": NOISE[0]}
    for name, frame in frames.items():
        Image.fromarray(frame).save(tmp_path / f"{name}.png")
    return [tmp_path / f"{name}.png" for name in frames]


def tiles_of(monkeypatch, *words) -> list[str]:
    """What is written on the tiles of a sheet, in their order."""
    told: list[str] = []

    def written(picture, words, reason):
        picture.info["words"] = f"{words}  {reason}".rstrip()

    def noted(path, tiles):
        told.extend(tile.info["words"] for tile in tiles)

    monkeypatch.setattr(overlay, "label", written)
    monkeypatch.setattr(command, "write_sheet", noted)
    run(monkeypatch, *words)
    return told


def test_many_pictures_make_one_sheet(stills, tmp_path, monkeypatch, capsys):
    out = tmp_path / "made" / "sheet.png"
    run(monkeypatch, *stills, "--pixel-spacing", 2.4, "--sheet", out)
    assert capsys.readouterr().out == f"contours: 4 of 4 clips in {out}, 1 of them refused\n"
    picture = np.asarray(Image.open(out).convert("RGB"))
    assert picture.shape[1] == 4 * 336
    for colour in TISSUES.values():
        assert has(picture, colour, 0) > 100
    assert has(picture, overlay.REFUSED, 0) > 4 * 330  # the border of what is no head


def test_tiles_come_surest_first_and_tell_how_sure(stills, film, tmp_path, monkeypatch):
    options = ("--pixel-spacing", 2.4, "--sheet", tmp_path / "sheet.png")
    told = tiles_of(monkeypatch, *stills, *options)
    known = [float(words.split()[1]) for words in told]
    assert known == sorted(known)
    found = track(film[:1], 2.4e-3, 1.0)
    assert f"head10  {1000 * float(found.uncertainty[0]):.2f} mm" in told
    (fog,) = [words for words in told if words.startswith("fog")]
    assert not fog.endswith("mm")  # it says why it is refused
    by_name = tiles_of(monkeypatch, *stills, *options, "--order", "name")
    assert [words.split()[0] for words in by_name] == ["fog", "head1", "head2", "head10"]


def test_a_picture_is_a_clip_of_its_own(film):
    """A clip of several frames shows the one of median uncertainty, whatever their order."""
    found = track(film[:5], USC.spacing, 1.0)
    found["uncertainty"] = found.uncertainty.dims, np.array([3.0, 1.0, np.nan, 5.0, 2.0])
    assert overlay.typical(found) == 0
    found["uncertainty"] = found.uncertainty.dims, np.full(5, np.nan)
    assert overlay.typical(found) == 0


def test_files_of_the_same_name_are_told_apart():
    files = [Path("a/one.png"), Path("b/one.png"), Path("b/two.png")]
    assert command.names(files) == ["a/one.png", "b/one.png", "two"]


def test_what_cannot_be_read_is_left_out_of_the_sheet(stills, tmp_path, monkeypatch, capsys):
    broken, out = tmp_path / "broken.png", tmp_path / "sheet.png"
    broken.write_bytes(b"no picture")
    options = ("--pixel-spacing", 2.4, "--sheet", out)
    run(monkeypatch, stills[0], broken, *options)
    told = capsys.readouterr()
    assert told.out == f"contours: 1 of 2 clips in {out}, 0 of them refused\n"
    assert f"left out: {broken}: cannot be read as an image" in told.err
    out.unlink()
    alone = refused(monkeypatch, broken, *options)
    assert alone == f"--sheet {out}: no clip is left; nothing was written"
    assert not out.exists()


def test_the_frame_rate_of_a_sheets_clips_counts(film, tmp_path, monkeypatch):
    np.save(tmp_path / "clip.npy", film[:5])
    rates = []
    monkeypatch.setattr(command, "track", lambda *of, **ways: rates.append(of[2]) or track(*of))
    options = ("--pixel-spacing", 2.4, "--sheet", tmp_path / "sheet.png")
    run(monkeypatch, tmp_path / "clip.npy", *options)
    run(monkeypatch, tmp_path / "clip.npy", *options, "--frame-rate", 25)
    assert rates == [command.NO_CLOCK, 25.0]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--sheet", "sheet.jpg"], "--sheet sheet.jpg: expected a name that ends in .png"),
        (["--sheet", "one.png"], "--sheet one.png: would replace or enter a file that is needed"),
        (
            ["--sheet", "s.png", "--overlay", "o.png"],
            "--overlay draws one clip with --out; --sheet draws a tile of each, refused or not",
        ),
        (
            ["--out", "contours.zarr"],
            "--out holds one clip, but there are several VIDEOs; --sheet shows them all",
        ),
    ],
)
def test_a_sheet_replaces_nothing_and_a_store_holds_one_clip(monkeypatch, words, message):
    assert refused(monkeypatch, "one.png", "two.png", "--pixel-spacing", 2.4, *words) == message
