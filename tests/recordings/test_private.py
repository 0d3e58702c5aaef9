"""What enters data/raw names nobody: a name and a birth date are planted wherever there is room."""

import json
import struct
import wave
import zlib
from fractions import Fraction
from pathlib import Path

import av
import h5py
import numpy as np
import pydicom
import pytest
from parselmouth import read as praat_reads
from PIL import Image, PngImagePlugin
from pydicom.data import get_testdata_file
from pydicom.datadict import dictionary_VR, keyword_dict, tag_for_keyword
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage
from scipy.io import loadmat, savemat

from tests.recordings.corpus import write_textgrid
from tractable.contracts import BadInput
from tractable.imaging import dicom as reader
from tractable.imaging.film import read_film
from tractable.imaging.video import read_video, read_wave, write_video
from tractable.recordings.private import bring_in, called, cleaned
from tractable.recordings.private.dicom import ALLOWED, since
from tractable.recordings.textgrid import read_tiers

FAMILY, GIVEN, BORN = "Quxley", "Zorabel", "19800229"
WHO = f"{FAMILY}^{GIVEN}"
PLANTED = (FAMILY, GIVEN, BORN, "1980-02-29", "1980.02.29", "29.02.1980", "Feb 29 1980")
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "latin-1")
FRAMES = np.random.default_rng(0).integers(0, 4000, (12, 40, 50)).astype("uint16")
RATE = Fraction(25)


def told(data: bytes) -> list[str]:
    """Planted words that bytes hold, in any case and encoding."""
    data = data.lower()
    return [
        f"{word} in {encoding}"
        for word in PLANTED
        for encoding in ENCODINGS
        if word.lower().encode(encoding) in data
    ]


def brought(source: Path, **options) -> Path:
    """The file in a folder of its own, without a planted word; it held one."""
    assert told(source.read_bytes()), "nothing is planted"
    target = source.parent / "raw" / source.name
    target.parent.mkdir(exist_ok=True)
    assert bring_in(source, target, **options)
    assert told(target.read_bytes()) == []
    assert cleaned(target).held == []
    return target


# ---- DICOM


