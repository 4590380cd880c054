/* What the page does without asking its server: showing and hiding, joining slices, sorting, saving pictures. */
(function () {
  "use strict";
  const skip = () => window.dash_clientside.no_update;
  const shown = (yes) => ({ display: yes ? "block" : "none" });
  const count = (n) => n.toLocaleString("en-US");

  const continues = (progress, slice) =>
    progress && progress.run === slice.run && progress.status === "running" && progress.done === slice.start;

  /* Join a slice and ask for the next one. Asking by set_props keeps the chain out of Dash's graph, where it would be
     a cycle; each slice asks exactly once, and what belongs to another run or was cancelled is dropped. */
  function merge(slice, analyses, rows, progress, next) {
    if (!slice || !(slice.first || continues(progress, slice))) return [skip(), skip(), skip(), skip()];
    const done = Math.min(slice.stop, slice.total);
    const status = done < slice.total ? "running" : "done";
    if (status === "running") {
      window.regulensSetProps(next, { data: { run: slice.run, start: done, total: slice.total } });
    }
    return [
      slice.first ? [slice.analysis] : analyses.concat([slice.analysis]),
      slice.first ? slice.rows : rows.concat(slice.rows),
      slice.first ? { ids: slice.selected } : skip(),
      { run: slice.run, done: done, total: slice.total, status: status, quiet: slice.first ? slice.quiet : progress.quiet },
    ];
  }

  function cancel(clicks, progress) {
    if (!clicks || !progress || progress.status !== "running") return skip();
    return Object.assign({}, progress, { status: "cancelled" });
  }

  const PROGRESS_WORDS = {
    running: (p) => `${count(p.done)} of ${count(p.total)} records analysed`,
    cancelled: (p) => `Cancelled after ${count(p.done)} of ${count(p.total)} records; their rows are kept.`,
    failed: (p) => `Stopped after ${count(p.done)} of ${count(p.total)} records; their rows are kept.`,
  };

  function progressBox(progress) {
    const words = progress && PROGRESS_WORDS[progress.status];
    if (!words || (progress.quiet && progress.status === "running")) return [shown(false), "", 0, true];
    return [shown(true), words(progress), (100 * progress.done) / progress.total, progress.status !== "running"];
  }

  /* A view that is not shown keeps its width: its figures are drawn as wide as they will stand there, once. */
  const AWAY = { visibility: "hidden", position: "absolute", left: 0, right: 0, height: 0, overflow: "hidden" };
  const viewOf = (names) => (view) => names.map((name) => (name === view ? shown(true) : AWAY));
  const showView = viewOf(["empty", "busy", "explain", "rank"]);
  const showChromatin = viewOf(["empty", "busy", "result"]);

  function busyView(clicks, view) {
    return clicks && view === "empty" ? "busy" : skip();
  }

  function reasonNotToAnalyse(catalog, check, factor, mode, progress) {
    if (!catalog) return "Waiting for the analysis service.";
    if (!check || check.state === "empty") return "Paste, choose or try a sequence first.";
    if (check.state === "invalid") return "Mend the sequences first; the places are listed above.";
    if (check.state === "unknown") return "The sequences could not be checked yet.";
    if (mode === "explain" && !factor) return "Choose a factor first.";
    if (progress && progress.status === "running") return "An analysis is running; cancel it to start another.";
    return null;
  }

  function submitState(catalog, check, factor, mode, progress) {
    const reason = reasonNotToAnalyse(catalog, check, factor, mode, progress);
    return [reason !== null, reason || "Ready. Ctrl + Enter in the text field does the same."];
  }

  function modeFields(mode, check) {
    const many = Boolean(check && check.n_records > 1);
    return [shown(mode === "rank" && many), { style: shown(mode === "explain") }, Math.max(1, (check && check.n_records) || 1)];
  }

  function gridApi(id) {
    return window.dash_ag_grid.getApiAsync(id);
  }

  async function order(value, id) {
    const api = await gridApi(id);
    api.applyColumnState({
      state: value === "top" ? [{ colId: "mean", sort: "desc" }] : [],
      defaultState: { sort: null },
    });
    return skip();
  }

  async function strand(value, id) {
    const api = await gridApi(id);
    await api.setColumnFilterModel("strand", value === "both" ? null : { type: "equals", filter: value });
    api.onFilterChanged();
    return skip();
  }

  /* A figure carries the name of its file in layout.meta. */
  function savePicture(svg, png, id) {
    const which = window.dash_clientside.callback_context.triggered[0];
    if (!which || !which.value) return skip();
    const format = which.prop_id.includes("svg") ? "svg" : "png";
    const graph = document.querySelector(`#${id} .js-plotly-plot`);
    if (!graph) return skip();
    const paper = getComputedStyle(document.body).backgroundColor;
    const layout = Object.assign({}, graph.layout, { paper_bgcolor: paper });
    const picture = { data: graph.data, layout: layout, config: { displaylogo: false } };
    const size = { width: graph.offsetWidth, height: graph.offsetHeight };
    const options = { format: format, filename: graph.layout.meta || "regulens", scale: format === "png" ? 2 : 1 };
    window.Plotly.downloadImage(picture, Object.assign(options, size));
    return skip();
  }

  /* Mantine writes its colour scheme on <html>, also when the system changes it; figures follow. */
  function watchPaper(id) {
    const root = document.documentElement;
    const paper = () => root.getAttribute("data-mantine-color-scheme");
    new MutationObserver(() => window.regulensSetProps(id, { data: paper() })).observe(root, {
      attributeFilter: ["data-mantine-color-scheme"],
    });
    return paper();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    regulens: {
      merge, cancel, progressBox, showView, busyView, submitState, modeFields, order, strand, savePicture, watchPaper,
      showChromatin,
    },
  });

  function pressWhenEnabled(id, triesLeft) {
    const button = document.getElementById(id);
    if (button && !button.disabled) button.click();
    else if (triesLeft > 0) setTimeout(pressWhenEnabled, 100, id, triesLeft - 1);
  }

  /* The text field tells the page of a change 300 ms after the last key, and the check of it takes a moment more. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.target.id !== "sequence-text") return;
    event.preventDefault();
    setTimeout(pressWhenEnabled, 400, "sequence-analyse", 50);
  });
})();
