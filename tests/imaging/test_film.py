"""Clips from image files, arrays and DICOM: the same frames come back, or the file is named."""

import re
from functools import partial
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import JPEG2000Lossless, MRImageStorage, RLELossless

from tractable.contracts import BadInput
from tractable.imaging.dicom import header, pictures, slice_of
from tractable.imaging.film import read_film
from tractable.imaging.pictures import grey_levels, numbers, put_on_disk, refuse_gaps

FRAMES = np.random.default_rng(0).integers(0, 4000, (12, 40, 50)).astype("uint16")
SAGITTAL = [0, 1, 0, 0, 0, -1]
CORONAL = [1, 0, 0, 0, 0, -1]
AXIAL = [1, 0, 0, 0, 1, 0]


def refused(path: Path, **options) -> str:
    """The message of a refusal, one line."""
    with pytest.raises(BadInput) as problem:
        read_film(path, **options)
    assert "\n" not in str(problem.value)
    return str(problem.value)


def numbered(folder: Path, frames=FRAMES, suffix=".png") -> Path:
    """Files whose alphabetical order is not that of time: f0, f1, f10, f11, f2 ..."""
    folder.mkdir(exist_ok=True)
    for k, frame in enumerate(frames):
        Image.fromarray(frame).save(folder / f"f{k}{suffix}")
    return folder


# ---- Pictures and arrays


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_folder_of_images_in_the_order_of_their_numbers(tmp_path, suffix):
    film = read_film(numbered(tmp_path, suffix=suffix))
    np.testing.assert_array_equal(film.frames, FRAMES)
    assert (film.pixel_spacing, film.frame_rate) == (None, None)


def test_a_tiff_of_many_pages(tmp_path):
    first, *others = map(Image.fromarray, FRAMES)
    first.save(tmp_path / "clip.tiff", save_all=True, append_images=others)
    np.testing.assert_array_equal(read_film(tmp_path / "clip.tiff").frames, FRAMES)


def test_one_image_is_a_clip_of_one_frame(tmp_path):
    Image.fromarray(FRAMES[0]).save(tmp_path / "still.png")
    np.testing.assert_array_equal(read_film(tmp_path / "still.png").frames, FRAMES[:1])


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "palette"])
def test_colour_is_averaged(tmp_path, mode):
    colour = np.zeros((40, 50, 3), "uint8")
    colour[...] = (30, 60, 120)
    image = Image.fromarray(colour)
    image = image.quantize(2) if mode == "palette" else image.convert(mode)
    image.save(tmp_path / "still.png")
    assert set(read_film(tmp_path / "still.png").frames[:].ravel()) == {70}


def test_an_array(tmp_path):
    np.save(tmp_path / "clip.npy", FRAMES)
    np.testing.assert_array_equal(read_film(tmp_path / "clip.npy").frames, FRAMES)


@pytest.mark.parametrize("shape", [(40, 50), (3, 4, 40, 50)])
def test_an_array_of_other_dims_is_refused(tmp_path, shape):
    np.save(tmp_path / "clip.npy", np.zeros(shape))
    assert refused(tmp_path / "clip.npy") == (
        f"{tmp_path}/clip.npy: array of shape {shape}, expected (time, y, x): one slice, colour "
        "averaged, a single frame as frames[None]"
    )


def test_a_folder_of_arrays_in_the_order_of_their_numbers(tmp_path):
    for k, frame in enumerate(FRAMES):
        np.save(tmp_path / f"f{k}.npy", frame)
    np.testing.assert_array_equal(read_film(tmp_path).frames, FRAMES)
    np.save(tmp_path / "f3.npy", FRAMES)
    complaint = f"{tmp_path}/f3.npy: array of shape (12, 40, 50), expected one frame (y, x)"
    assert refused(tmp_path) == complaint