def whole(**elements) -> FileDataset:
    """A DICOM file of twelve frames with elements beside."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, MRImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3.4.1"
    data = FileDataset(None, Dataset(), file_meta=meta, preamble=bytes(128))
    data.SOPClassUID, data.SOPInstanceUID = MRImageStorage, "1.2.3.4.1"
    data.SeriesInstanceUID, data.InstanceNumber = "1.2.3.4", 1
    data.PhotometricInterpretation, data.SamplesPerPixel = "MONOCHROME2", 1
    data.NumberOfFrames, data.Rows, data.Columns = FRAMES.shape
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 0
    data.PixelSpacing, data.ImageOrientationPatient = ["2.4", "2.4"], [0, 1, 0, 0, 0, -1]
    data.FrameTime, data.PixelData = 12.0, FRAMES.tobytes()
    for keyword, value in elements.items():
        setattr(data, keyword, value)
    return data


def planted_dicom() -> FileDataset:
    return planted(whole())


def planted(data: FileDataset) -> FileDataset:
    """A name and a birth date in text of every VR, private groups, sequences, overlays, meta."""
    data.PatientName, data.PatientBirthDate, data.PatientID = WHO, BORN, f"{FAMILY}1"
    text = {"LO": FAMILY, "SH": FAMILY, "PN": WHO, "LT": f"seen {BORN}", "ST": GIVEN, "UT": GIVEN}
    text |= {"DA": BORN, "DT": f"{BORN}120000", "CS": FAMILY.upper(), "AE": FAMILY, "UC": WHO}
    text |= {"UR": f"http://{FAMILY}", "AS": "041Y"}
    for keyword in keyword_dict:
        tag = tag_for_keyword(keyword)
        if 0x0008 <= tag >> 16 <= 0x0040 and dictionary_VR(tag) in text and keyword not in ALLOWED:
            setattr(data, keyword, text[dictionary_VR(tag)])
    item = Dataset()
    item.PersonName, item.TextValue = WHO, f"born {BORN}"
    data.ContentSequence = data.RequestAttributesSequence = [item]
    measures = Dataset()
    measures.PixelSpacing, measures.SliceThickness = data.PixelSpacing, 6
    measures.add_new(0x00181030, "LO", FAMILY)
    shared = Dataset()
    shared.PixelMeasuresSequence = [measures]
    shared.FrameVOILUTSequence = [item]
    data.SharedFunctionalGroupsSequence = [shared]
    block = data.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    block.add_new(0x10, "OB", WHO.encode("utf-16-le"))
    block.add_new(0x11, "LO", FAMILY)
    data.add_new(0x60000010, "US", 1)
    data.add_new(0x60000022, "LO", WHO)
    data.add_new(0x60003000, "OW", WHO.encode().ljust(16))
    data.add_new(0x50003000, "OW", WHO.encode().ljust(16))
    data.preamble = f"{WHO} {BORN}".encode().ljust(128, b"\0")
    data.file_meta.SourceApplicationEntityTitle = FAMILY
    data.file_meta.ImplementationVersionName = GIVEN
    data.file_meta.PrivateInformationCreatorUID = "1.2.3"
    data.file_meta.PrivateInformation = WHO.encode()
    return data


def saved(data: FileDataset, file: Path) -> Path:
    data.save_as(file, enforce_file_format=True)
    return file


@pytest.fixture
def dicom(tmp_path) -> Path:
    return saved(planted_dicom(), tmp_path / "0001.dcm")


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_dicom_header_names_nobody_and_the_film_is_the_same(dicom):
    """Some hundred elements of text hold a name or a date; geometry, timing and pixels stay."""
    elements = list(pydicom.dcmread(dicom).iterall())
    assert sum(bool(told(str(element.value).encode())) for element in elements) > 300
    before, after = read_film(dicom), read_film(brought(dicom))
    np.testing.assert_array_equal(after.frames, before.frames)
    assert after[1:] == before[1:] == (pytest.approx(2.4e-3), pytest.approx(1000 / 12))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_only_the_list_is_left_in_sequences_too(dicom):
    data = pydicom.dcmread(brought(dicom))
    assert {element.keyword for element in data.iterall()} <= {
        *ALLOWED,
        *("PixelMeasuresSequence", "PixelSpacing"),
    }
    assert data.preamble == bytes(128)
    assert data.PatientIdentityRemoved == "YES"
    assert data.file_meta.ImplementationVersionName == "TRACTABLE"
    assert len(data.file_meta) == 7


def test_the_list_holds_all_that_is_read():
    """Keywords in the text of the reader that are DICOM's, but for those in messages."""
    text = Path(reader.__file__).read_text()
    lists = json.dumps(ALLOWED)
    used = {
        word for word in filter(None, keyword_dict) if f'"{word}"' in text or f"data.{word}" in text
    }
    assert len(used) > 10
    assert {word for word in used if f'"{word}"' not in lists} == set()


def test_uids_are_new_and_a_series_stays_one(tmp_path):
    for number in (1, 2):
        data = whole(InstanceNumber=number, SOPInstanceUID=f"1.2.3.4.{number}")
        data.NumberOfFrames, data.PixelData = 1, FRAMES[number].tobytes()
        bring_in(saved(data, tmp_path / f"{number}.dcm"), tmp_path / f"raw{number}.dcm")
    first, second = (pydicom.dcmread(tmp_path / f"raw{number}.dcm") for number in (1, 2))
    assert first.SeriesInstanceUID == second.SeriesInstanceUID != "1.2.3.4"
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert first.SOPInstanceUID == first.file_meta.MediaStorageSOPInstanceUID
    assert b"1.2.3.4" not in (tmp_path / "raw1.dcm").read_bytes()


def test_the_same_file_gives_the_same_bytes(tmp_path):
    file = saved(whole(), tmp_path / "1.dcm")
    for name in ("a.dcm", "b.dcm"):
        bring_in(file, tmp_path / name)
    assert (tmp_path / "a.dcm").read_bytes() == (tmp_path / "b.dcm").read_bytes()


def test_times_of_pictures_count_from_their_series(tmp_path):
    assert since("142501.5", "142500.25") == "010001.250000"
    assert since("000000.5", "235959.5") == "010001.000000"  # over midnight
    times = dict(AcquisitionTime="142501.5", SeriesTime="142500")
    bring_in(saved(whole(**times), tmp_path / "1.dcm"), tmp_path / "raw.dcm")
    assert pydicom.dcmread(tmp_path / "raw.dcm").AcquisitionTime == "010001.500000"


