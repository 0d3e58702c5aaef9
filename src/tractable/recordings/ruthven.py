"""The layout of the segmented clips of Ruthven et al.: pictures alone, without sound.

    MRI_SSFP_10fps/SubjectN/image_K.dcm     a frame
    GT_Segmentations/SubjectN/mask_K.mat    its segmentation by hand, which is not read here

256 x 256 pixels, 10 frames/s as the folder's name says. Ruthven, Peplinski, Adams, King & Miquel
(2023), Scientific Data 10:860, doi:10.1038/s41597-023-02766-z. Every clip is "no sound", and so is
every formant.
"""

from pathlib import Path

from tractable.contracts import BadInput
from tractable.recordings.adapter import Adapter, Clip, Settings
from tractable.recordings.layouts import LAYOUTS

FOLDER = "MRI_SSFP_10fps"
FRAMES = "image_*.dcm"


class Ruthven(Adapter):
    """The layout above."""

    layout = LAYOUTS["ruthven"]
    own_folders = True

    def homes(self, folder: Path, settings: Settings) -> dict[str, Path]:
        for data in (folder / FOLDER, folder):
            homes = {home.name: home for home in sorted(data.glob("*/")) if any(home.glob(FRAMES))}
            if homes:
                return homes
        raise BadInput(
            f"{folder}: no {FOLDER}/SubjectN/{FRAMES} in it; name the folder that holds {FOLDER}"
        )

    def stems(self, home: Path, settings: Settings) -> dict[str, str | None]:
        return {"cine": ""} if any(home.glob(FRAMES)) else {}

    def clip(self, home: Path, name: str, stem: str, settings: Settings) -> Clip:
        return Clip(name, home, None)
