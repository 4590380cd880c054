"""What people write into names, titles, files and addresses stays text: in the page and in what is saved from it."""

import csv
import io
import json
import re
import shutil
from urllib.parse import quote

import httpx
import numpy as np
import plotly.graph_objects as go
import pytest
from playwright.sync_api import expect

from backend.schemas.access import SESSION_COOKIE
from backend.schemas.spreadsheet_text import FORMULA_STARTS
from frontend.figures.standalone import standalone_page
from frontend.figures.theme import plain
from models.checkpoints import PRETRAINED, PRETRAINED_CHROMATIN
from models.examples import CTCF_MOTIF, EXAMPLES

# At most 60 characters each: whole in every slot, and not cut off before a figure escapes them.
PAYLOADS = (
    "<script>__xss=1</script>",
    "</script><script>__xss=2</script>",
    "</style><script>__xss=3</script>",
    "</title><script>__xss=4</script>",
    "</textarea><script>__xss=5</script>",
    "<img src=x onerror=__xss=6 data-xss>",
    "<svg onload=__xss=7 data-xss>",
    "<svg><script>__xss=8</script></svg>",
    "<iframe src=javascript:top.__xss=9 data-xss></iframe>",
    "<iframe srcdoc='<script>top.__xss=10</script>' data-xss>",
    "<a href='javascript:__xss=11' data-xss>link</a>",
    '<a href="https://xss.invalid/12">link</a>',
    "<a href=data:text/html,<script>top.__xss=13</script>>x</a>",
    "javascript:__xss=14//",
    "data:text/html,<script>top.__xss=15</script>",
    '" onmouseover="__xss=16" data-xss="',
    "' onfocus='__xss=17' autofocus data-xss='",
    '"><img src=x onerror=__xss=18 data-xss>',
    "{{constructor.constructor('__xss=19')()}}",
    "${__xss=20} `${__xss=20}` #{__xss=20} <%= __xss=20 %>",
    "%{x}<b data-xss>%{customdata}</b><extra>21</extra>",
    "&lt;img src=x onerror=__xss=22 data-xss&gt;",
    "&#60;img src=x onerror=__xss=23 data-xss&#62;",
    "<style>@import '//xss.invalid/24.css'</style>",
    "<p data-xss style=background:url(//xss.invalid/25)>",
    "<math><mi><style><!--</style><img src=x onerror=__xss=26>",
    "<noscript><p title='</noscript><img src onerror=__xss=27>'>",
    "\uff1cscript\uff1e__xss=28\uff1c/script\uff1e \u05d0\u05d1\u05d2 <b data-xss>",
    '"}]};__xss=29;//\\u003cscript\\u003e__xss=29</script>',
    "[link](javascript:__xss=30) ![x](//xss.invalid/30.png)",
)
FORMULAS = ("=cmd|' /C calc'!A0", "@SUM(1+1)", "+1+cmd|'!A0", "-2+3+cmd|'!A0", '=HYPERLINK("//xss.invalid")')
WINDOW = EXAMPLES[0].sequences.split()[1]
SEQUENCE, CHROMATIN = "ctcf_weri-demo_cnn", "e003_e123-attentive_lstm_alpha_beta"
SEQUENCE_DRAWN = "() => (document.querySelector('#sequence-dashboard .js-plotly-plot')?.data?.length ?? 0) > 3"
GENE_DRAWN = "() => (document.querySelector('#chromatin-gene-picture .js-plotly-plot')?.data?.length ?? 0) >= 3"
COMPARED = "() => (document.querySelector('#compare-figure .js-plotly-plot')?.data?.length ?? 0) > 4"

ANSWERED = """() => new Promise((told) => requestAnimationFrame(() => requestAnimationFrame(() =>
  told(!document.querySelector('._dash-loading-callback')))))"""


def without_spaces(payload):
    """Write what stands for one word: HTML takes a slash for the space between attributes."""
    return payload.replace(" ", "/")


def file_name(payload):
    """Write what may be the name of a file: it holds no slash."""
    return payload.replace("/", "\N{DIVISION SLASH}")


def copied(shipped, folder, **changes):
    """Copy a checkpoint under another name and with other words on its card."""
    folder.mkdir(parents=True)
    shutil.copy(shipped / "weights.safetensors", folder)
    card = json.loads((shipped / "card.json").read_text()) | {"name": folder.name} | changes
    (folder / "card.json").write_text(json.dumps(card))


