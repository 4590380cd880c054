/* Edits of a gene's signal that can be undone: a plain record {edits, past, future}; knows no page. */
(function () {
  "use strict";
  const empty = () => ({ edits: [], past: [], future: [] });
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const last = (list) => (list.length ? list[list.length - 1] : null);
  const targets = (edit, chosen) =>
    Boolean(edit) && edit.mark === chosen.mark && edit.first_bin === chosen.first && edit.last_bin === chosen.last;

  /* Add an edit, or change the last one where it is of the same bins of the same mark; a factor of 1 takes it out. */
  function withEdit(history, chosen, factor) {
    const edit = { mark: chosen.mark, first_bin: chosen.first, last_bin: chosen.last, factor };
    const amends = targets(last(history.edits), chosen);
    const kept = amends ? history.edits.slice(0, -1) : history.edits;
    const edits = factor === 1 ? kept : kept.concat([edit]);
    if (same(edits, history.edits)) return history;
    const past = amends ? history.past : history.past.concat([history.edits]);
    const takenBack = same(edits, last(past) || []); // by hand
    return { edits, past: takenBack ? past.slice(0, -1) : past, future: [] };
  }

  function undone(history) {
    if (!history.past.length) return history;
    return { edits: last(history.past), past: history.past.slice(0, -1), future: [history.edits, ...history.future] };
  }

  function redone(history) {
    if (!history.future.length) return history;
    const [edits, ...future] = history.future;
    return { edits, past: history.past.concat([history.edits]), future };
  }

  /* Take back all edits; this can be undone too. */
  function cleared(history) {
    return history.edits.length ? { edits: [], past: history.past.concat([history.edits]), future: [] } : history;
  }

  /* Where the slider stands: the last edit's factor where it is of these bins, else 1. */
  function factorOf(history, chosen) {
    const edit = last(history.edits);
    return targets(edit, chosen) && edit.factor !== "reference" ? edit.factor : 1;
  }

  function changeOf(history, chosen) {
    const edit = last(history.edits);
    return targets(edit, chosen) && edit.factor === "reference" ? "set to the usual" : `times ${factorOf(history, chosen)}`;
  }

  window.regulensSignalHistory = { empty, withEdit, undone, redone, cleared, factorOf, changeOf };
})();
