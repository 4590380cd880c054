/* Edit and watch: rules that need no page: what edits make of a sequence, and which text is one. */
(function () {
  "use strict";
  const LONGEST = 101;

  /* The same rule as models/edits.py, so that letters change before the answer comes; the API checks every edit. */
  function replay(original, edits) {
    let bases = [...original], origin = bases.map((_, i) => i);
    for (const edit of edits) {
      const n = edit.removed.length, same = n === edit.inserted.length;
      const from = origin.slice(edit.position, edit.position + n);
      bases.splice(edit.position, n, ...edit.inserted);
      origin.splice(edit.position, n, ...[...edit.inserted].map((_, i) => (same ? from[i] : -1)));
      bases = bases.slice(0, LONGEST);
      origin = origin.slice(0, LONGEST);
    }
    return { sequence: bases.join(""), origin };
  }

  function tidy(text) {
    const lines = (text || "").split(/\r?\n/).filter((line) => !line.startsWith(">"));
    return lines.join("").replace(/\s/g, "").toUpperCase().replace(/U/g, "T");
  }

  function mistake(sequence) {
    const wrong = sequence.search(/[^ACGTN]/);
    if (!sequence) return "Paste a sequence of up to 101 bases first, or press the example.";
    if (wrong >= 0) return `Character ${wrong + 1} is '${sequence[wrong]}'. Use A, C, G, T, and N for unknown bases.`;
    if (sequence.length > LONGEST) return `The sequence holds ${sequence.length} bases, the networks read ${LONGEST}: paste the ${LONGEST} that you want to edit. The DNA page finds the best window of a longer one.`;
    return null;
  }

  const reverseComplement = (bases) =>
    [...bases].reverse().map((base) => ({ A: "T", C: "G", G: "C", T: "A" })[base] || base).join("");

  window.regulensRules = { LONGEST, replay, tidy, mistake, reverseComplement };
})();