def meme_file():
    """Write a library in which every motif is CTCF's consensus, under hostile identifiers and names."""
    rows = "\n".join(" ".join("0.97" if base == here else "0.01" for base in "ACGT") for here in CTCF_MOTIF)
    head = "MEME version 4\n\nALPHABET= ACGT\n\n"
    matrix = f"letter-probability matrix: alength= 4 w= {len(CTCF_MOTIF)}\n{rows}\n\n"
    return head + "".join(f"MOTIF {without_spaces(payload)} {payload}\n{matrix}" for payload in PAYLOADS)


@pytest.fixture(scope="module")
def evil_lab(laboratory, tmp_path_factory):
    """Start a Regulens whose checkpoints and motifs have hostile names, as if trained and brought by its users."""
    folder = tmp_path_factory.mktemp("evil")
    motifs = folder / "<img src=x onerror=__xss=31>.meme"
    motifs.write_text(meme_file())
    for number, payload in enumerate(PAYLOADS):
        own = {"title": payload, "cell_type": payload, "task": payload, "citation": payload, "licence": payload}
        place = {"factor": f"evil_{number}", "factor_title": payload}
        copied(PRETRAINED / SEQUENCE, folder / "sequence" / f"evil_{number}-demo_cnn", **own, **place)
    place = {"factor": "evil_5", "factor_title": PAYLOADS[5]}  # a second model: one cannot be compared
    copied(PRETRAINED / SEQUENCE.replace("cnn", "rnn"), folder / "sequence" / "evil_5-demo_rnn", **place)
    for number in (5, 11):
        own = {"title": PAYLOADS[number], "cell_type": PAYLOADS[number], "summary": PAYLOADS[number]}
        copied(
            PRETRAINED_CHROMATIN / CHROMATIN, folder / "chromatin" / f"evil_{number}-{CHROMATIN.split('-')[1]}", **own
        )
    settings = {
        "REGULENS_CHECKPOINT_DIR": str(folder / "sequence"),
        "REGULENS_CHROMATIN_CHECKPOINT_DIR": str(folder / "chromatin"),
        "REGULENS_MOTIF_FILE": str(motifs),
        "REGULENS_WAITING_JOBS_PER_USER": "100",
        "REGULENS_REQUESTS_PER_MINUTE": "100000",
    }
    with laboratory(folder / "data", settings) as started:
        yield started


@pytest.fixture
def inside(page, watch, evil_lab, sign_in):
    """Sign in as ada, watched."""
    page.goto(f"{evil_lab.page}/sign-in?next=/account")
    sign_in(page, "ada")
    page.wait_for_url(f"{evil_lab.page}/account")
    return page


@pytest.fixture
def api(evil_lab, sign_in):
    """Speak to the API as ada does."""
    with httpx.Client(base_url=f"{evil_lab.api}/api/v1", trust_env=False, timeout=60) as client:
        session = post(client, "/sessions", {"name": "ada", "password": sign_in.keywords["password"]})
        client.headers["Cookie"] = f"{SESSION_COOKIE}={session['cookie']}"
        yield client


def post(api, path, body):
    answer = api.post(path, json=body)
    assert answer.is_success, answer.text
    return answer.json()


def save(page, menu, item):
    page.get_by_role("button", name=menu).locator("visible=true").first.click()
    with page.expect_download() as caught:
        page.get_by_role("menuitem", name=item).locator("visible=true").first.click()
    return caught.value.path().read_bytes()


def walked(page, table):
    """Scroll through a table, which holds the rows in view only, and return the text of all first cells."""
    rows = page.locator(f"#{table} .ag-pinned-left-cols-container .ag-row")
    found, last = {}, page.evaluate("id => dash_ag_grid.getApi(id).getDisplayedRowCount()", table) - 1
    for index in (*range(0, last, 6), last):
        page.evaluate("([id, index]) => dash_ag_grid.getApi(id).ensureIndexVisible(index, 'top')", [table, index])
        expect(page.locator(f"#{table} .ag-pinned-left-cols-container .ag-row[row-index='{index}']")).to_be_visible()
        found |= dict.fromkeys(rows.all_inner_texts())
    return list(found)


ROW_SHOWN = """([id, row]) => {
  const grid = dash_ag_grid.getApi(id), node = grid.getRowNode(row);
  grid.ensureNodeVisible(node);
  return node.rowIndex;
}"""