@pytest.mark.parametrize(
    "there, first, complaint",
    [
        ([3, 4, 5], None, None),
        ([1, 2, 3], 1, None),
        ([2, 3], 1, "f2: number 2, but there is no 1"),
        ([1, 2, 5], None, "f5: number 5, but there is no 3"),
        ([], 1, None),
    ],
)
def test_a_number_that_is_missing_is_named(there, first, complaint):
    numbered = {k: Path(f"f{k}") for k in there}
    if complaint is None:
        refuse_gaps(numbered, first)
    else:
        with pytest.raises(BadInput, match=complaint):
            refuse_gaps(numbered, first)


def test_numbers_are_the_last_in_a_name():
    files = [Path("s2_im10.dcm"), Path("s2_im9.dcm"), Path("notes.dcm")]
    assert numbers(files) == {10: files[0], 9: files[1]}


# ---- Grey levels


def test_eight_bits_stay_as_they_are():
    frames = FRAMES.astype("uint8")
    np.testing.assert_array_equal(grey_levels(frames, 0.5), frames)


@pytest.mark.parametrize("unit", [1e-7, 1.0, 40.0])
def test_white_is_the_level_that_a_share_of_pixels_does_not_pass(unit):
    """Of levels 0 to 99, nine tenths do not pass 89.1: that is 255, and half of it 127.5."""
    levels = np.tile(unit * np.arange(100.0), (3, 1)).reshape(3, 10, 10)
    found = grey_levels(levels, 0.9).reshape(3, 100)
    assert found[0, 0] == 0
    assert found[0, 50] == round(255 * 50 / 89)
    assert (found[:, 90:] == 255).all()


def test_a_dark_frame_of_a_clip_stays_dark():
    """Brightness is compared between frames: a clip has one scale."""
    levels = np.stack([np.full((4, 4), 10.0), np.full((4, 4), 40.0)])
    assert grey_levels(levels, 1.0)[:, 0, 0].tolist() == [64, 255]


def test_levels_below_zero_are_black():
    assert grey_levels(np.array([[[-5.0, 0.0, 2.0, 2.0]]]), 1.0).tolist() == [[[0, 0, 255, 255]]]


def test_magnitudes_that_are_none_are_refused():
    with pytest.raises(BadInput, match="frame 1: values that are not finite"):
        grey_levels(np.array([[[1.0]], [[np.nan]]]), 0.9)
    with pytest.raises(BadInput, match=r"all black\? magnitudes are expected"):
        grey_levels(np.zeros((2, 3, 3)), 0.9)


def test_frames_stay_on_disk_until_they_are_asked_for():
    """As an array answers; in any order, and again."""
    reel = put_on_disk(FRAMES)
    assert (reel.shape, reel.dtype, len(reel)) == (FRAMES.shape, FRAMES.dtype, 12)
    for index in (slice(3, 7), np.array([11, 0, 0]), 5, slice(3, 7)):
        np.testing.assert_array_equal(reel[index], FRAMES[index])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("side", [8, 40])
def test_a_full_disk_is_named(monkeypatch, side):
    full = partial(open, "/dev/full", "wb")
    monkeypatch.setattr("tractable.imaging.pictures.TemporaryFile", full)
    with pytest.raises(BadInput, match="no space left for frame 0; TMPDIR names another folder"):
        put_on_disk(FRAMES[:, :side, :side])


def test_frames_of_two_kinds_are_no_reel():
    with pytest.raises(BadInput, match="frame 1: uint8 of 40 x 50 pixels, but the first is anoth"):
        put_on_disk([FRAMES[0], FRAMES[1].astype("uint8")])
    with pytest.raises(BadInput, match="no frame in it"):
        put_on_disk([])


def test_what_is_no_array_is_refused(tmp_path):
    (tmp_path / "clip.npy").write_bytes(b"frames")
    assert re.fullmatch(
        r".*/clip\.npy: cannot be read as an array \(.*\); write it with numpy\.save",
        refused(tmp_path / "clip.npy"),
    )


