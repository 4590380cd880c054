"""The same request gives the same bytes, but for when it was answered and under which id."""

import re

import pytest

pytestmark = pytest.mark.anyio

FACTOR = "alpha_cells"
WINDOW = "TTGACATCATTGAATCTAGTATTCAAGTACTTGCATAATCTTAGATCCAGGGGGCATTGACATCATTG"
METHODS = {"demo_cnn": "integrated_gradients", "demo_rnn": "in_silico_mutagenesis", "demo_cnn_rnn": "deep_lift_shap"}
ATTRIBUTIONS = [
    {"checkpoint": f"{FACTOR}-{name}", "method": method, "parameters": {} if "muta" in method else {"n_references": 4}}
    for name, method in METHODS.items()
]
QUESTIONS = {
    "/sequence-analyses": {
        "sequences": WINDOW,
        "factors": [FACTOR],
        "explanations": [{"name": name} for name in ("window_shuffle", "saliency", "corrected_saliency")],
        "maps": True,
    },
    "/trust-reports": {"sequence": WINDOW, "attributions": ATTRIBUTIONS},
    "/motif-reports": {"sequence": WINDOW, "attributions": ATTRIBUTIONS},
    "/comparisons": {"sequence": WINDOW, "attributions": ATTRIBUTIONS},
    "/constructs": {"factor": FACTOR, "original": WINDOW, "edits": [{"position": 3, "inserted": "GATA"}]},
    "/marginal-effects": {"factor": FACTOR, "sequence": WINDOW, "motif": "GATAAG"},
}


def without_moment(content: bytes) -> bytes:
    """Leave out when it was answered, and the id of the request."""
    stripped, n = re.subn(rb'"(created|request_id)":"[^"]*"', b"", content)
    assert n == 2
    return stripped


@pytest.mark.parametrize("path", QUESTIONS)
async def test_3_the_same_request_gives_the_same_bytes(app, client, path):
    app.state.context.motifs.prepare()
    answers = []
    for _ in range(2):
        app.state.context.engine._known.clear()  # nothing is answered from memory
        app.state.context.motifs.controls._known.clear()
        response = await client.post(path, json=QUESTIONS[path])
        assert response.status_code == 200, response.text
        answers.append(without_moment(response.content))
    assert answers[0] == answers[1]