@pytest.mark.parametrize("said", [{}, {"SeriesTime": ""}, {"SeriesTime": "1425"}])
def test_no_time_of_day_stays_where_a_series_does_not_say_when_it_began(tmp_path, said):
    """The frame rate is told as before, of pictures at 20 Hz over midnight."""
    (tmp_path / "series").mkdir()
    (tmp_path / "raw").mkdir()
    times = [
        f"2359{59.9 + k / 20:09.6f}" if k < 2 else f"0000{(k - 2) / 20:09.6f}" for k in range(6)
    ]
    for k, time in enumerate(times):
        one = dict(NumberOfFrames=1, PixelData=FRAMES[k].tobytes(), InstanceNumber=k + 1)
        data = whole(AcquisitionTime=time, **one, **said)
        del data.FrameTime
        saved(data, tmp_path / "series" / f"{k}.dcm")
    for file in (tmp_path / "series").iterdir():
        bring_in(file, tmp_path / "raw" / file.name)
    raw = [pydicom.dcmread(tmp_path / "raw" / f"{k}.dcm").AcquisitionTime for k in range(6)]
    assert raw[0] == "005959.900000"
    assert raw[2] == "010000.000000"
    film = read_film(tmp_path / "raw")
    assert film.frame_rate == pytest.approx(20)
    np.testing.assert_array_equal(film.frames[:], FRAMES[:6])


@pytest.mark.parametrize("keyword", ["InstanceNumber", "PixelSpacing", "PhotometricInterpretation"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_element_that_is_kept_holds_no_text(tmp_path, keyword):
    data = whole()
    data[keyword]._value = f"{FAMILY.upper()}"
    with pytest.raises(BadInput, match=rf"1\.dcm: {keyword} .* which it should not"):
        bring_in(saved(data, tmp_path / "1.dcm"), tmp_path / "raw.dcm")
    assert not (tmp_path / "raw.dcm").exists()


def test_burned_in_names_are_refused(tmp_path):
    file = saved(whole(BurnedInAnnotation="YES"), tmp_path / "1.dcm")
    with pytest.raises(BadInput, match="BurnedInAnnotation is YES: a name may be burned into its"):
        bring_in(file, tmp_path / "raw.dcm")
    data = whole(BitsStored=12, HighBit=11)
    data.add_new(0x60000010, "US", 40)
    data.add_new(0x60000102, "US", 15)
    with pytest.raises(BadInput, match="an overlay lies in the unused bits of its pixels"):
        bring_in(saved(data, tmp_path / "2.dcm"), tmp_path / "raw.dcm")


@pytest.mark.parametrize(
    "place", [f"{FAMILY.upper()}_0001.dcm", "1.2.3.4.1.dcm", "2021-03-04/1.dcm", "20210304.dcm"]
)
def test_a_file_whose_place_tells_is_refused(tmp_path, place):
    file = saved(whole(PatientName=WHO), tmp_path / "1.dcm")
    with pytest.raises(BadInput, match=r"1\.dcm: its name holds '.*rename it"):
        bring_in(file, tmp_path / "raw.dcm", place=Path(place))
    assert not (tmp_path / "raw.dcm").exists()


def test_comments_within_coded_pixels_go(tmp_path):
    file = get_testdata_file("JPEG2000.dcm")
    data = pydicom.dcmread(file)
    (fragment,) = pydicom.encaps.generate_frames(data.PixelData, number_of_frames=1)
    note = f"{WHO} {BORN}".encode()
    comment = b"\xff\x64" + struct.pack(">HH", len(note) + 4, 1) + note
    siz = 4 + int.from_bytes(fragment[4:6], "big")
    data.PixelData = encapsulate([fragment[:siz] + comment + fragment[siz:]])
    data.save_as(tmp_path / "1.dcm")
    raw = brought(tmp_path / "1.dcm")
    np.testing.assert_array_equal(
        pydicom.dcmread(raw).pixel_array, pydicom.dcmread(file).pixel_array
    )


# ---- Video and sound


@pytest.fixture
def video(tmp_path) -> Path:
    file = tmp_path / "clip.mp4"
    sound = 0.1 * np.random.default_rng(1).standard_normal(8000)
    frames = (FRAMES[:, :40, :48] // 16).astype("uint8")
    write_video(file, frames, RATE, sound, 8000, quality=10, bit_rate=64000)
    return file


def remuxed(source: Path, target: Path, **options) -> Path:
    """The same packets in another container, with a name and a date wherever it takes some."""
    with av.open(str(source)) as read, av.open(str(target), "w", **options) as written:
        for key in ("title", "artist", "comment", "description", "copyright", "date"):
            written.metadata[key] = f"{WHO} {BORN}"
        written.metadata["creation_time"] = "1980-02-29T12:00:00Z"
        streams = {stream: written.add_stream_from_template(stream) for stream in read.streams}
        for stream in streams.values():
            stream.metadata["handler_name"] = stream.metadata["title"] = f"{WHO} {BORN}"
        for packet in read.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream]
                written.mux(packet)
    return target


def old_film(file: Path) -> Path:
    """Pictures and sound as AVI has them: one by one, and as plain samples."""
    with av.open(str(file), "w") as written:
        track, voice = written.add_stream("mjpeg", rate=25), written.add_stream("pcm_s16le", 8000)
        track.height, track.width, track.pix_fmt = 40, 48, "yuvj420p"
        for frame in (FRAMES[:, :40, :48] // 16).astype("uint8"):
            written.mux(track.encode(av.VideoFrame.from_ndarray(frame, format="gray")))
        sound = av.AudioFrame.from_ndarray(
            FRAMES[:, 0].reshape(1, -1).astype("int16"), "s16", "mono"
        )
        sound.sample_rate = 8000
        written.mux(voice.encode(sound))
    return file


def box(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload) + 8) + name + payload


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".avi"])
def test_a_video_names_nobody_and_plays_the_same(video, tmp_path, suffix):
    """Metadata of the file and its tracks, a box of a camera, and bytes after the end."""
    source = old_film(tmp_path / "old.avi") if suffix == ".avi" else video
    file = remuxed(source, tmp_path / f"named{suffix}")
    before = read_video(file)
    note = f"{WHO} {BORN}".encode() + WHO.encode("utf-16-le")
    tail = struct.pack("<4sI", b"JUNK", len(note)) + note if suffix == ".avi" else b""
    with file.open("ab") as stream:
        stream.write(tail or box(b"uuid", note) + box(b"free", note))
    padding = "what stood in padding, which nobody reads"
    assert (padding in cleaned(file).held) == (suffix == ".avi")
    after = read_video(brought(file))
    np.testing.assert_array_equal(after.frames, before.frames)
    np.testing.assert_array_equal(after.sound, before.sound)
    assert after[1::2] == before[1::2]


