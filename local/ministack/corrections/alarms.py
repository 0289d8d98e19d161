"""Alarms: MiniStack judges them without their dimensions, only on PutMetricData, and never back to OK."""

from correction import Correction, replace
from ministack.services import cloudwatch


def _never(_evaluate):
    return lambda: None


ALARMS_LEFT_TO_WEIR = Correction(
    "alarms",
    lambda: replace(cloudwatch, "_evaluate_all_alarms", (), _never),
)
