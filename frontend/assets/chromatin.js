/* What the histone-mark page does without asking its server: the table's rows and filters, what can be pressed. */
(function () {
  "use strict";
  const skip = () => window.dash_clientside.no_update;
  const shown = (yes) => ({ display: yes ? "block" : "none" });
  const gridApi = (id) => window.dash_ag_grid.getApiAsync(id);

  /* The answer comes once, as parallel lists; the rows are made here instead of travelling a second time. */
  function geneRows(analysis) {
    if (!analysis) return [skip(), skip(), skip(), skip()];
    const { genes, predictions, networks_calling_on: calling } = analysis;
    const networks = analysis.checkpoints.filter((checkpoint) => checkpoint.kind === "network").length;
    const rows = genes.gene.map((gene, i) => {
      const row = { id: gene, gene, symbol: genes.symbol[i], calling: calling[i], networks, run: analysis.run };
      if (genes.label) row.label = genes.label[i] ? "ON" : "OFF";
      predictions.forEach((prediction, k) => (row[`p${k}`] = prediction.probability[i]));
      return row;
    });
    return [rows, rows.slice(0, 1), "", "all"];
  }

  async function search(text, id) {
    (await gridApi(id)).setGridOption("quickFilterText", text || "");
    return skip();
  }

  const CALLS = {
    all: () => null,
    on: (n) => ({ type: "equals", filter: n }),
    off: () => ({ type: "equals", filter: 0 }),
    differ: (n) => ({ type: "inRange", filter: 0, filterTo: n, inRangeInclusive: false }),
  };

  async function calls(value, id, run) {
    const networks = run ? run.checkpoints.filter((checkpoint) => checkpoint.kind === "network").length : 0;
    const api = await gridApi(id);
    await api.setColumnFilterModel("calling", CALLS[value](networks));
    api.onFilterChanged();
    return skip();
  }

  function reasonNotToAnalyse(catalog, file, check, checkpoints) {
    if (!catalog) return "Waiting for the analysis service.";
    if (!file) return "Choose a file or try an example first.";
    if (!check || check.state === "empty") return "Reading the file.";
    if (check.state === "invalid") return "Mend the file or correct how it is read; the places are listed above.";
    if (check.state === "unknown") return "The file could not be checked yet.";
    if (!checkpoints || !checkpoints.length) return "Choose at least one checkpoint.";
    return null;
  }

  function submitState(catalog, file, check, checkpoints) {
    const reason = reasonNotToAnalyse(catalog, file, check, checkpoints);
    return [reason !== null, reason || "Ready."];
  }

  function figureBox(figure) {
    const drawn = Boolean(figure && figure.data && figure.data.length);
    return [shown(drawn), { marginLeft: "auto", visibility: drawn ? "visible" : "hidden" }];
  }

  const startBoxes = (kind) => [shown(kind === "file"), shown(kind === "search")];
  const listBox = (which) => shown(which === "list");

  function reasonNotToBuild(catalog, files, assembly, unit, kind, starts, genes) {
    if (!catalog) return "Waiting for the analysis service.";
    if (!files || !files.length) return "Choose the bigWigs first.";
    const nameless = files.find((file) => !file.mark);
    if (nameless) return `Say which mark ${nameless.upload.name} holds.`;
    const marks = files.map((file) => file.mark);
    const twice = marks.find((mark, i) => marks.indexOf(mark) !== i);
    if (twice) return `Two files are said to hold ${twice}; correct one of them.`;
    if (!assembly) return "Choose the assembly: it is never guessed.";
    if (!unit) return "Choose the unit of the values.";
    if (kind === "file" && !starts) return "Choose the file with the start sites.";
    if (kind === "search" && !(genes && genes.length)) return "Search and choose at least one gene.";
    return null;
  }

  function buildState(...inputs) {
    const reason = reasonNotToBuild(...inputs);
    const files = inputs[1] || [];
    const few = files.length < 5 ? ` ${files.length} of the five marks are there; networks need all five.` : "";
    return [reason !== null, reason || `Ready.${few}`];
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    chromatin: { geneRows, search, calls, submitState, startBoxes, listBox, buildState, figureBox },
  });
})();