def test_the_date_of_an_mp4_is_blank(video, tmp_path):
    file = remuxed(video, tmp_path / "named.mp4")
    seconds = struct.pack(">I", 2_398_766_400 + 30_326_400)  # since 1904
    held = file.read_bytes()
    assert b"mvhd" in held
    raw = brought(file).read_bytes()
    for name in (b"mvhd", b"tkhd", b"mdhd"):
        at = raw.index(name) + 8
        assert raw[at : at + 8] == bytes(8)
        assert held[at : at + 8] != bytes(8)
    assert seconds not in raw


def test_what_names_nobody_comes_to_the_byte(video, tmp_path):
    """Our own video, as simulated and as FFmpeg writes it; as a link, where links are wanted."""
    plain = tmp_path / "plain.mp4"
    with av.open(str(video)) as read, av.open(str(plain), "w") as written:
        streams = {stream: written.add_stream_from_template(stream) for stream in read.streams}
        for packet in read.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream]
                written.mux(packet)
    for file in (video, plain):
        assert bring_in(file, tmp_path / f"raw_{file.name}") == []
        assert (tmp_path / f"raw_{file.name}").read_bytes() == file.read_bytes()
    assert bring_in(video, tmp_path / "linked.mp4", link=True) == []
    assert (tmp_path / "linked.mp4").readlink() == video


def test_what_has_to_change_is_copied_though_links_are_wanted(video, tmp_path):
    file = remuxed(video, tmp_path / "named.mp4")
    before = file.read_bytes()
    assert not brought(file, link=True).is_symlink()
    assert file.read_bytes() == before


@pytest.mark.parametrize("pattern", ["usc75/**/*_video.mp4", "usctimit_contours/F1_0*.avi"])
def test_recorded_corpora_come_to_the_byte(real, tmp_path, pattern):
    files = sorted(real.glob(pattern))
    assert files
    for file in files:
        assert bring_in(file, tmp_path / file.name) == []
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()


def chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack("<4sI", name, len(payload)) + payload + bytes(len(payload) % 2)


