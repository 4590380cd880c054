"""The table of seqlets: where they are, which motifs they resemble, what knocking them out does."""

from collections.abc import Iterator, Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.schemas.motifs import CheckpointSeqlets, Effect, MotifLibraryInfo, MotifMatch, MotifReport, Seqlet
from frontend.components.reading import how_to_read
from frontend.ids import Sequence as Ids

MINUS = "\N{MINUS SIGN}"
HEAD = (
    ("Network", ""),
    ("Position", "Of the record, 0-based, first to last base"),
    ("Bases", "On the strand shown"),
    ("Known motif", "Best match by Tomtom, only where q is at most 0.1"),
    ("q-value", "Share of false matches expected among those at least as good"),
    ("Share", "Of the window's attribution of the same sign"),
    ("Knock-out", "Logit as it is minus logit with the seqlet shuffled, mean and 95 % interval"),
)


def motif_section(*, graph_config: Mapping[str, Any], logo_help: str, height: int) -> Any:
    """Lay out the table and, beside it, the motif of the chosen row."""
    return html.Section(
        [
            dmc.Title("Motifs", order=3, size="h5", mt="md", mb=4),
            html.Div(
                [
                    html.Div(id=Ids.HITS, className="hits"),
                    html.Div(
                        [
                            dcc.Graph(id=Ids.HIT_LOGO, config=dict(graph_config), style={"height": height}),
                            how_to_read(logo_help),
                        ],
                        id=Ids.HIT_BOX,
                        className="hit-logo",
                        style={"visibility": "hidden"},
                    ),
                ],
                className="motifs",
            ),
        ],
        **{"aria-label": "Motifs"},
    )


def motif_hits(
    report: MotifReport | None, *, note: str, key: str, window_start: int, networks: Mapping[str, str]
) -> Any:
    """Fill the table, or say why it is empty; `key` names the explanation that the hits belong to."""
    if report is None:
        return html.Div(note, className="hits-note")
    rows = [
        _row(checkpoint.architecture, index, seqlet, network=networks[checkpoint.architecture], offset=window_start)
        for checkpoint, index, seqlet in ordered(report)
    ]
    return html.Div([_table(rows) if rows else None, *_notes(report, networks)], **{"data-hits": key})


def ordered(report: MotifReport) -> Iterator[tuple[CheckpointSeqlets, int, Seqlet]]:
    """List the seqlets: networks as they came, named ones first, then the heaviest."""
    for checkpoint in report.checkpoints:
        numbered = list(enumerate(checkpoint.seqlets))
        for index, seqlet in sorted(numbered, key=lambda s: (not s[1].matches, -abs(s[1].attribution))):
            yield checkpoint, index, seqlet


def _table(rows: list[Any]) -> Any:
    head = html.Tr([html.Th(title, scope="col", title=meaning) for title, meaning in HEAD])
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="hits-table")
    return html.Div(table, className="hits-scroll", tabIndex=0, role="region", **{"aria-label": "Seqlets"})


def _row(architecture: str, index: int, seqlet: Seqlet, *, network: str, offset: int) -> Any:
    best = seqlet.matches[0] if seqlet.matches else None
    place = f"{offset + seqlet.start} to {offset + seqlet.stop - 1}"
    hit = {"data-hit": f"{architecture}/{index}"}
    choose = html.Button(place, type="button", className="hit-choose", title="Show the motif aligned with it", **hit)
    sign = "supports bound" if seqlet.sign > 0 else "speaks against bound"
    cells = [
        network,
        choose,
        html.Code(seqlet.bases),
        _name(seqlet.matches),
        f"{best.q_value:.1e}".replace("-", MINUS) if best else "",
        html.Span(f"{'+' if seqlet.sign > 0 else MINUS}{abs(seqlet.share):.0%}", title=sign),
        _effect(seqlet.knock_out),
    ]
    return html.Tr([html.Td(cell) for cell in cells], **hit)


def _name(matches: list[MotifMatch]) -> Any:
    if not matches:
        return html.Span("no known motif", className="quiet")
    best, *others = matches
    link = html.A(best.id, href=best.url, target="_blank", rel="noopener") if best.url else best.id
    also = "Also: " + ", ".join(f"{m.name} ({m.id}, q {m.q_value:.1e})" for m in others) if others else ""
    more = html.Span(f" +{len(others)}", className="quiet", title=also) if others else None
    return [html.Strong(best.name), " ", link, more]


def _effect(effect: Effect | None) -> Any:
    if effect is None:
        return html.Span("one base only: no shuffle changes it", className="quiet")
    mean, low, high = (f"{value:+.2f}".replace("-", MINUS) for value in (effect.mean, effect.low, effect.high))
    return [mean, html.Span(f" ({low} to {high})", className="quiet")]


def _notes(report: MotifReport, networks: Mapping[str, str]) -> list[Any]:
    """Say why a network has no seqlet, and where names and thresholds come from."""
    silent: dict[str, list[str]] = {}
    for c in report.checkpoints:
        if not c.seqlets:
            silent.setdefault(c.note or "Nothing stands out from shuffled sequences.", []).append(
                networks[c.architecture]
            )
    fdr = max((c.fdr for c in report.checkpoints), default=0.0)
    source = (
        f"Seqlets at a false discovery rate of {fdr:.0%} against dinucleotide shuffles; named where q ≤ 0.1; +1 in the "
        "table means one more match, named on hover."
    )
    scan = report.scan
    chance = (
        f"The PWM scan has hits at p ≤ {scan.threshold:g}: {len(scan.hits)} here, {scan.expected_false_hits:.1f} "
        "expected by chance alone."
        if scan
        else "No PWM scan was made."
    )
    nothing = (f"{', '.join(names)}: {note}" for note, names in silent.items())
    texts = (*nothing, *report.refused.values(), source, chance)
    return [*(html.Div(text, className="hits-note") for text in texts), _library(report.library)]


def _library(library: MotifLibraryInfo) -> Any:
    """Credit the motifs' makers, as their licence asks."""
    summary = html.Summary(f"Names from {library.name}, {library.n_motifs:,} motifs: licence and citation")
    return html.Details([summary, html.P(library.citation), html.P(library.licence)], className="details")
