/* The explained row: what comes too late is dropped, and what follows the picture is asked for. */
(function () {
  "use strict";
  const skip = () => window.dash_clientside.no_update;
  const SETTLED_MS = 250; // who walks through the rows with the arrow keys asks for the last one only
  const N_PLACES = 10; // of a picture: pictures.picture_outputs()
  let settling = null;

  /* An answer to another run, row or method than the one chosen by now is none. */
  function showRow(answer, run, selected, method) {
    const explanation = answer && answer.explanation;
    const { record, strand } = explanation ? explanation.analysis.explanations[0] : {};
    const chosen = Array.isArray(selected) && selected.length ? selected[0].id : `${record}-${strand}`;
    if (!explanation || !run || explanation.key !== `${run.id}/${chosen}/${method}`) return Array(N_PLACES + 1).fill(skip());
    return [explanation, ...answer.picture];
  }

  function showRedrawn(answer, explanation) {
    if (!answer || !explanation || answer.key !== explanation.key) return Array(N_PLACES).fill(skip());
    return answer.picture;
  }

  function followUp(explanation, ...stores) {
    clearTimeout(settling);
    if (!explanation) return skip();
    if (!explanation.choice) return explanation.key; // its attributions are still to come
    const ask = () => stores.forEach((store) => window.regulensSetProps(store, { data: { key: explanation.key } }));
    settling = setTimeout(ask, SETTLED_MS);
    return explanation.key;
  }

  /* A service that is warming up or busy is asked again, as long as its answer is still wanted. Answers are kept by
     set_props: Dash holds back a callback while another is on its way to what it reads, and badges need not wait for
     motifs. */
  function keep(answer, explanation, kept, asked) {
    if (!answer || !explanation || answer.key !== explanation.key) return skip();
    if (answer.retry_s) {
      const again = () => window.regulensSetProps(asked, { data: { key: answer.key, at: Date.now() } });
      setTimeout(again, 1000 * answer.retry_s);
    }
    window.regulensSetProps(kept, { data: answer });
    return skip();
  }

  /* A file whose answer has not come is greyed out. */
  function offerFiles(explanation, ...answers) {
    return answers.map((answer) => !(answer && explanation && answer.key === explanation.key && answer.report));
  }

  function pointAtBox(hover, click, chosen, explanation) {
    const [which] = window.dash_clientside.callback_context.triggered;
    const point = which && which.value && which.value.points && which.value.points[0];
    const hit = point && point.customdata;
    if (!hit || !explanation || (chosen && chosen.key === explanation.key && chosen.hit === hit)) return skip();
    return { key: explanation.key, hit: hit };
  }

  function showHit(answer, explanation) {
    const current = Boolean(answer && explanation && answer.key === explanation.key && answer.hit);
    document.querySelectorAll("tr[data-hit]").forEach((row) => {
      row.classList.toggle("hit-chosen", current && row.dataset.hit === answer.hit);
    });
    return current ? [answer.figure, { visibility: "visible" }] : [skip(), { visibility: "hidden" }];
  }

  function choose(event) {
    const row = event.target.closest && event.target.closest("[data-hit]");
    const panel = row && row.closest("[data-hits]");
    if (!panel || (event.type === "mouseover" && row.classList.contains("hit-chosen"))) return;
    window.regulensSetProps("sequence-hit", { data: { key: panel.dataset.hits, hit: row.dataset.hit } });
  }
  for (const kind of ["click", "mouseover", "focusin"]) document.addEventListener(kind, choose);

  function element(tag, text, className, children) {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    if (className) made.className = className;
    made.append(...(children || []));
    return made;
  }

  function testRow([title, meaning, text, verdict, words, thresholds]) {
    const test = element("td", "", "", [element("div", title, "trust-test"), element("div", meaning, "trust-meaning")]);
    const said = element("td", "", "", [element("span", words, verdict && `trust-ink-${verdict}`)]);
    return element("tr", "", "", [test, element("td", text), said, element("td", thresholds)]);
  }

  /* The numbers behind a badge are written when it is looked at. */
  function tell(event) {
    const pill = event.target.closest && event.target.closest(".trust-pill");
    const panel = pill && pill.querySelector("[data-told]");
    if (!panel || panel.told === panel.dataset.told) return;
    panel.told = panel.dataset.told;
    const { title, sentence, tests } = JSON.parse(panel.told);
    const heads = ["Test", "Result", "Verdict", "Thresholds"].map((name) => element("th", name));
    const head = element("thead", "", "", [element("tr", "", "", heads)]);
    const table = element("table", "", "", [head, element("tbody", "", "", tests.map(testRow))]);
    panel.replaceChildren(element("div", title, "trust-panel-title"), element("p", sentence), table);
  }
  for (const kind of ["click", "mouseover", "focusin"]) document.addEventListener(kind, tell);

  /* Escape closes the numbers of a badge that is open by focus. */
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.matches(".trust-badge, .trust-panel")) event.target.blur();
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    explanations: { showRow, showRedrawn, followUp, keep, offerFiles, pointAtBox, showHit },
  });
})();
