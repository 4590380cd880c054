/* Edit and watch: what stands around the picture: the table of probabilities, the list of edits, notes. */
(function () {
  "use strict";
  const at = (id) => document.getElementById(`construct-${id}`);

  function element(kind, className, text, parent) {
    const made = document.createElement(kind);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    if (parent) parent.appendChild(made);
    return made;
  }

  function drawScores(answer, kit) {
    const box = at("scores"), key = answer.answers.map((one) => one.checkpoint).join();
    if (box.dataset.rows !== key) {
      box.replaceChildren();
      box.dataset.rows = key;
      const table = element("table", "construct-scores", undefined, box);
      const head = element("tr", "", undefined, element("thead", "", undefined, table));
      ["Model", "P original", "P now", "P(bound)", "change", "of the logit"].forEach((name) => { element("th", "", name, head).scope = "col"; });
      const body = element("tbody", "", undefined, table);
      for (const one of answer.answers) {
        const row = element("tr", "", undefined, body);
        element("th", "", kit.titles[one.architecture] || "6-mer baseline", row).scope = "row";
        for (let k = 0; k < 5; k += 1) element("td", "", "", row);
        const bar = element("span", "construct-bar", undefined, row.cells[3]);
        element("span", "construct-bar-now", undefined, bar);
        element("span", "construct-bar-original", undefined, bar);
      }
    }
    answer.answers.forEach((one, k) => {
      const cells = box.querySelectorAll("tbody tr")[k].cells;
      const dp = one.now.probability - one.original.probability, dl = one.now.logit - one.original.logit;
      const texts = [one.original.probability.toFixed(3), one.now.probability.toFixed(3), null, arrow(dp, dp.toFixed(3)), arrow(dl, dl.toFixed(2))];
      texts.forEach((text, i) => { if (text !== null && cells[i + 1].textContent !== text) cells[i + 1].textContent = text; });
      cells[3].querySelector(".construct-bar-now").style.width = `${100 * one.now.probability}%`;
      cells[3].querySelector(".construct-bar-original").style.left = `${100 * one.original.probability}%`;
    });
  }

  function arrow(value, text) {
    if (Number(text) === 0) return "0";
    return value > 0 ? `\u25b2 +${text}` : `\u25bc ${text.replace("-", "\u2212")}`;
  }

  function drawNotes(answer, kit) {
    const by = new Map();
    for (const one of answer.answers.filter((each) => each.note)) {
      by.set(one.note, (by.get(one.note) || []).concat([kit.titles[one.architecture] || one.architecture]));
    }
    const text = answer.named ? [...by].map(([note, names]) => `${names.join(", ")}: ${note}`).join(" ") : "Motif names follow in a moment: shuffles of the original are being explained.";
    const padded = answer.padding ? `${answer.padding} positions on the right are padding, of which training had none: read the numbers with care. ` : "";
    if (at("notes").textContent !== padded + text) at("notes").textContent = padded + text;
  }

  function drawEdits(state, goTo) {
    const list = at("edits"), waiting = state.failure ? "waits for an answer" : undefined;
    const key = JSON.stringify([state.words, state.applied, state.edits.length, waiting]);
    if (list.dataset.key === key) return;
    list.dataset.key = key;
    list.replaceChildren();
    const entries = [["original", 0]].concat(state.edits.map((_, i) => [state.words[i] || waiting, i + 1]).filter(([words]) => words));
    for (const [words, applied] of entries) {
      const item = element("li", applied > state.applied ? "undone" : "", undefined, list);
      const button = element("button", "", undefined, item);
      button.type = "button";
      element("span", "construct-words", words, button);
      if (applied) element("span", "construct-place", `position ${state.edits[applied - 1].position}`, button);
      button.setAttribute("aria-current", applied === state.applied ? "step" : "false");
      button.title = applied > state.applied ? "Redo up to here" : "Go back to here";
      button.addEventListener("click", () => goTo(applied));
    }
    const here = list.querySelector("[aria-current=step]");
    if (here) list.scrollTop = Math.max(0, here.offsetTop - list.clientHeight + here.offsetHeight + 4);
  }

  window.regulensAround = { drawScores, drawNotes, drawEdits, element };
})();