def choose_row(page, table, row):
    """Click on a row by its place: in the document its name is escaped once more."""
    index = page.evaluate(ROW_SHOWN, [table, row])
    page.locator(f"#{table} .ag-center-cols-container .ag-row[row-index='{index}']").click()


def cells(data, *, separator=","):
    """Read a table as a spreadsheet does, its comments apart."""
    text = data.decode()
    body = io.StringIO("".join(line for line in text.splitlines(keepends=True) if not line.startswith("# ")))
    return list(csv.DictReader(body, delimiter=separator))


def check_cells(rows):
    """No cell may be run as a formula, and numbers must be numbers."""
    for row in rows:
        for value in row.values():
            assert not value.startswith(FORMULA_STARTS) or re.fullmatch(r"-[\d.]+(e[+-]\d+)?", value), value


def hover(page, selector):
    """Move over a figure, so that it writes what it says of its points."""
    box = page.locator(selector).bounding_box()
    for share in (0.3, 0.5, 0.7):
        for down in (0.12, 0.3, 0.5, 0.7, 0.9):
            page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] * down)


def check_saved(watch, page, tmp_path, *, menu, payload, graph):
    """Open picture and page of a figure from the disk; its title says the payload."""
    picture = watch.open(save(page, menu, "Picture as SVG"), tmp_path / "picture.svg")
    watch.shows(picture.evaluate("document.documentElement.textContent"), [payload])
    picture.close()
    if graph:
        whole = watch.open(save(page, menu, "Picture as HTML"), tmp_path / "picture.html")
        expect(whole.locator(".gtitle")).to_contain_text(payload)
        hover(whole, ".js-plotly-plot")
        watch.look(whole)
        whole.close()


def test_figures_say_what_was_written_where_no_policy_protects(watch, tmp_path):
    figure = go.Figure(layout={"title": {"text": plain(PAYLOADS[11])}, "height": 1400})
    for place, payload in enumerate(PAYLOADS):
        text = plain(payload)
        figure.add_annotation(text=text, x=0, y=place, showarrow=False)
        figure.add_scatter(x=[0], y=[place], name=text, hovertemplate=f"{text}<extra></extra>")
    opened = watch.open(standalone_page(figure.to_dict()).encode(), tmp_path / "figure.html")
    expect(opened.locator(".annotation-text")).to_have_count(len(PAYLOADS))
    watch.shows("\n".join(opened.locator(".annotation-text").all_text_contents()), PAYLOADS)
    hover(opened, ".js-plotly-plot")
    watch.look(opened)


def test_names_of_records_and_of_motifs(inside, watch, evil_lab, tmp_path):
    page = inside
    names, formulas = [[without_spaces(text) for text in texts] for texts in (PAYLOADS, FORMULAS)]
    names += formulas
    page.goto(evil_lab.page)
    page.get_by_label("Sequences").fill("".join(f">{name}\n{WINDOW}\n" for name in names))
    expect(page.locator("#sequence-feedback")).to_contain_text(f"{len(names)} records")
    page.locator("#sequence-analyse").click()
    page.wait_for_function(SEQUENCE_DRAWN)
    watch.shows("\n".join(walked(page, "sequence-table")), names)
    for number in (5, 11, 20, 21, 22):
        choose_row(page, "sequence-table", f"{number}-forward")
        expect(page.locator("#sequence-dashboard .gtitle")).to_contain_text(names[number][:25])
        watch.look()
    expect(page.locator("tr[data-hit='demo_cnn/0']")).to_be_visible(timeout=90_000)
    hover(page, "#sequence-dashboard")
    watch.look()
    check_saved(watch, page, tmp_path, menu="Download figure", payload=names[22][:25], graph=True)
    for item, separator in (("Table as CSV", ","), ("Table as TSV", "\t")):
        rows = cells(save(page, "Download table", item), separator=separator)
        check_cells(rows)
        assert [row["record"] for row in rows[::2]] == [*names[: len(PAYLOADS)], *(f"'{name}" for name in formulas)]
    check_cells(cells(save(page, "Download figure", "Motifs as CSV")))
    check_cells(cells(save(page, "Download figure", "Every track as CSV")))


