"""The histone-mark page as a person uses it, on the running stack."""

import csv
import gzip
import io
import json
import re

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

MARKS = ("H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3")
N_GENES, N_BINS = 12, 100
SIZES = {"1280": (1280, 900), "1920": (1920, 1080)}
GENE_DRAWN = "() => (document.querySelector('#chromatin-gene-picture .js-plotly-plot')?.data?.length ?? 0) >= 3"


def bin_file(n_genes=N_GENES, *, labelled=True, header=False):
    """Write genes in DeepChrome's layout: odd ones with a promoter mark at the start site and label 1."""
    random = np.random.default_rng(7)
    lines = ["gene,bin,symbol,H3K4me3,H3K4me1,H3K27ac,H3K27me3,H3K36me3,H3K9me3"] if header else []
    for gene in range(n_genes):
        counts = random.poisson(1.5, size=(N_BINS, 6))
        if gene % 2:
            counts[40:60, 3] += 40
        for i, row in enumerate(counts.tolist(), start=1):
            cells = [f"{gene:06d}", i, f"SYM{gene}", *row] if header else [f"{gene:06d}", i, *row[:5]]
            lines.append(",".join(map(str, [*cells, *([gene % 2] if labelled and not header else [])])))
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def published():
    """Make a state dict with the tensor names of the published network, as a file of AttentiveChrome holds them."""
    import torch

    from models.architectures.attentivechrome import AttentiveLSTMAlphaBeta
    from models.published import published_names

    torch.set_num_threads(1)
    torch.manual_seed(3)
    ours = AttentiveLSTMAlphaBeta().state_dict()
    kept = io.BytesIO()
    state = {theirs: ours[name].clone() for theirs, name in published_names().items()}
    torch.save({name: t[:, None] if "context" in name else t for name, t in state.items()}, kept)
    return kept.getvalue()


@pytest.fixture
def network(stack, published):
    """Serve an untrained network, so that the journeys do not depend on which weights come with Regulens."""
    with httpx.Client(base_url=f"{stack.api}/api/v1", trust_env=False, timeout=60) as api:
        upload = api.put("/uploads/E123_attchrome_avgAUC_model.pt", content=published).json()
        card = api.post("/chromatin-checkpoints", json={"upload": upload["id"]})
        assert card.status_code == 201, card.text
        yield card.json()
        api.delete(f"/chromatin-checkpoints/{card.json()['name']}")


@pytest.fixture
def at_page(page, stack, network):  # before the page asks which there are
    page.goto(f"{stack.page}/chromatin")
    expect(page.locator("#chromatin-examples button").first).to_be_visible()
    return page


def choose(page, uploader, *files):
    with page.expect_file_chooser() as chooser:
        page.locator(f"#{uploader}-uploader .upload-choose").click()
    chooser.value.set_files([{"name": name, "mimeType": "text/plain", "buffer": data} for name, data in files])


def choose_bins(page, name="genes.csv", **options):
    choose(page, "bins", (name, bin_file(**options).encode()))
    expect(page.locator("#chromatin-feedback")).to_contain_text("genes x 100 bins")


def pick_network(page, network):
    expect(page.locator("#chromatin-analyse")).to_be_enabled()  # the default choice has been made
    if page.locator(".mantine-Pill-root", has_text=network["title"]).count() == 0:
        page.locator("#chromatin-checkpoints").click()
        page.get_by_role("option", name=network["title"]).click()
        page.keyboard.press("Escape")


def select(page, label, option):
    page.get_by_role("textbox", name=label).click()
    page.get_by_role("option", name=option, exact=True).locator("visible=true").click()


def analyse(page, network):
    pick_network(page, network)
    expect(page.locator("#chromatin-analyse")).to_be_enabled()
    page.locator("#chromatin-analyse").click()
    expect(page.locator("#chromatin-table-summary")).to_be_visible()
    page.wait_for_function(GENE_DRAWN)


