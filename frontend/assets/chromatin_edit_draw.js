/* Edits of histone marks: what an answer makes of the figures that frontend/figures have drawn, and the table beside. */
(function () {
  "use strict";
  const HEADS = ["Network", "P(ON)", "Change of logit", "Most attention (beta)"];
  const MINUS = "\u2212";

  function element(kind, text, parent) {
    const made = document.createElement(kind);
    if (text) made.textContent = text;
    if (parent) parent.appendChild(made);
    return made;
  }

  /* ---- the two figures ---- */
  const amount = (value) => (value >= 1000 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3))));

  function tracks(watched, answer, chosen) {
    const { before, figure } = watched, layout = { ...figure.layout };
    const row = (name) => before.marks.indexOf(name);
    const differs = before.marks.map((_, i) => keyOf(before.signal[i]) !== keyOf(answer.signal[i]));
    before.marks.forEach((_, i) => {
      const axis = `yaxis${i ? i + 1 : ""}`, top = Math.max(...before.signal[i], ...answer.signal[i]) || 1;
      layout[axis] = { ...layout[axis], range: [0, 1.04 * top], tickvals: [0, top], ticktext: ["0", amount(top)] };
    });
    layout.annotations = layout.annotations.map((one) =>
      String(one.name || "").startsWith("edited ") ? { ...one, visible: differs[row(one.name.slice(7))] } : one);
    layout.shapes = layout.shapes.map((one) => (one.name === "chosen" ? band(one, before, chosen) : one));
    const data = figure.data.map((trace) => (row(trace.name) < 0 ? trace : { ...trace, y: answer.signal[row(trace.name)] }));
    return { ...figure, data, layout };
  }

  const keyOf = (values) => JSON.stringify(values);

  function band(shape, gene, chosen) {
    const row = gene.marks.indexOf(chosen.mark) + 1;
    return {
      ...shape,
      x0: gene.bin_starts_bp[chosen.first],
      x1: gene.bin_starts_bp[chosen.last] + gene.bin_size_bp,
      yref: row > 1 ? `y${row} domain` : "y domain",
    };
  }

  /* Signal, attention and title follow; colour scales rest until the hand does, so that colours can be compared. */
  function large(figure, watched, answer) {
    const explained = answer.explanations.find((one) => one.checkpoint === watched.key[2]);
    if (!explained || !figure.layout || figure.layout.uirevision !== `gene/${answer.gene}`) return null;
    const { bin_attention: alpha, mark_attention: beta, combined_attention: rollout } = explained;
    const times = (rows, n) => rows.map((row) => row.map((value) => value * n));
    const bins = answer.bin_starts_bp.length, marks = answer.marks.length;
    const change = {
      signal: () => ({ z: answer.signal.map((row) => row.map((value) => Math.log1p(Math.max(value, 0)))), customdata: answer.signal }),
      alpha: () => { const rows = explained.shared_bin_attention ? alpha.slice(0, 1) : alpha; return { z: rows, customdata: times(rows, bins) }; },
      beta: () => ({ x: beta, customdata: beta.map((value) => value * marks) }),
      rollout: () => ({ z: rollout, customdata: times(rollout, bins * marks) }),
    };
    const data = figure.data.map((trace) => (change[trace.name] ? { ...trace, ...change[trace.name]() } : trace));
    const annotations = figure.layout.annotations.map((one) => {
      const [name, row] = String(one.name || "").split(" ");
      return name === "beta" && beta ? { ...one, text: beta[Number(row)].toFixed(2) } : one;
    });
    const said = `P(ON) ${explained.probability.toFixed(3)}: predicted ${explained.probability >= 0.5 ? "ON" : "OFF"}`;
    const n = answer.edits.length, edited = n ? ` \u00b7 with ${n} edit${n === 1 ? "" : "s"} of the signal` : "";
    const text = figure.layout.title.text
      .replace(/P\(ON\) [\d.]+: predicted (ON|OFF)/, said)
      .replace(/( \u00b7 with \d+ edits? of the signal)?(<\/span>)?$/, `${edited}$2`);
    return { ...figure, data, layout: { ...figure.layout, annotations, title: { ...figure.layout.title, text } } };
  }

  /* ---- table and list ---- */
  function table(box, watched, after) {
    if (!box.firstChild) {
      const scroll = element("div", "", box), made = element("table", "", scroll);
      scroll.className = "scroll-x";
      made.className = "edit-table";
      made.setAttribute("aria-label", "Before and after the edits");
      const head = element("tr", "", element("thead", "", made));
      HEADS.forEach((name) => { element("th", name, head).scope = "col"; });
      element("tbody", "", made);
    }
    const old = new Map(watched.before.explanations.map((one) => [one.checkpoint, one]));
    box.querySelector("tbody").replaceChildren(
      ...after.explanations.map((one) => tableRow(watched.titles[one.checkpoint], old.get(one.checkpoint), one, after.marks))
    );
  }

  function tableRow(title, old, now, marks) {
    const row = element("tr"), flips = old.probability >= 0.5 !== now.probability >= 0.5;
    row.className = flips ? "edit-flipped" : "";
    element("td", title, row);
    const cell = element("td", `${old.probability.toFixed(3)} \u2192 `, row);
    element("strong", now.probability.toFixed(3) + (flips ? ` now ${now.probability >= 0.5 ? "ON" : "OFF"}` : ""), cell);
    const change = (now.logit - old.logit).toFixed(2);
    element("td", Number(change) === 0 ? "0" : change.startsWith("-") ? change.replace("-", MINUS) : `+${change}`, row);
    element("td", now.mark_attention ? `${most(old, marks)} \u2192 ${most(now, marks)}` : "none", row);
    return row;
  }

  function most(explained, marks) {
    const beta = explained.mark_attention, place = beta.indexOf(Math.max(...beta));
    return `${marks[place]} ${beta[place].toFixed(2)}`;
  }

  function words(list, edits) {
    const lines = (edits.length ? edits : ["No edits yet."]).map((text) => element("li", text));
    if (!edits.length) lines[0].className = "edit-none";
    list.replaceChildren(...lines);
  }

  window.regulensSignalDraw = { tracks, large, table, words };
})();
