"""The tube with a learnt law of area, learnt walls, ends and fossa: physics that was calibrated."""

from tractable.models.learnt_tube import Calibration, LearntTube
from tractable.models.model import Examples


class TubeCalibrated(LearntTube):
    @classmethod
    def fit(
        cls,
        examples: Examples,
        *,
        scale: float,
        exponent: float,
        error: float,
        textbook_weight: float,
        smoothness: float,
        speaker_weight: float,
        calibrated_on: int,
        calibration_steps: int,
        seed: int,
    ) -> "TubeCalibrated":
        """For the parameters see :class:`tractable.models.learnt_tube.Calibration`."""
        calibration = Calibration(
            scale=scale,
            exponent=exponent,
            error=error,
            textbook_weight=textbook_weight,
            smoothness=smoothness,
            speaker_weight=speaker_weight,
            calibrated_on=calibrated_on,
            calibration_steps=calibration_steps,
        )
        return cls.calibrated(examples.alone(), calibration).with_source(examples)