def row(page, gene):
    return page.locator(f"#chromatin-table .ag-center-cols-container .ag-row[row-id='{gene}']")


def save(page, menu, item, *, inside="body"):
    page.locator(inside).get_by_role("button", name=menu).click()
    with page.expect_download() as caught:
        page.get_by_role("menuitem", name=item).locator("visible=true").click()
    return caught.value.path().read_bytes(), caught.value.suggested_filename


def records_of(data, *, delimiter=","):
    lines = data.decode().splitlines()
    body = [line for line in lines if not line.startswith("#")]
    return [line for line in lines if line.startswith("#")], list(csv.DictReader(body, delimiter=delimiter))


def test_a_bin_file_leads_to_predictions_and_to_the_reasons_for_one_gene(at_page, network, screenshot):
    page = at_page
    expect(page.locator("#chromatin-limits")).to_contain_text("MB")
    expect(page.locator("#chromatin-analyse")).to_be_disabled()
    choose_bins(page)
    expect(page.locator("#chromatin-feedback")).to_contain_text("6 ON, 6 OFF")
    expect(page.locator("#chromatin-feedback")).to_contain_text("No header; gene, bin, H3K27me3")
    analyse(page, network)
    expect(page.locator("#chromatin-table-summary")).to_contain_text("12 genes, 100 bins of 100 bp, genes.csv")
    row(page, "000003").click()
    expect(page.locator("#chromatin-gene-picture")).to_contain_text("000003")
    expect(page.locator("#chromatin-gene-picture")).to_contain_text("Mark attention (beta)")
    expect(page.locator("#chromatin-gene-verdict")).to_contain_text("network looks")
    select(page, "Knock out together", "5 bins")
    expect(page.locator("#chromatin-gene-picture")).to_contain_text("5 bins")
    screenshot("chromatin_gene")


def test_genes_are_searched_by_identifier_and_by_symbol(at_page, network):
    page = at_page
    choose_bins(page, header=True)
    analyse(page, network)
    search = page.get_by_label("Search genes by identifier or symbol")
    for text in ("SYM7", "000007"):
        search.fill(text)
        page.wait_for_function("dash_ag_grid.getApi('chromatin-table').getDisplayedRowCount() === 1")
        expect(row(page, "000007")).to_be_visible()
    search.fill("")
    page.wait_for_function("dash_ag_grid.getApi('chromatin-table').getDisplayedRowCount() === 12")


def test_sets_tiles_and_labels_have_their_figures(at_page, network, screenshot):
    page = at_page
    choose_bins(page)
    analyse(page, network)
    page.get_by_role("tab", name="Set of genes").click()
    page.locator("#chromatin-average-set").get_by_text("My list").click()
    page.locator("#chromatin-average-list").fill("000001, 000003 nowhere")
    expect(page.locator("#chromatin-average-picture .gtitle")).to_be_visible()
    expect(page.locator("#chromatin-average-notes")).to_contain_text("nowhere")
    screenshot("chromatin_set")
    page.get_by_role("tab", name="Across cell types").click()
    expect(page.locator("#chromatin-tiles-picture .gtitle")).to_contain_text("Mark attention")
    page.get_by_role("tab", name="How good on my labels").click()
    expect(page.locator("#chromatin-accuracy-picture")).to_contain_text("AUROC")
    expect(page.locator("#chromatin-confusion-picture")).to_contain_text("called ON")
    screenshot("chromatin_labels")


def test_without_labels_the_page_says_why_nothing_is_measured(at_page, network):
    choose_bins(at_page, labelled=False)
    analyse(at_page, network)
    at_page.get_by_role("tab", name="How good on my labels").click()
    expect(at_page.locator("#chromatin-evaluation-notes")).to_contain_text("The file has no labels")


