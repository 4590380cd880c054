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
    if (!/[ACGT]/.test(sequence)) return "The sequence holds no known base. Give it at least one A, C, G or T.";
    if (sequence.length > LONGEST) return `The sequence holds ${sequence.length} bases, the networks read ${LONGEST}: paste the ${LONGEST} that you want to edit. The DNA page finds the best window of a longer one.`;
    return null;
  }

  const notAMotif = (bases) => {
    const wrong = bases.match(/[^ACGTN]/);
    if (!bases) return "Choose a motif or type its bases first.";
    return wrong ? `'${wrong[0]}' is not a base. Use A, C, G, T and N.` : null;
  };

  /* Edits as part of an address: position.removed.inserted.motif, in order. A motif's name may hold what parts edits. */
  const packed = (name) => name.replaceAll("%", "%25").replaceAll(";", "%3B");
  const unpacked = (text) => text.replaceAll("%3B", ";").replaceAll("%25", "%");
  const written = (edits) => edits.map(({ position, removed, inserted, motif }) => [position, removed, inserted].concat(motif ? packed(motif) : []).join(".")).join(";");

  function read(text) {
    return (text || "").split(";").filter(Boolean).map((one) => {
      const [position, removed, inserted, ...motif] = one.split(".");
      return { position: Number(position), removed, inserted, ...(motif.length && { motif: unpacked(motif.join(".")) }) };
    });
  }

  function misfit(original, edits) {
    const fits = edits.every(({ position, removed, inserted }, i) =>
      Number.isInteger(position) && /^[ACGTN]*$/.test(removed + inserted) && removed !== inserted &&
      replay(original, edits.slice(0, i)).sequence.substr(position, removed.length) === removed);
    return fits ? null : "The edits of this address do not fit its sequence: it has been cut off or changed. Ask for it again.";
  }

  const reverseComplement = (bases) =>
    [...bases].reverse().map((base) => ({ A: "T", C: "G", G: "C", T: "A" })[base] || base).join("");

  window.regulensRules = { LONGEST, replay, tidy, mistake, notAMotif, written, read, misfit, reverseComplement };
})();
