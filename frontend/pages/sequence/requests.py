"""What the page asks of the API."""

from backend.schemas.catalog import Catalog, Limits
from backend.schemas.sequence_analyses import ExplanationRequest, RecordRange, SequenceAnalysisRequest, Strand


def scores_request(text: str, factor: str, *, start: int, stop: int) -> SequenceAnalysisRequest:
    """Ask for the scores of a range of records, both strands."""
    return SequenceAnalysisRequest(sequences=text, factors=[factor], records=RecordRange(start=start, stop=stop))


def slice_size(text: str, total: int, *, slice_records: int, limits: Limits) -> int:
    """Choose how many records to ask for at a time: fewer, where long records are scanned by many windows."""
    excess = max(0.0, len(text) / total - limits.window_length)
    return max(1, int(slice_records / (1 + excess / limits.tile_step)))


def explanation_request(
    text: str, factor: str, *, record: int, strand: Strand, explanations: list[ExplanationRequest]
) -> SequenceAnalysisRequest:
    """Ask for explanations of one row."""
    return SequenceAnalysisRequest(
        sequences=text,
        factors=[factor],
        strands=[strand],
        records=RecordRange(start=record, stop=record + 1),
        explanations=explanations,
    )


def ranking_request(text: str, *, record: int, catalog: Catalog) -> SequenceAnalysisRequest:
    """Ask for the scores of one record for every factor."""
    return SequenceAnalysisRequest(
        sequences=text,
        factors=[f.name for f in catalog.factors],
        records=RecordRange(start=record, stop=record + 1),
    )