def test_everything_can_be_taken_away(at_page, network):
    page = at_page
    choose_bins(page)
    analyse(page, network)
    comments, genes = records_of(save(page, "Download table", "Table as CSV")[0])
    assert [g["gene"] for g in genes] == [f"{i:06d}" for i in range(N_GENES)]
    assert all(0 < float(g[f"p_on_{network['name']}"]) < 1 for g in genes)
    assert any(network["sha256"] in line for line in comments)
    assert len(records_of(save(page, "Download table", "Table as TSV")[0], delimiter="\t")[1]) == N_GENES
    whole = json.loads(save(page, "Download table", "Whole analysis as JSON")[0])
    assert whole["genes"]["gene"][3] == "000003"
    explained = json.loads(save(page, "Download explanation", "Explanation as JSON")[0])
    assert explained["marks"] == list(MARKS)
    inside = "#chromatin-gene-picture-menu"
    cells = records_of(save(page, "Download figure", "Numbers as CSV", inside=inside)[0])[1]
    alpha = [float(c["value"]) for c in cells if c["quantity"] == "bin_attention_alpha" and c["mark"] == "H3K4me3"]
    assert len(alpha) == N_BINS
    assert sum(alpha) == pytest.approx(1, abs=1e-3)
    data, name = save(page, "Download figure", "Picture as SVG", inside=inside)
    assert data.startswith(b"<svg")
    assert name.startswith("regulens-000000-")


def test_a_bad_file_names_line_and_column_beside_the_field(at_page, screenshot):
    lines = bin_file(2).splitlines()
    lines[4] = lines[4].replace(",", ",", 1).rsplit(",", 2)[0] + ",many,0"
    choose(at_page, "bins", ("bad.csv", "\n".join(lines).encode()))
    errors = at_page.locator("#chromatin-feedback .field-errors")
    expect(errors).to_contain_text(re.compile(r"line 5, column 7", re.IGNORECASE))
    expect(at_page.locator("#chromatin-analyse")).to_be_disabled()
    expect(at_page.locator("#chromatin-reason")).to_contain_text("Mend the file")
    screenshot("chromatin_invalid")


def test_how_a_file_is_read_can_be_corrected(at_page):
    page = at_page
    choose_bins(page)
    page.get_by_role("button", name="Correct how it is read").click()
    first, second = (page.get_by_role("textbox", name=f"Mark in signal column {i}") for i in (1, 2))
    expect(first).to_have_value("H3K27me3")
    select(page, "Mark in signal column 1", "H3K36me3")
    expect(first).to_have_value("H3K36me3")
    expect(second).to_have_value("H3K27me3")
    expect(page.locator("#chromatin-feedback tbody tr").first).to_contain_text("H3K36me3")


def test_an_upload_shows_its_progress_and_can_be_cancelled(at_page):
    page = at_page
    noise = np.random.default_rng(1).bytes(24_000_000)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 4_000_000}
    network.send("Network.emulateNetworkConditions", slow)
    choose(page, "bins", ("slow.csv.gz", noise))
    expect(page.locator("#bins-uploader .upload-label")).to_contain_text(re.compile(r"of 24\.0 MB \(\d+ %\)"))
    page.locator("#bins-uploader").get_by_role("button", name="Cancel").click()
    expect(page.locator("#bins-uploader-error")).to_contain_text("slow.csv.gz: cancelled")
    expect(page.locator("#bins-uploader .upload-choose")).to_be_visible()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(at_page):
    page = at_page
    page.evaluate("document.querySelector('#weights-uploader').dataset.maxBytes = '1000'")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
    choose(page, "weights", ("E003_attchrome.pt", b"0" * 2000))
    expect(page.locator("#weights-uploader-error")).to_contain_text("at most 0.001 MB")
    assert sent == []


