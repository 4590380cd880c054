/* Edit and watch: the state of the editor, its keys and buttons, and one question at a time to the API.
   An answer is drawn only if it belongs to what stands on the screen; what has been answered once is never asked again. */
(function () {
  "use strict";
  const KEPT_ANSWERS = 200;
  const RETRY_MS = 2000, ADDRESS_MS = 300;
  const skip = () => window.dash_clientside.no_update;
  const at = (id) => document.getElementById(`construct-${id}`);
  const paper = () => document.documentElement.getAttribute("data-mantine-color-scheme") || "light";
  const rules = () => window.regulensRules;
  const LONGEST = 101;
  const around = () => window.regulensAround;
  const fresh = () => ({
    factor: null, original: "", edits: [], words: [], applied: 0, cursor: 0, anchor: null, answers: new Map(), asking: null,
    named: false, shown: null, failure: null, counts: { asked: 0, drawn: 0 },
  });
  const look = { typing: "replace", show: "now", scale: "shared" };
  let kit = null, picture = null, state = fresh(), watcher = null, retry = null, written = null;

  /* ---- edits ---- */
  const current = () => rules().replay(state.original, state.edits.slice(0, state.applied));
  const keyOf = () => JSON.stringify(state.edits.slice(0, state.applied));
  const baseAnswer = () => state.answers.get("[]");

  function selected() {
    if (state.anchor === null) return [state.cursor, state.cursor];
    return [Math.min(state.anchor, state.cursor), Math.max(state.anchor, state.cursor) + 1];
  }

  function say(text) {
    const status = at("status");
    if (status.textContent !== text) status.textContent = text;
  }

  function commit(edit, cursor) {
    if (edit.removed === edit.inserted) return move(cursor, false);
    const { sequence } = current();
    if (sequence.length - edit.removed.length + edit.inserted.length < 1) return say("One base must remain.");
    if (edit.position + edit.inserted.length > LONGEST) {
      return say(`There is no room: ${edit.inserted.length} bases at position ${edit.position} end beyond position ${LONGEST - 1}.`);
    }
    state.edits = state.edits.slice(0, state.applied).concat([edit]);
    state.words = state.words.slice(0, state.applied);
    state.applied += 1;
    state.cursor = cursor;
    state.anchor = null;
    return refresh();
  }

  function type(base) {
    const { sequence } = current(), [from, to] = selected(), at = state.cursor;
    if (look.typing === "insert") return commit({ position: from, removed: sequence.slice(from, to), inserted: base }, from + 1);
    if (to > from) return commit({ position: from, removed: sequence.slice(from, to), inserted: base }, from + 1);
    return commit({ position: at, removed: sequence.slice(at, at + 1), inserted: base }, at + 1);
  }

  function remove(backwards) {
    const { sequence } = current(), [from, to] = selected();
    const start = to > from ? from : backwards ? state.cursor - 1 : state.cursor;
    const removed = sequence.slice(start, to > from ? to : start + 1);
    if (start >= 0 && removed) commit({ position: start, removed, inserted: "" }, start);
  }

  function move(cursor, select) {
    const last = Math.min(current().sequence.length, LONGEST - 1);
    if (!select) state.anchor = null;
    else if (state.anchor === null) state.anchor = state.cursor;
    state.cursor = Math.max(0, Math.min(last, cursor));
    drawLocal();
    tell();
  }

  function goTo(applied) {
    if (applied < 0 || applied > state.edits.length || applied === state.applied) return;
    const edit = state.edits[Math.max(0, Math.min(applied, state.applied))];
    state.applied = applied;
    if (edit) state.cursor = Math.min(edit.position, LONGEST - 1);
    state.anchor = null;
    refresh();
  }

  function paste(bases, motif) {
    const { sequence } = current(), position = state.cursor, clean = rules().tidy(bases), wrong = rules().notAMotif(clean);
    if (wrong) return wrong;
    const inserting = look.typing === "insert", room = inserting ? LONGEST - position : sequence.length - position;
    if (clean.length > room) {
      const last = (inserting ? LONGEST : sequence.length) - clean.length;
      return last < 0 ? `${clean.length} bases do not fit the sequence.` : `${clean.length} bases do not fit from position ${position} on. Move the cursor to position ${last} or before.`;
    }
    const removed = inserting ? "" : sequence.slice(position, position + clean.length);
    const inserted = [...clean].map((base, i) => (base === "N" && !inserting ? removed[i] : base)).join("");
    if (removed === inserted) return "These bases stand there already.";
    commit({ position, removed, inserted, motif: motif || "" }, position);
    return null;
  }

  /* ---- asking ---- */
  async function ask() {
    const key = keyOf(), asked = state, named = state.named;
    if (asked.asking !== null) return;
    asked.asking = key;
    asked.counts.asked += 1;
    try {
      const answer = await post({ factor: asked.factor, original: asked.original, edits: asked.edits.slice(0, asked.applied), motifs: named });
      keep(asked, key, answer, named);
      asked.failure = null;
    } catch (problem) {
      asked.failure = problem;
    }
    asked.asking = null;
    if (asked !== state) return;
    if (asked.failure) return failed();
    refresh();
  }

  async function post(question) {
    let response;
    try {
      response = await fetch("/live-constructs", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(question) });
    } catch {
      throw { status: 503, title: "The page's server does not answer", detail: "Nothing you did is lost; the page asks again by itself." };
    }
    const answer = await response.json();
    if (!response.ok) throw answer;
    return answer;
  }

  function keep(asked, key, answer, named) {
    answer.named = named;
    asked.answers.set(key, answer);
    for (const old of asked.answers.keys()) {
      if (asked.answers.size <= KEPT_ANSWERS) break;
      if (old !== "[]" && old !== key) asked.answers.delete(old);
    }
    if (key === JSON.stringify(asked.edits.slice(0, answer.words.length))) {
      answer.words.forEach((text, i) => { asked.words[i] = text; });
    }
  }

  /* The shuffles of the original are explained once, beside the first edits; from then on motifs are named too. */
  async function nameMotifs(asked) {
    try {
      const answer = await post({ factor: asked.factor, original: asked.original, edits: [], motifs: true });
      if (!answer.library) return void setTimeout(() => asked === state && nameMotifs(asked), 5000);
      asked.named = true;
      keep(asked, "[]", answer, true);
      if (asked === state) refresh();
    } catch {
      setTimeout(() => asked === state && nameMotifs(asked), 5000);
    }
    return undefined;
  }

  function failed() {
    const { status, title, detail, errors } = state.failure;
    const places = (errors || []).map((one) => one.message).filter((message) => message !== detail);
    problem([`${title || "This did not work"}.`, detail || "", ...places].join(" "));
    drawLocal();
    clearTimeout(retry);
    if (!status || status === 429 || status >= 500) retry = setTimeout(refresh, RETRY_MS);
  }

  function problem(text) {
    at("error").textContent = text || "";
    at("error").hidden = !text;
  }

  /* ---- drawing ---- */
  function view() {
    const { sequence, origin } = current();
    return {
      sequence, origin, original: state.original, cursor: state.cursor, selected: selected(), answer: state.shown,
      base: baseAnswer(), diff: look.show === "change", scale: look.scale,
    };
  }

  /* A picture is of the sequence that was asked about, which the next key may already have changed. */
  const viewOfAnswer = () => Object.assign(view(), rules().replay(state.original, state.edits.slice(0, state.shown.words.length)));

  function refresh() {
    clearTimeout(retry);
    clearTimeout(written);
    written = setTimeout(writeAddress, ADDRESS_MS);
    const answer = state.answers.get(keyOf());
    drawLocal();
    if (answer) show(answer);
    if (!answer || (state.named && !answer.named)) ask();
  }

  /* The address is the work: a reload or a colleague opens it as it stands. */
  function writeAddress() {
    if (!at("stage") || window.location.pathname !== "/edit") return;
    const edits = rules().written(state.edits.slice(0, state.applied));
    const hash = `#${new URLSearchParams({ factor: state.factor, sequence: state.original, ...(edits && { edits }) })}`;
    if (hash !== window.location.hash) window.history.replaceState(window.history.state, "", hash);
  }

  function show(answer) {
    if (state.shown === answer) return;
    state.shown = answer;
    state.counts.drawn += 1;
    problem(null);
    drawAnswer();
    drawLocal();
    at("stage").dataset.drawn = keyOf();
  }

  function drawAnswer() {
    const answer = state.shown;
    if (!answer || !kit) return;
    const networks = answer.answers.filter((one) => one.kind === "network");
    const made = [at("stage").clientWidth, paper(), networks.map((one) => one.architecture)].join();
    if (!picture || picture.made !== made || !picture.svg.isConnected) {
      picture = window.regulensDraw.build(at("stage"), kit, kit.papers[paper()], networks);
      picture.made = made;
    }
    window.regulensDraw.draw(picture, kit, viewOfAnswer());
    around().drawScores(answer, kit);
    around().drawNotes(answer, kit);
    tell();
  }

  function drawLocal() {
    if (picture) window.regulensDraw.drawLetters(picture, view()), window.regulensDraw.reveal(picture, at("stage"), state.cursor);
    around().drawEdits(state, goTo);
    at("undo").disabled = state.applied === 0;
    at("redo").disabled = state.applied === state.edits.length;
    at("reset").disabled = state.applied === 0;
  }

  function tell() {
    const { sequence } = current(), base = sequence[state.cursor], [from, to] = selected();
    const where = to - from > 1 ? `Positions ${from} to ${to - 1} selected` : `Position ${state.cursor}: ${base || "behind the last base"}`;
    const of = state.shown && state.shown.answers.filter((one) => one.kind === "network");
    const scores = of && of.map((one) => `${kit.titles[one.architecture] || one.architecture} ${one.now.probability.toFixed(3)}`).join(", ");
    say(`${where}. ${sequence.length} of ${LONGEST} bases.${scores ? ` P(bound): ${scores}.` : ""}`);
  }

  /* What keys and pointer need of the editor (assets/construct_keys.js). */
  const editor = {
    stage: () => at("stage"),
    picture: () => picture,
    cursor: () => state.cursor,
    base: (column) => current().sequence[column],
    asked: () => state.shown && viewOfAnswer(),
    last: LONGEST,
    step: (by) => goTo(state.applied + by),
    goTo, move, remove, type, commit,
    switchTyping: () => window.regulensSetProps("construct-typing", { value: look.typing === "insert" ? "replace" : "insert" }),
  };

  function watch() {
    const stage = at("stage");
    if (!window.regulensKeys.watch(editor)) return;
    if (watcher) watcher.disconnect();
    watcher = new ResizeObserver(() => { if (stage.clientWidth) drawAnswer(), drawLocal(); });
    watcher.observe(stage);
  }

  /* ---- from and to Dash ---- */
  /* Edits stay where only the factor is another; those of an address come with it. */
  function start(sequence, factor, edits) {
    const wrong = rules().mistake(sequence) || (factor ? null : "Choose a factor first.") || (edits && rules().misfit(sequence, edits));
    if (wrong) return wrong;
    const { original, words, applied, cursor, edits: before } = state;
    state = Object.assign(fresh(), { original: sequence, factor, cursor: Math.floor(sequence.length / 2) });
    if (edits) Object.assign(state, { edits, applied: edits.length });
    else if (sequence === original) Object.assign(state, { edits: before, words, applied, cursor });
    open();
    nameMotifs(state);
    return null;
  }

  /* Show the work, also that of an earlier visit of the page: edits outlive a look at another page. */
  function open() {
    picture = null;
    state.shown = null;
    at("stage").replaceChildren();
    delete at("stage").dataset.drawn;
    at("work").hidden = false;
    at("empty").hidden = true;
    watch();
    refresh();
  }

  /* The page has been laid out, or another address was opened: begin with what the address holds. */
  function begin(drawingKit, catalog) {
    kit = drawingKit;
    if (!catalog) return [skip(), skip(), skip()];
    const asked = new URLSearchParams(window.location.hash.slice(1));
    const known = catalog.factors.map((one) => one.name);
    const factor = known.includes(asked.get("factor")) ? asked.get("factor") : known[0];
    const sequence = rules().tidy(asked.get("sequence"));
    const edits = asked.has("edits") ? rules().read(asked.get("edits")) : null;
    const made = !edits || rules().written(edits) === rules().written(state.edits.slice(0, state.applied));
    const same = !asked.has("sequence") || (sequence === state.original && factor === state.factor && made);
    if (state.original && same && known.includes(state.factor)) {
      open();
      return [state.original, state.factor, ""];
    }
    if (!asked.has("sequence")) return [skip(), factor, ""];
    const unknown = asked.has("factor") && !known.includes(asked.get("factor"));
    const wrong = unknown ? "The factor of this address is not known here. Choose another." : start(sequence, factor, edits);
    return [sequence, factor, wrong || ""];
  }

  function startFromForm(clicks, submits, text, factor) {
    if (!clicks && !submits) return skip();
    const wrong = start(rules().tidy(text), factor);
    if (!wrong) at("stage").focus({ preventScroll: true });
    return wrong || "";
  }

  function example(clicks, catalog) {
    const planted = catalog && catalog.examples.find((one) => one.name === "planted_ctcf");
    if (!clicks || !planted) return [skip(), skip(), skip()];
    const sequence = rules().tidy(planted.sequences);
    return [sequence, planted.factor, startFromForm(1, 1, sequence, planted.factor)];
  }

  function applyLook(typing, show, scale) {
    Object.assign(look, { typing, show, scale });
    if (state.shown) drawAnswer();
    return skip();
  }

  function pasteMotif(clicks, bases, chosen) {
    if (!clicks) return skip();
    const clean = rules().tidy(bases);
    const named = chosen && chosen.bases === clean ? chosen.name : chosen && chosen.turned === clean ? `${chosen.name}, reverse` : "";
    const wrong = state.original ? paste(clean, named) : "Begin with a sequence first.";
    if (!wrong) at("stage").focus({ preventScroll: true });
    return wrong || "";
  }

  function turn(clicks, bases, chosen) {
    const clean = rules().tidy(bases);
    if (!clicks || !clean) return [skip(), skip()];
    const turned = rules().reverseComplement(clean);
    const known = chosen && (chosen.bases === clean || chosen.turned === clean);
    return [turned, known ? { name: chosen.name, bases: chosen.bases, turned: turned === chosen.bases ? null : turned } : skip()];
  }

  function askControl(clicks, bases) {
    const which = window.dash_clientside.callback_context.triggered[0].prop_id;
    if (!which.startsWith("construct-control") || !clicks) return [skip(), skip()];
    const clean = rules().tidy(bases), wrong = rules().notAMotif(clean);
    if (wrong) return [skip(), wrong];
    return [{ factor: state.factor, sequence: current().sequence, motif: clean, cursor: state.cursor }, ""];
  }

  /* Wait for the answer to what stands on the screen, so that a file never holds what came before the last key. */
  async function take(...clicks) {
    const which = window.dash_clientside.callback_context.triggered[0];
    if (!which.value || !clicks.some(Boolean) || !state.shown) return skip();
    for (let tries = 0; tries < 100 && state.shown !== state.answers.get(keyOf()); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const kind = which.prop_id.split(".")[0];
    const name = `regulens-construct-${state.factor}-${state.applied}_edits`;
    if (kind === "construct-svg") return window.regulensFiles.svg(picture, name), skip();
    if (kind === "construct-png") return await window.regulensFiles.png(picture, name), skip();
    return { kind, construct: state.shown, original: baseAnswer() };
  }

  function repaint() {
    if (state.shown && at("stage")) drawAnswer(), drawLocal();
    return skip();
  }

  window.addEventListener("hashchange", () => {
    if (at("stage") && window.location.pathname === "/edit") window.regulensSetProps("construct-begin", { data: window.location.hash });
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    construct: { begin, startFromForm, example, applyLook, pasteMotif, turn, askControl, take, repaint },
  });
  window.regulensConstruct = { state: () => state };
})();