def test_a_sound_names_nobody_and_sounds_the_same(tmp_path):
    """INFO, the sender and date of a broadcast wave, iXML, ID3, before and after the samples."""
    plain = tmp_path / "plain.wav"
    with wave.open(str(plain), "wb") as sound:
        sound.setparams((1, 2, 20000, 0, "NONE", ""))
        sound.writeframes(FRAMES.tobytes())
    note = f"{WHO} 1980-02-29".encode()
    extra = chunk(b"bext", note.ljust(602, b"\0")) + chunk(b"LIST", b"INFO" + chunk(b"IART", note))
    extra += chunk(b"iXML", note) + chunk(b"id3 ", note)
    held = plain.read_bytes()
    body = held[12:36] + extra + held[36:] + extra
    file = tmp_path / "named.wav"
    file.write_bytes(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body + b"TAG" + note)
    with wave.open(str(brought(file))) as sound:
        assert sound.readframes(10**6) == FRAMES.tobytes()


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
@pytest.mark.parametrize("whole", [0, 0xFFFFFFFF])
def test_a_sound_whose_recorder_stopped_keeps_its_samples(tmp_path, whole, size):
    note, samples = f"{WHO} {BORN}".encode().ljust(602, b"\0"), FRAMES[0].astype("<i2").tobytes()
    head = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 20000, 40000, 2, 16)) + chunk(b"bext", note)
    data = struct.pack("<4sI", b"data", size) + samples
    file = tmp_path / "stopped.wav"
    file.write_bytes(b"RIFF" + struct.pack("<I", whole) + b"WAVE" + head + data)
    before, after = read_wave(file), read_wave(brought(file))
    assert before[1] == after[1] == 20000
    np.testing.assert_array_equal(after[0], before[0])
    np.testing.assert_allclose(after[0], FRAMES[0].ravel() / 2**15, atol=1e-6)


def test_a_film_whose_recorder_stopped_keeps_its_frames(tmp_path):
    file = remuxed(old_film(tmp_path / "old.avi"), tmp_path / "stopped.avi")
    held = bytearray(file.read_bytes())
    movi = held.index(b"movi") - 4
    held = held[: held.index(b"idx1")]
    held[4:8] = held[movi : movi + 4] = bytes(4)
    file.write_bytes(held)
    before, after = read_film(file), read_film(brought(file))
    assert len(after.frames) == len(FRAMES)
    np.testing.assert_array_equal(after.frames, before.frames)


def test_a_sound_that_ends_has_no_name_behind_it(tmp_path):
    """No sample, in a file that knows its size: what follows are no samples."""
    note = chunk(b"LIST", b"INFO" + chunk(b"IART", WHO.encode()))
    body = b"WAVE" + chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 20000, 40000, 2, 16))
    (tmp_path / "none.wav").write_bytes(chunk(b"RIFF", body + chunk(b"data", b"") + note))
    try:
        bring_in(tmp_path / "none.wav", tmp_path / "raw.wav")
    except BadInput:
        assert not (tmp_path / "raw.wav").exists()
    else:
        assert told((tmp_path / "raw.wav").read_bytes()) == []


def test_a_copy_that_would_not_sound_the_same_is_refused(tmp_path):
    """A size of the whole that ends before the samples, which players read on."""
    samples = FRAMES[0].astype("<i2").tobytes()
    body = b"WAVE" + chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 20000, 40000, 2, 16))
    file = tmp_path / "short.wav"
    file.write_bytes(chunk(b"RIFF", body + struct.pack("<4sI", b"data", 0)) + samples)
    with pytest.raises(BadInput, match=r"short\.wav: without what may .* would not play as it do"):
        bring_in(file, tmp_path / "raw.wav")
    assert not (tmp_path / "raw.wav").exists()


@pytest.mark.parametrize("start", [b"\x1aE\xdf\xa3", b"fLaC", b"OggS", b"NIST_1A\n", b""])
def test_an_unknown_kind_is_refused(tmp_path, start):
    (tmp_path / "clip.mkv").write_bytes(start + WHO.encode())
    with pytest.raises(
        BadInput, match=r"not known where a name may hide .*; convert it, as by `ff"
    ):
        bring_in(tmp_path / "clip.mkv", tmp_path / "raw.mkv")


def test_a_truncated_video_is_refused(video, tmp_path):
    (tmp_path / "short.mp4").write_bytes(video.read_bytes()[:-100])
    with pytest.raises(BadInput, match=r"short\.mp4: damaged, or truncated, at byte \d+; fetch it"):
        bring_in(tmp_path / "short.mp4", tmp_path / "raw.mp4")


