/* Edit and watch of histone marks: what is chosen, and one question at a time to the API. An answer is drawn only if it
   is of the gene on the screen; a hand on the slider is followed answer by answer, the long question waits for its rest. */
(function () {
  "use strict";
  const REST_MS = 300, RETRY_MS = 2000, KEPT_ANSWERS = 60;
  const skip = () => window.dash_clientside.no_update;
  const at = (id) => document.getElementById(`chromatin-${id}`);
  const put = (id, props) => window.regulensSetProps(`chromatin-${id}`, props);
  /* Every property that is set costs Dash a walk through the page: what stands there is not set again. */
  const standing = new Map();
  function keep(id, name, value) {
    if (standing.get(`${id}.${name}`) === value) return;
    standing.set(`${id}.${name}`, value);
    put(id, { [name]: value });
  }
  const rules = () => window.regulensSignalHistory;
  const draw = () => window.regulensSignalDraw;
  let state = null, retry = null, rest = null;

  const keyOf = (edits) => JSON.stringify(edits);
  const geneOf = (watched) => JSON.stringify(watched.key.slice(0, 2));

  /* A gene has come, or the same one on other paper or for another checkpoint: its edits stay. */
  function open(watched) {
    if (!watched) return skip();
    const goesOn = state && geneOf(state.watched) === geneOf(watched);
    const sameQuestion = goesOn && keyOf(state.watched.key) === keyOf(watched.key);
    const fits = goesOn && watched.before.bin_starts_bp.length === state.watched.before.bin_starts_bp.length;
    const first = watched.first;
    state = {
      watched,
      history: goesOn ? state.history : rules().empty(),
      chosen: fits ? state.chosen : first,
      answers: sameQuestion ? state.answers : new Map([["[]", watched.before]]),
      asking: false,
      shown: null,
      large: state && state.large,
      settled: goesOn ? state.settled : "[]",
    };
    clearTimeout(rest);
    standing.clear();
    watchSlider();
    put("edit-mark", { data: watched.before.marks });
    fill(state.chosen);
    problem(null);
    put("edit-figure", { figure: draw().tracks(watched, watched.before, state.chosen) });
    refresh();
    return skip();
  }

  function fill(chosen) {
    put("edit-mark", { value: chosen.mark });
    put("edit-first", { value: chosen.first + 1 });
    put("edit-last", { value: chosen.last + 1 });
  }

  /* ---- choosing ---- */
  function drag(selected) {
    const chosen = state && dragged(selected, state.watched.before);
    if (chosen) fill(chosen);
    return skip();
  }

  /* Read mark and bins off a range that was drawn across a track. */
  function dragged(selected, gene) {
    const area = (selected && selected.range) || {};
    const row = Object.keys(area).filter((name) => name.startsWith("y")).map((name) => Number(name.slice(1) || 1) - 1)[0];
    if (!area.x || row === undefined) return null;
    const bin = (bp) => Math.floor((bp - gene.bin_starts_bp[0]) / gene.bin_size_bp);
    const [first, last] = [...area.x].sort((a, b) => a - b).map((bp) => Math.min(Math.max(bin(bp), 0), gene.bin_starts_bp.length - 1));
    return { mark: gene.marks[row], first, last };
  }

  function choose(mark, first, last) {
    if (!state) return skip();
    const { marks, bin_starts_bp: starts } = state.watched.before;
    const whole = Number.isInteger(first) && Number.isInteger(last);
    const wrong = !marks.includes(mark) ? "Choose a mark."
      : whole && first >= 1 && first <= last && last <= starts.length ? null
        : `Choose bins from 1 to ${starts.length}, the first not behind the last.`;
    problem(wrong);
    const chosen = { mark, first: first - 1, last: last - 1 };
    if (wrong || JSON.stringify(chosen) === JSON.stringify(state.chosen)) return skip();
    state.chosen = chosen;
    drawChoice();
    drawTracks();
    return skip();
  }

  /* ---- editing ---- */
  /* The slider says on its thumb where it stands. A callback of Dash would take longer than the answer. */
  function watchSlider() {
    const thumb = at("edit-factor").querySelector("[role=slider]");
    if (thumb.dataset.watched) return;
    thumb.dataset.watched = "yes";
    new MutationObserver(() => pull(Number(thumb.getAttribute("aria-valuenow")))).observe(thumb, { attributeFilter: ["aria-valuenow"] });
  }

  function pull(factor) {
    standing.set("edit-factor.value", factor);
    if (factor === rules().factorOf(state.history, state.chosen)) return; // it has only been put there
    become(rules().withEdit(state.history, state.chosen, factor));
  }

  const BUTTONS = {
    "chromatin-edit-usual": (history) => rules().withEdit(history, state.chosen, "reference"),
    "chromatin-edit-undo": (history) => rules().undone(history),
    "chromatin-edit-redo": (history) => rules().redone(history),
    "chromatin-edit-reset": (history) => rules().cleared(history),
  };

  function press() {
    const [pressed] = window.dash_clientside.callback_context.triggered;
    if (!state || !pressed || !pressed.value) return skip();
    return become(BUTTONS[pressed.prop_id.split(".")[0]](state.history));
  }

  function become(history) {
    if (history === state.history) return skip();
    state.history = history;
    refresh();
    clearTimeout(rest);
    rest = setTimeout(settle, REST_MS);
    return skip();
  }

  function settle() {
    state.settled = keyOf(state.history.edits);
    put("edits-settled", { data: { key: state.watched.key.slice(0, 2), edits: state.history.edits } });
  }

  /* ---- asking ---- */
  function refresh() {
    clearTimeout(retry);
    drawChoice();
    const edits = state.history.edits;
    if (state.answers.has(keyOf(edits))) show(edits);
    else if (!state.asking) ask(state);
  }

  async function ask(asked) {
    const edits = asked.history.edits;
    asked.asking = true;
    let wrong = null;
    try {
      const answer = await post({ ...asked.watched.question, edits });
      asked.answers.set(keyOf(edits), answer);
      const old = [...asked.answers.keys()].find((key) => key !== "[]" && key !== keyOf(edits));
      if (asked.answers.size > KEPT_ANSWERS) asked.answers.delete(old);
    } catch (said) {
      wrong = said;
    }
    asked.asking = false;
    if (asked !== state) return;
    if (wrong) return void failed(wrong);
    problem(null);
    show(edits);
    if (edits !== asked.history.edits) refresh();
  }

  async function post(question) {
    let response;
    try {
      response = await fetch("/live-genes", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(question) });
    } catch {
      throw { status: 503, title: "The page's server does not answer", detail: "Your edits are kept, and the page asks again by itself." };
    }
    const answer = await response.json();
    if (!response.ok) throw answer;
    return answer;
  }

  function failed({ status, title, detail, errors }) {
    const places = (errors || []).map((one) => one.message).filter((message) => message !== detail);
    problem([`${title || "This did not work"}.`, detail || "", ...places].join(" "));
    if (!status || status === 429 || status >= 500) retry = setTimeout(refresh, RETRY_MS);
  }

  const problem = (text) => keep("edit-error", "children", text);

  /* ---- drawing ---- */
  function show(edits) {
    const answer = state.answers.get(keyOf(edits));
    if (state.shown === answer) return;
    Object.assign(state, { shown: answer, drawn: keyOf(edits) });
    draw().table(at("edit-table"), state.watched, answer);
    draw().words(at("edit-words"), answer.edits);
    drawTracks();
    drawLarge();
  }

  function drawChoice() {
    const { history, chosen } = state, n = chosen.last - chosen.first + 1;
    at("edit-factor-label").textContent = `${chosen.mark} in ${n} bin${n === 1 ? "" : "s"}: ${rules().changeOf(history, chosen)}`;
    keep("edit-factor", "value", rules().factorOf(history, chosen));
    keep("edit-undo", "disabled", !history.past.length);
    keep("edit-redo", "disabled", !history.future.length);
    keep("edit-reset", "disabled", !history.edits.length);
    keep("edit-file", "disabled", !history.edits.length);
  }

  /* Past Dash, whose walk through the page would cost more than the drawing. */
  function redraw(id, figure) {
    const graph = document.querySelector(`#chromatin-${id} .js-plotly-plot`);
    if (graph && graph.layout) window.Plotly.react(graph, figure.data, figure.layout);
  }

  function drawTracks() {
    if (state.shown) redraw("edit-figure", draw().tracks(state.watched, state.shown, state.chosen));
  }

  /* Signal and attention of the large figure follow at once; what takes longer comes with the settled edits. */
  function drawLarge() {
    const figure = state.large && draw().large(state.large, state.watched, state.shown);
    if (figure) redraw("gene-picture", figure);
  }

  function follow(figure) {
    if (!state) return skip();
    state.large = figure;
    if (state.shown && state.drawn !== state.settled) setTimeout(drawLarge, 0); // after Dash has drawn it
    return skip();
  }

  /* Wait for the answer to what stands on the screen, so that a file never holds what came before the last pull. */
  async function take(clicks) {
    if (!clicks || !state) return skip();
    const current = () => state.answers.get(keyOf(state.history.edits));
    for (let tries = 0; tries < 100 && !current(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 100));
    return current() || skip();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    chromatin_edits: { open, drag, choose, press, follow, take },
  });
})();