def test_five_bigwigs_become_a_matrix_and_predictions(at_page, network, tmp_path, screenshot):
    page = at_page
    page.get_by_role("tab", name="bigWig files").click()
    choose(page, "bigwigs", *((f"H1.{mark}.bw", bigwig(tmp_path, mark)) for mark in MARKS))
    for mark in MARKS:
        expect(page.get_by_role("textbox", name=f"Mark of H1.{mark}.bw")).to_have_value(mark)
    expect(page.locator("#chromatin-build-reason")).to_contain_text("Choose the assembly")
    select(page, "2. Assembly", "hg19")
    select(page, "3. Unit of the values", "RPKM")
    starts = "chr21\t20000\t20001\tGENE_A\t0\t+\nchr21\t50000\t50001\tGENE_B\t0\t-\n"
    choose(page, "starts", ("tss.bed", starts.encode()))
    expect(page.locator("#chromatin-build")).to_be_enabled()
    page.locator("#chromatin-build").click()
    result = page.locator("#chromatin-matrix-result")
    expect(result).to_contain_text("2 genes x 100 bins of 100 bp, hg19")
    with page.expect_download() as caught:
        page.get_by_text("Download the matrix").click()
    matrix = gzip.decompress(caught.value.path().read_bytes()).decode().splitlines()
    assert len(matrix) == 2 * N_BINS
    assert matrix[0].startswith("GENE_A,1,")
    screenshot("chromatin_matrix")
    page.get_by_role("button", name="Analyse this matrix").click()
    page.wait_for_function(GENE_DRAWN)
    expect(row(page, "GENE_A")).to_be_visible()


def bigwig(folder, mark):
    """Write a bigWig of one chromosome with steps of signal, higher for later marks."""
    import pybigtools

    path = folder / f"{mark}.bw"
    level = 1.0 + MARKS.index(mark)
    values = [("chr21", start, start + 50, level * (1 + start // 50 % 3)) for start in range(10_000, 60_000, 50)]
    writer = pybigtools.open(str(path), "w")
    writer.write({"chr21": 48_129_895}, values)  # as long as in hg19, else it is refused
    writer.close()
    return path.read_bytes()


def test_a_published_checkpoint_is_brought_used_and_removed(at_page, published, screenshot):
    page = at_page
    choose(page, "weights", ("E003_attchrome_avgAUC_model.pt", published))
    page.get_by_role("button", name="Import").click()
    imported = page.locator("#chromatin-imported")
    expect(imported).to_contain_text("E003")
    screenshot("chromatin_imported")
    choose_bins(page)
    expect(page.locator("#chromatin-analyse")).to_be_enabled()
    page.locator("#chromatin-analyse").click()
    expect(page.locator("#chromatin-table")).to_contain_text("E003")
    imported.get_by_role("button", name=re.compile("Remove .*E003")).click()
    expect(imported).not_to_contain_text("E003")


def test_a_file_that_is_no_checkpoint_is_refused_beside_the_field(at_page):
    choose(at_page, "weights", ("E003_attchrome_avgAUC_model.pt", b"cos\nsystem\n(S'true'\ntR."))
    at_page.get_by_role("button", name="Import").click()
    expect(at_page.locator("#chromatin-import-error")).to_contain_text("cannot be used")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_screen_in_light_and_dark(page, stack, network, *, screenshot, size, scheme):
    page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{stack.page}/chromatin")
    page.locator("#chromatin-examples button").first.click()
    expect(page.locator("#chromatin-feedback")).to_contain_text("genes x 100 bins")
    analyse(page, network)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    ink = page.locator("#chromatin-gene-picture .gtitle").evaluate("node => getComputedStyle(node).fill")
    assert (int(re.search(r"\d+", ink)[0]) > 128) is (scheme == "dark")
    screenshot(f"chromatin_result_{size}_{scheme}")


def test_rows_are_reached_and_explained_by_keyboard(at_page, network):
    page = at_page
    choose_bins(page)
    analyse(page, network)
    page.locator("#chromatin-table .ag-row[row-id='000000'] [col-id='symbol']").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("#chromatin-gene-picture")).to_contain_text("000001")