# ---- Pictures


def png(file):
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", WHO)
    info.add_itxt("Comment", BORN, zip=False)
    Image.fromarray(FRAMES[0]).save(file, pnginfo=info)


def jpeg(file):
    exif = Image.Exif()
    exif[0x013B], exif[0x0132] = WHO, "1980:02:29 12:00:00"
    grey = Image.fromarray((FRAMES[0] // 16).astype("uint8"))
    grey.save(file, exif=exif, comment=f"{WHO} {BORN}".encode(), progressive=True)
    with file.open("ab") as stream:
        stream.write(WHO.encode())


def tiff(file):
    first, *others = map(Image.fromarray, FRAMES)
    tags = {270: f"{WHO} {BORN}", 315: WHO, 306: "1980:02:29 12:00:00", 33432: GIVEN}
    first.save(file, save_all=True, append_images=others, tiffinfo=tags)
    with file.open("ab") as stream:
        stream.write(WHO.encode())


def bmp(file):
    Image.fromarray((FRAMES[0] // 16).astype("uint8")).save(file)
    with file.open("ab") as stream:
        stream.write(WHO.encode())


@pytest.mark.parametrize("make", [png, jpeg, tiff, bmp], ids=lambda make: make.__name__)
def test_a_picture_names_nobody_and_looks_the_same(tmp_path, make):
    file = tmp_path / f"still.{make.__name__}"
    make(file)
    before, after = read_film(file), read_film(brought(file))
    np.testing.assert_array_equal(after.frames, before.frames)


def test_a_png_is_whole(tmp_path):
    png(tmp_path / "still.png")
    held, at = brought(tmp_path / "still.png").read_bytes(), 8
    while at < len(held):
        size = int.from_bytes(held[at : at + 4], "big")
        check = int.from_bytes(held[at + 8 + size : at + 12 + size], "big")
        assert zlib.crc32(held[at + 4 : at + 8 + size]) == check
        at += 12 + size


# ---- Arrays, labels, lists


def test_an_array_ends_where_it_ends(tmp_path):
    np.save(tmp_path / "clip.npy", FRAMES)
    with (tmp_path / "clip.npy").open("ab") as stream:
        stream.write(WHO.encode())
    np.testing.assert_array_equal(np.load(brought(tmp_path / "clip.npy")), FRAMES)


def test_an_array_of_objects_is_refused(tmp_path):
    np.save(tmp_path / "who.npy", np.array([WHO]))
    with pytest.raises(BadInput, match="holds <U14, expected plain numbers"):
        bring_in(tmp_path / "who.npy", tmp_path / "raw.npy")


def test_traces_keep_their_signals(tmp_path):
    """mview's own names, rates and signals; not its notes, and not when and where it was saved."""
    kind = [(name, object) for name in ("NAME", "SRATE", "SIGNAL", "COMMENT", "SUBJECT")]
    rows = [("AUDIO", 16000.0, np.arange(5.0), WHO, BORN), ("IMAGE", 99.0, FRAMES, "", "")]
    savemat(tmp_path / "t.mat", {"traces": np.array(rows, kind), "who": WHO}, do_compression=False)
    raw = brought(tmp_path / "t.mat")
    assert b"Created on" not in raw.read_bytes()
    traces = loadmat(raw)["traces"][0]
    assert traces.dtype.names == ("NAME", "SRATE", "SIGNAL")
    np.testing.assert_array_equal(traces[1]["SIGNAL"], FRAMES)
    assert traces[0]["NAME"] == "AUDIO"


@pytest.mark.parametrize("deep", [dict, str, list])
def test_a_signal_is_numbers_and_nothing_else(tmp_path, deep):
    """A struct, a text and a cell where the numbers should be; a person where the name should."""
    holds = {dict: {"who": WHO, "born": BORN}, str: WHO, list: np.array([WHO, BORN], object)}[deep]
    kind = [(name, object) for name in ("NAME", "SRATE", "SIGNAL")]
    rows = [("IMAGE", 99.0, FRAMES), ("AUDIO", 16000.0, holds), (f"{WHO} {BORN}", 99.0, FRAMES[0])]
    savemat(tmp_path / "t.mat", {"t": np.array(rows, kind)}, do_compression=False)
    (row,) = loadmat(brought(tmp_path / "t.mat"))["t"][0]
    assert row["NAME"] == "IMAGE"
    np.testing.assert_array_equal(row["SIGNAL"], FRAMES)


def test_the_heading_of_plain_numbers_says_nothing(tmp_path):
    savemat(tmp_path / "mask.mat", {"mask_frame": FRAMES[0]})
    assert bring_in(tmp_path / "mask.mat", tmp_path / "raw.mat") == ["host and date of the heading"]
    np.testing.assert_array_equal(loadmat(tmp_path / "raw.mat")["mask_frame"], FRAMES[0])


def test_hdf5_keeps_its_numbers(tmp_path):
    with h5py.File(tmp_path / "recon.h5", "w", userblock_size=512) as data:
        data["recon"] = FRAMES
        data["deep/part"] = np.frombuffer(f"{WHO} {BORN}".encode("utf-16-le"), "uint16")
        data["patient"] = data["deep/part"][:]
        data["patient"].attrs["MATLAB_class"] = b"char"
        data["recon"].attrs["patient"] = data.attrs["born"] = f"{WHO} {BORN}"
        data["header"] = f"<name>{WHO}</name>"
    raw = brought(tmp_path / "recon.h5")
    with h5py.File(raw) as data:
        np.testing.assert_array_equal(data["recon"], FRAMES)
        assert sorted(data) == ["recon"]
        assert not data["recon"].attrs


def text_alone(data):
    data["recon"] = np.frombuffer(WHO.encode("utf-16-le"), "uint16")


def text_in_planes(data):
    data["recon"] = np.frombuffer(WHO.encode("utf-16-le"), "uint16")[None, None]
    data["recon"].attrs["MATLAB_class"] = b"char"


@pytest.mark.parametrize("write", [text_alone, text_in_planes, lambda data: None])
def test_hdf5_without_pictures_is_refused(tmp_path, write):
    with h5py.File(tmp_path / "recon.h5", "w") as data:
        write(data)
    with pytest.raises(BadInput, match=r"recon\.h5: no /recon of plain numbers \(time, x, y\)"):
        bring_in(tmp_path / "recon.h5", tmp_path / "raw.h5")
    assert not (tmp_path / "raw.h5").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_labels_lose_their_comments_alone(tmp_path, encoding):
    file = write_textgrid(
        tmp_path / "1.TextGrid", [(0, 1, 'a "!" b'.replace('"', '""')), (1, 2, "")]
    )
    tiers, text = read_tiers(file), file.read_text()
    head, rest = text.split("xmin", 1)
    head += f"! spoken by {WHO}, born {BORN}\n by {FAMILY}\n"
    file.write_text(f"{head}xmin{rest}", encoding=encoding)
    raw = brought(file)
    assert read_tiers(raw) == tiers
    assert praat_reads(str(raw)).class_name == "TextGrid"


def test_plain_labels_come_to_the_byte(tmp_path):
    file = write_textgrid(tmp_path / "1.TextGrid", [(0, 1.5, "a"), (1.5, 2, "sil")])
    assert bring_in(file, tmp_path / "raw.TextGrid") == []
    assert (tmp_path / "raw.TextGrid").read_bytes() == file.read_bytes()


def test_a_metafile_says_which_clips_and_not_who(tmp_path):
    task = {"prefix": "sub001_01", "index": "01", "name": "vcv", "file": "exist", "note": WHO}
    person = {"sex": "F", "age": "24", "name": WHO, "born": BORN}
    file = tmp_path / "metafile_public_1.json"
    file.write_text(json.dumps({"sub001": {"demographic": person, "task": [task]}}))
    known = json.loads(brought(file).read_text())
    del task["note"]
    assert known == {"sub001": {"task": [task]}}


# ---- Names of speakers


@pytest.mark.parametrize(
    "name", ["sub001", "F1", "usc_s1", "1612", "1987", "sub-01", "Subject12", "speaker_3", "spk2"]
)
def test_codes_are_names_of_speakers(name):
    assert called(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "Jane",
        "doe_jane",
        "DOE^JANE",
        "jane_doe_1",
        "M19800229",
        "a b1",
        "anna1987",
        "sub_1987",
        "f2001",
    ]
    + ["Mueller_85", "johnsmith1"],
)
def test_names_of_people_are_not(name):
    with pytest.raises(BadInput, match="may name a person; speakers go by a code with a number"):
        called(name)