def test_sequences_and_titles_of_factors(inside, watch, evil_lab):
    page = inside
    page.goto(evil_lab.page)
    feedback = page.locator("#sequence-feedback")
    for part in (PAYLOADS[:15], PAYLOADS[15:]):
        page.get_by_label("Sequences").fill("".join(f">{without_spaces(text)}\n{text}\n" for text in part))
        expect(feedback).to_contain_text(without_spaces(part[0]))
        expect(feedback).to_contain_text("is not a DNA base")
        watch.look()
    page.get_by_label("Sequences").fill(f">{without_spaces(PAYLOADS[5])}\n{WINDOW}\n")
    page.locator("#sequence-factor").click()
    watch.shows("\n".join(page.get_by_role("option").all_inner_texts()), PAYLOADS)
    page.keyboard.press("Escape")
    page.get_by_text("Rank factors").click()
    expect(page.locator("#sequence-analyse")).to_be_enabled()
    page.locator("#sequence-analyse").click()
    expect(page.locator("#sequence-ranking-title")).to_contain_text(without_spaces(PAYLOADS[5]), timeout=60_000)
    expect(page.locator("#sequence-ranking-figure .yaxislayer-above text")).to_have_count(len(PAYLOADS))
    cut = [text if len(text) <= 40 else f"{text[:39]}…" for text in PAYLOADS]
    watch.shows(page.locator("#sequence-ranking-figure .yaxislayer-above").text_content(), cut)
    watch.shows("\n".join(walked(page, "sequence-ranking-table")), PAYLOADS)
    hover(page, "#sequence-ranking-figure")


def test_edited_windows_and_motifs_that_are_pasted(inside, watch, evil_lab, tmp_path):
    page = inside
    page.goto(f"{evil_lab.page}/edit#factor=evil_5&sequence={WINDOW}")
    drawn = "n => JSON.parse(document.querySelector('#construct-stage')?.dataset.drawn ?? '[0]').length === n"
    page.wait_for_function(drawn, arg=0)
    page.locator("#construct-motif").click()
    options = page.get_by_role("option")
    expect(options).to_have_count(len(PAYLOADS))
    watch.shows("\n".join(options.all_inner_texts()), PAYLOADS)
    options.filter(has_text=PAYLOADS[5]).first.click()
    expect(page.get_by_label("or your own bases")).to_have_value(re.compile("[ACGT]{10}"))
    page.get_by_role("button", name="Paste at the cursor").click()
    page.wait_for_function(drawn, arg=1)
    expect(page.locator("#construct-edits")).to_contain_text(PAYLOADS[5])
    page.get_by_role("button", name="Its effect in shuffled backgrounds").click()
    expect(page.locator("#construct-effect-picture")).to_contain_text(PAYLOADS[5][:30])
    hover(page, "#construct-effect-picture")
    header, bases, *_ = save(page, "Save", "Construct as FASTA").decode().splitlines()
    assert (header[0], set(bases) <= set("ACGTN")) == (">", True)
    check_cells(cells(save(page, "Save", "Maps and tracks as CSV")))
    watch.open(save(page, "Save", "Picture as SVG"), tmp_path / "construct.svg")


@pytest.mark.console_errors_expected  # of the browser, for addresses at which there is nothing
def test_addresses(inside, watch, evil_lab):
    page = inside
    page.goto(f"{evil_lab.page}/compare#factor=evil_5&sequence={WINDOW}")
    page.wait_for_function(COMPARED)
    watch.shows("\n".join(page.locator(".mantine-Pill-root").all_inner_texts()), PAYLOADS[5:6])
    starts = ("/compare#factor={0}&sequence={0}", "/edit#factor={0}&sequence={0}&edits={0}", "/jobs/new?kind={0}",
              "/jobs/new?from={0}", "/jobs/{0}", "/{0}", "/chromatin?{0}#{0}", "/?{0}#sequence={0}")  # fmt: skip
    for number, start in enumerate(starts):
        page.goto(f"{evil_lab.page}{start.format(quote(PAYLOADS[5], safe=''))}")
        expect(page.locator("#shell-content > *").first).to_be_visible()
        for payload in PAYLOADS[number % 4 :: 4]:  # each in two kinds of address, and one in all
            path, _, fragment = start.format(quote(payload, safe="")).partition("#")
            where, _, search = path.partition("?")
            told = {"pathname": where, "search": search and f"?{search}", "hash": fragment and f"#{fragment}"}
            page.evaluate("told => dash_clientside.set_props('shell-url', told)", told)
            page.wait_for_function(ANSWERED)
            watch.look()
        expect(page.locator("#shell-content > *").first).to_be_visible()


