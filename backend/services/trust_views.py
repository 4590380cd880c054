"""Tests of an explanation as they go over the wire."""

from backend.schemas.trust import TrustMeasure
from models.trust.verdict import Judged, thresholds_of, written


def wire_measure(one: Judged) -> TrustMeasure:
    """Write one test with its value, verdict and thresholds in words."""
    return TrustMeasure(
        name=one.criterion.name,
        title=one.criterion.title,
        value=one.measured.value,
        text=written(one),
        verdict=one.verdict,
        thresholds=thresholds_of(one.criterion),
        meaning=one.criterion.meaning,
    )
