"""Contours of one clip, whatever it was filmed with, each length in it from the pixel spacing.

VIDEO is a video, a DICOM file, a picture, a multi-page TIFF, a .npy (time, y, x), or a folder: of
single-frame DICOM files, or of images in the order of the numbers in their names. With --sheet
there may be many, each a clip of its own: a glance at many speakers.

examples:
  python -m tractable.contours clip.avi --pixel-spacing 2.94 --out contours.zarr --overlay sheet.png
  python -m tractable.contours stills/*.png --pixel-spacing 2.4 --sheet sheet.png
"""

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

from tractable.command import carry_out
from tractable.segmenter import RELEASED


def arguments() -> Namespace:
    parser = ArgumentParser(
        "python -m tractable.contours",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("videos", nargs="+", type=Path, metavar="VIDEO", help="file or folder")
    parser.add_argument(
        "--pixel-spacing",
        type=float,
        metavar="MM",
        help="side of a pixel in mm, which all but DICOM files need (USC-TIMIT: 2.94)",
    )
    parser.add_argument(
        "--frame-rate", type=float, metavar="HZ", help="of image stacks and arrays, which hold none"
    )
    parser.add_argument(
        "--slice", type=int, metavar="N", help="of a DICOM series of several, from 1"
    )
    result = parser.add_mutually_exclusive_group(required=True)
    result.add_argument(
        "--out", type=Path, metavar="STORE", help="contours.zarr; an older one goes"
    )
    result.add_argument(
        "--sheet",
        type=Path,
        metavar="FILE",
        help="a .png with a tile of each VIDEO: its frame of median uncertainty, the contours, its "
        "name, how sure they are and why it is refused",
    )
    parser.add_argument(
        "--order",
        choices=("uncertainty", "name"),
        default="uncertainty",
        help="of the tiles of --sheet, surest first or by name (default: uncertainty)",
    )
    parser.add_argument(
        "--network",
        type=Path,
        default=RELEASED,
        metavar="FOLDER",
        help="adapted to a site by python -m tractable.segmenter adapt (default: the released one)",
    )
    parser.add_argument(
        "--overlay",
        type=Path,
        metavar="FILE",
        help="the contours drawn over the frames: .mp4, or .png",
    )
    parser.add_argument(
        "--shown", type=int, default=12, metavar="N", help="frames on an overlay .png (default 12)"
    )
    parser.add_argument(
        "--keep-refused", action="store_true", help="write even if nearly no frame can be used"
    )
    return parser.parse_args()


if __name__ == "__main__":
    carry_out("tractable.contours", arguments())