def test_signing_in(page, watch, evil_lab, sign_in):
    page.goto(f"{evil_lab.page}/sign-in")
    for payload in PAYLOADS:
        for name, path in (("ada", payload), (payload, "/")):
            form = {"name": name, "next": path, "password": "x" if name == payload else ""}
            page.set_content(page.request.post(f"{evil_lab.page}/sign-in", form=form).text())
            watch.look()
    page.goto(f"{evil_lab.page}/sign-in?next={quote(PAYLOADS[13])}")
    sign_in(page, "ada")
    page.wait_for_url(f"{evil_lab.page}/")


def test_titles_of_tokens_and_of_jobs(inside, watch, evil_lab, api):
    page = inside
    for payload in PAYLOADS:
        post(api, "/tokens", {"title": payload, "scopes": ["read"]})
    page.reload()
    watch.shows(page.locator("#account-tokens tbody").inner_text(), PAYLOADS)
    random = np.random.default_rng(5)
    content = "".join(f">{i}\n{''.join(random.choice(list('ACGT'), 101))}\n" for i in range(200))
    jobs = []
    for payload, name in zip(PAYLOADS[::2], PAYLOADS[1::2], strict=True):
        upload = api.put(f"/uploads/{quote(file_name(name), safe='')}", content=content).json()
        words = {"title": payload, "cell_type": name, "factor": "hostile"}
        body = {
            "kind": "sequence_training",
            "title": f"{payload} {name}",
            "parameters": {"positives": upload["id"], **words},
        }
        jobs.append(post(api, "/jobs", body)["id"])
    page.goto(f"{evil_lab.page}/jobs")
    expect(page.locator("#jobs-list tbody tr")).to_have_count(len(jobs))
    watch.shows(page.locator("#jobs-list").inner_text(), PAYLOADS)
    for number in (2, 5, 10):
        page.evaluate("path => dash_clientside.set_props('shell-url', { pathname: path })", f"/jobs/{jobs[number]}")
        expect(page.locator("#jobs-head")).to_contain_text(PAYLOADS[2 * number])
        watch.shows(page.locator("#shell-content").inner_text(), PAYLOADS[2 * number : 2 * number + 2])
        watch.shows(page.locator("#shell-content").inner_text(), [file_name(PAYLOADS[2 * number + 1])])
        watch.look()
    page.goto(f"{evil_lab.page}/jobs/new?from={jobs[5]}")
    expect(page.locator("#jobs-choice")).to_contain_text(PAYLOADS[10])


def bins(names, signals):
    """Write a table of bins whose genes, symbols and further signals have hostile names."""
    lines = [",".join(["gene", "bin", "symbol", "H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3", *signals])]
    for gene, name in enumerate(names):
        counts = (str((gene * place + place) % 7) for place in range(1, 101))
        lines += [",".join([name, str(i), name, *[n] * (5 + len(signals))]) for i, n in enumerate(counts, start=1)]
    return "\n".join(lines) + "\n"


def test_genes_signals_and_files_of_histone_marks(inside, watch, evil_lab, tmp_path):
    page = inside
    names = [re.sub('[",;]', "", text).strip() for text in PAYLOADS]
    page.goto(f"{evil_lab.page}/chromatin")
    expect(page.locator("#chromatin-examples button").first).to_be_visible(timeout=60_000)
    table = {"name": "<img src=x onerror=__xss=33>.csv", "mimeType": "text/csv"}
    with page.expect_file_chooser() as chooser:
        page.locator("#bins-uploader .upload-choose").click()
    chooser.value.set_files([{**table, "buffer": bins(names, names[:14]).encode()}])
    expect(page.locator("#chromatin-feedback")).to_contain_text("30 genes x 100 bins")
    watch.shows(page.locator("body").inner_text(), [table["name"], *names[:14]])
    page.locator("#chromatin-analyse").click()
    page.wait_for_function(GENE_DRAWN)
    watch.shows("\n".join(walked(page, "chromatin-table")), names)
    choose_row(page, "chromatin-table", names[5])
    expect(page.locator("#chromatin-gene-picture .gtitle")).to_contain_text(names[5][:20])
    hover(page, "#chromatin-gene-picture")
    watch.look()