def test_images_of_two_sizes_are_refused(tmp_path):
    numbered(tmp_path)
    Image.fromarray(FRAMES[0, :30]).save(tmp_path / "f7.png")
    assert refused(tmp_path) == (
        f"{tmp_path}/f7.png: 30 x 50 pixels, but the frames before it 40 x 50 pixels"
    )


def test_images_of_two_types_are_refused(tmp_path):
    numbered(tmp_path)
    Image.fromarray(FRAMES[0].astype("uint8")).save(tmp_path / "f7.png")
    assert refused(tmp_path) == f"{tmp_path}/f7.png: uint8, but the frames before it uint16"


def test_a_broken_image_is_named(tmp_path):
    numbered(tmp_path)
    whole = (tmp_path / "f3.png").read_bytes()
    (tmp_path / "f3.png").write_bytes(whole[: len(whole) // 2])
    assert re.fullmatch(
        r".*/f3\.png: cannot be read as an image \(.*\); fetch or export it again",
        refused(tmp_path),
    )


def test_an_empty_folder_says_what_it_might_hold(tmp_path):
    (tmp_path / "notes.txt").write_text("none")
    assert refused(tmp_path) == (
        f"{tmp_path}: holds no DICOM file and none of .bmp, .jpeg, .jpg, .npy, .png, .tif, .tiff"
    )


def test_nothing_there(tmp_path):
    assert refused(tmp_path / "none") == f"{tmp_path}/none: no such file or folder"


def test_slices_are_for_dicom(tmp_path):
    assert refused(numbered(tmp_path), slice_number=2) == (
        f"{tmp_path}: --slice 2, but only DICOM files have slices"
    )


# ---- DICOM


def dataset(pixels: np.ndarray, **attributes) -> Dataset:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = MRImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = "1.2.3.4"
    data.SeriesInstanceUID = "1.2.3"
    data.Rows, data.Columns = pixels.shape[-2:]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    if pixels.ndim == 3:
        data.NumberOfFrames = len(pixels)
    data.PixelData = pixels.tobytes()
    for name, value in attributes.items():
        setattr(data, name, value)
    return data


def write(path: Path, pixels: np.ndarray = FRAMES, coding=None, **attributes) -> Path:
    data = dataset(pixels, **attributes)
    if coding is not None:
        data.compress(coding, generate_instance_uid=False)
    data.save_as(path, enforce_file_format=True)
    return path


def series(folder: Path, count=12, **by_frame) -> Path:
    """A file per frame, named against the order of time."""
    folder.mkdir(exist_ok=True)
    for k in range(count):
        attributes = {name: value(k) for name, value in by_frame.items()}
        attributes = {"InstanceNumber": k + 1} | attributes
        write(folder / f"im{99 - k}.dcm", FRAMES[k], PixelSpacing=[1.5, 1.5], **attributes)
    return folder


@pytest.mark.parametrize("coding", [None, RLELossless, JPEG2000Lossless])
def test_a_file_of_many_frames_says_its_calibration(tmp_path, coding):
    file = write(tmp_path / "clip", coding=coding, PixelSpacing=[2.4, 2.4], FrameTime=12.5)
    film = read_film(file)
    np.testing.assert_array_equal(film.frames, FRAMES)
    assert film.pixel_spacing == pytest.approx(2.4e-3)
    assert film.frame_rate == pytest.approx(80.0)


@pytest.mark.parametrize("name", ["RLE", "jp2klossless", "jpeg_ls_lossless"])
def test_codings_of_other_makers(name):
    plain, coded = (
        next(pictures(file, header(file)))
        for file in map(example, ("MR_small.dcm", f"MR_small_{name}.dcm"))
    )
    np.testing.assert_array_equal(coded, plain)
    assert np.ptp(plain) > 1000


def example(name: str) -> Path:
    """A file that pydicom brings along."""
    return Path(str(get_testdata_file(name, download=False)))


@pytest.mark.parametrize("name", ["SC_rgb_jpeg_gdcm.dcm", "SC_rgb_jpeg_dcmtk.dcm"])
def test_jpeg_in_colour(name):
    """Lossless (process 14) and baseline: one frame, grey."""
    assert read_film(example(name)).frames.shape == (1, 100, 100)


def test_functional_groups_hold_the_calibration(tmp_path):
    measures, shared = Dataset(), Dataset()
    measures.PixelSpacing = [1.9, 1.9]
    shared.PixelMeasuresSequence = [measures]
    file = write(tmp_path / "clip.dcm", SharedFunctionalGroupsSequence=[shared], CineRate=50)
    film = read_film(file)
    assert film.pixel_spacing == pytest.approx(1.9e-3)
    assert film.frame_rate == 50


def test_nothing_is_made_up(tmp_path):
    film = read_film(write(tmp_path / "clip.dcm"))
    assert (film.pixel_spacing, film.frame_rate) == (None, None)


def test_a_folder_of_single_frames_in_the_order_of_their_numbers(tmp_path):
    film = read_film(series(tmp_path, AcquisitionTime=lambda k: f"12590{k // 2}.{k % 2 * 5}"))
    np.testing.assert_array_equal(film.frames, FRAMES)
    assert film.frame_rate == pytest.approx(2.0)
    assert film.pixel_spacing == pytest.approx(1.5e-3)


def test_dark_may_mean_much(tmp_path):
    file = write(tmp_path / "clip.dcm", PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(read_film(file).frames, 4095 - FRAMES)


@pytest.mark.parametrize("rescaled", [0, 11])
def test_a_series_of_which_one_frame_is_rescaled(tmp_path, rescaled):
    folder = series(tmp_path / "clip")
    other = {"InstanceNumber": rescaled + 1, "RescaleSlope": 2, "RescaleIntercept": 10}
    name = f"im{99 - rescaled}.dcm"
    write(folder / name, FRAMES[rescaled], PixelSpacing=[1.5, 1.5], **other)
    expected = FRAMES.astype(float)
    expected[rescaled] = 2 * expected[rescaled] + 10
    np.testing.assert_array_equal(read_film(folder).frames, expected)


def test_rescaling_is_applied(tmp_path):
    file = write(tmp_path / "clip.dcm", RescaleSlope=2, RescaleIntercept=10)
    np.testing.assert_array_equal(read_film(file).frames, 2.0 * FRAMES + 10)


def four_d(folder: Path) -> Path:
    """Three sagittal slices 5 mm apart, four frames each, slice by slice in turn."""
    return series(
        folder,
        ImageOrientationPatient=lambda k: SAGITTAL,
        ImagePositionPatient=lambda k: [5 * (k % 3), 0, 0],
    )


def test_several_slices_are_refused_with_their_number(tmp_path):
    assert refused(four_d(tmp_path)) == (
        f"{tmp_path}: holds 3 slices of 4 frames, expected one; choose the midsagittal slice, "
        "--slice 1 to --slice 3"
    )


def test_positions_that_hardly_differ_are_one_slice():
    """Wherever they lie: rounding them to half millimetres would part the first two."""
    depth = 1e-3 * np.array([0.24, 0.26, 5.0, 0.24, 5.3])
    assert slice_of(depth).tolist() == [1, 1, 2, 1, 2]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_one_slice_of_several(tmp_path, number):
    """They are counted along the normal, which points to the patient's right here."""
    film = read_film(four_d(tmp_path), slice_number=number)
    np.testing.assert_array_equal(film.frames, FRAMES[3 - number :: 3])


def test_a_slice_that_is_not_there(tmp_path):
    assert re.fullmatch(
        r".*: --slice 4, but there are slices 1 to 3", refused(four_d(tmp_path), slice_number=4)
    )


def test_slices_in_one_file(tmp_path):
    def plane(k):
        position, orientation, group = Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = [5.0 * (k // 6), 0, 0]
        orientation.ImageOrientationPatient = SAGITTAL
        group.PlanePositionSequence, group.PlaneOrientationSequence = [position], [orientation]
        return group

    file = write(tmp_path / "clip.dcm", PerFrameFunctionalGroupsSequence=[*map(plane, range(12))])
    assert "holds 2 slices of 6 frames, expected one" in refused(file)
    np.testing.assert_array_equal(read_film(file, slice_number=2).frames, FRAMES[:6])


@pytest.mark.parametrize("axes, plane", [(CORONAL, "coronal"), (AXIAL, "axial")])
def test_a_file_that_says_it_is_not_sagittal_is_believed(tmp_path, axes, plane):
    file = write(tmp_path / "clip.dcm", ImageOrientationPatient=axes, PixelSpacing=[2, 2])
    assert refused(file) == (
        f"{file}: its slice is {plane} (ImageOrientationPatient), expected a midsagittal one"
    )


def test_rectangular_pixels_are_refused(tmp_path):
    file = write(tmp_path / "clip.dcm", PixelSpacing=[1.5, 2.25])
    assert refused(file) == (
        f"{file}: pixels of 1.5 x 2.25 mm, expected square ones; resample the frames first"
    )


def test_two_series_are_refused(tmp_path):
    series(tmp_path, SeriesInstanceUID=lambda k: f"1.2.{k // 6}")
    assert refused(tmp_path) == (f"{tmp_path}: holds 2 DICOM series; put each in its own folder")


def test_a_frame_without_a_number_is_named(tmp_path):
    series(tmp_path, InstanceNumber=lambda k: k + 1 if k != 4 else None)
    assert refused(tmp_path) == (
        f"{tmp_path}/im95.dcm: has no InstanceNumber, so its place in time is unknown"
    )


def test_two_frames_of_one_number_are_named(tmp_path):
    series(tmp_path, InstanceNumber=lambda k: max(k, 1))
    assert refused(tmp_path) == f"{tmp_path}/im99.dcm: InstanceNumber 1, as im98.dcm has"


def test_frames_of_two_sizes_are_named(tmp_path):
    series(tmp_path)
    write(tmp_path / "im94.dcm", FRAMES[0, :30], InstanceNumber=6, PixelSpacing=[1.5, 1.5])
    assert refused(tmp_path) == (
        f"{tmp_path}/im94.dcm: frame 1 has 30 x 50 pixels, the first 40 x 50 pixels; "
        "put one series into a folder"
    )


@pytest.mark.parametrize("coding", [None, RLELossless])
def test_a_truncated_file_is_named(tmp_path, coding):
    file = write(tmp_path / "clip.dcm", coding=coding)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * 6 // 10])
    message = refused(file)
    assert re.match(
        rf"{file}: (frame \d+ of 12 cannot be decoded \(|a DICOM file without pictures; truncated)",
        message,
    )
    assert "export it again" in message


def test_a_picture_that_cannot_be_decoded_is_named_with_its_frame(tmp_path):
    file = write(tmp_path / "clip.dcm", coding=JPEG2000Lossless)
    data = pydicom.dcmread(file)
    parts = list(pydicom.encaps.generate_frames(data.PixelData, number_of_frames=12))
    parts[4] = b"\xff" * len(parts[4])
    data.PixelData = pydicom.encaps.encapsulate(parts)
    data.save_as(file)
    message = refused(file)
    assert message.startswith(f"{file}: frame 5 of 12 cannot be decoded (")
    assert message.endswith("); export it again, uncompressed if need be")


def test_a_suffix_alone_is_no_dicom(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"no")
    assert refused(tmp_path) == (
        f"{tmp_path}/a.dcm: is no DICOM file, by its first bytes; export it again"
    )


def test_a_report_is_no_picture(tmp_path):
    file = tmp_path / "sr.dcm"
    data = dataset(FRAMES)
    del data.PixelData
    data.save_as(file, enforce_file_format=True)
    assert refused(file) == f"{file}: a DICOM file without pictures; truncated? export it again"
