/* The picture of an edited window: one SVG whose parts are made once per width and networks, and then changed one by
   one, so that an edit costs milliseconds and nothing flickers. Colours and letters come from frontend/figures. */
(function () {
  "use strict";
  const NS = "http://www.w3.org/2000/svg";
  const BASES = "ACGT";
  const COLUMNS = 101;
  const LEFT = 118, RIGHT = 92;
  const CELL = 15, LETTERS = 26, LOGO = 54, LANE = 14, STRIP = 11, AXIS = 22, GAP = 14;
  const LEAST_CELL = 9; // narrower windows scroll
  const MINUS = "\u2212";

  const number = (value, digits) => String(Number(value.toPrecision(digits || 2))).replace("-", MINUS);
  const signed = (value, digits) => (value > 0 ? "+" : "") + number(value, digits);

  function node(kind, attributes, parent, text) {
    const made = document.createElementNS(NS, kind);
    for (const name in attributes) made.setAttribute(name, attributes[name]);
    if (text !== undefined) made.textContent = text;
    if (parent) parent.appendChild(made);
    return made;
  }

  /* Changing an attribute to what it is costs a repaint: remember what stands there. */
  function set(element, name, value) {
    const known = element.known || (element.known = {});
    if (known[name] === value) return;
    known[name] = value;
    element.setAttribute(name, value);
  }

  function words(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  /* 0 to 1 along evenly spaced stops, in 256 steps. */
  function colours(stops) {
    const parts = stops.map(rgb);
    return Array.from({ length: 256 }, (_, step) => {
      const place = (step / 255) * (parts.length - 1);
      const low = Math.min(Math.floor(place), parts.length - 2);
      const mix = parts[low].map((value, i) => Math.round(value + (place - low) * (parts[low + 1][i] - value)));
      return `rgb(${mix.join(",")})`;
    });
  }

  const shade = (scale, share) => scale[Math.max(0, Math.min(255, Math.round(share * 255)))];

  /* The next of few round values: scales rest while an edit changes little. */
  const ROUND = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];
  function rounded(value) {
    if (!(value > 0)) return 1;
    const unit = 10 ** Math.floor(Math.log10(value));
    return ROUND.find((step) => step * unit >= value * 0.999) * unit;
  }

  const largest = (rows) => rows.flat().reduce((most, value) => (value === null ? most : Math.max(most, Math.abs(value))), 0);

  /* ---- what is drawn of one network: as it is, or minus the original ---- */
  function values(answer, base, view) {
    if (!view.diff || !base) return answer;
    const from = view.origin;
    const kept = (i) => from[i] >= 0;
    const same = (i) => kept(i) && view.sequence[i] === view.original[from[i]];
    const minus = (now, then) => now && now.map((v, i) => (i < view.sequence.length && kept(i) ? v - then[from[i]] : null));
    return Object.assign({}, answer, {
      mutations: answer.mutations.map((row, b) => row.map((v, i) => (same(i) ? v - base.mutations[b][from[i]] : null))),
      contributions: minus(answer.contributions, base.contributions),
      temporal_forward: minus(answer.temporal_forward, base.temporal_forward),
      temporal_backward: minus(answer.temporal_backward, base.temporal_backward),
    });
  }

  /* ---- making the parts ---- */
  function build(stage, kit, paper, networks) {
    const cell = Math.max(LEAST_CELL, (stage.clientWidth - LEFT - RIGHT) / COLUMNS);
    const width = LEFT + COLUMNS * cell + RIGHT;
    const svg = node("svg", { xmlns: NS, width, "font-family": kit.font, role: "img", "aria-label": "Maps, contributions and temporal outputs of the construct; the line above the picture says the same of the base at the cursor." });
    const picture = { svg, width, cell, paper, rows: [], x: (i) => LEFT + i * cell };
    picture.change = colours(paper.change);
    picture.time = colours(paper.temporal);
    pattern(svg, paper);
    picture.band = node("rect", { y: 0, width: cell, fill: paper.ink, "fill-opacity": 0.09 }, svg);
    let y = 4;
    y = lettersRow(picture, y);
    y = axisRow(picture, y);
    for (const network of networks) y = networkRows(picture, kit, network, y + GAP);
    axisRow(picture, y + 2, "position in the construct, 0-based, 5\u2032 to 3\u2032");
    picture.height = y + AXIS + 22;
    svg.setAttribute("height", picture.height);
    svg.setAttribute("viewBox", `0 0 ${width} ${picture.height}`);
    picture.band.setAttribute("height", y);
    stage.replaceChildren(svg);
    gatherNames(picture);
    keepNames(picture, stage);
    return picture;
  }

  /* The names of the rows stay where they are while a narrow window scrolls. */
  function gatherNames(picture) {
    const texts = [...picture.svg.children].filter((one) => one.tagName === "text" && Number(one.getAttribute("x")) < LEFT);
    picture.names = node("g", { class: "construct-names" }, picture.svg);
    node("rect", { width: LEFT - 2, height: picture.height, fill: getComputedStyle(document.body).backgroundColor }, picture.names);
    picture.names.append(...texts);
  }

  const keepNames = (picture, stage) => set(picture.names, "transform", `translate(${stage.scrollLeft} 0)`);

  function reveal(picture, stage, cursor) {
    if (stage.scrollWidth <= stage.clientWidth) return;
    const x = picture.x(cursor) - stage.scrollLeft;
    if (x < LEFT || x > stage.clientWidth - 3 * picture.cell) stage.scrollLeft = picture.x(cursor) - (stage.clientWidth + LEFT) / 2;
  }

  function pattern(svg, paper) {
    const made = node("pattern", { id: "construct-hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, node("defs", {}, svg));
    node("line", { x1: 0, y1: 0, x2: 0, y2: 5, stroke: paper.padding, "stroke-width": 1 }, made);
  }

  const label = (svg, paper, x, y, text, options) =>
    node("text", Object.assign({ x, y, "font-size": 12, fill: paper.ink, "text-anchor": "end" }, options), svg, text);

  function lettersRow(picture, y) {
    const { svg, paper, cell } = picture;
    label(svg, paper, LEFT - 10, y + 18, "Sequence", { "font-weight": 600 });
    picture.selection = node("rect", { y, height: LETTERS, fill: paper.landmark, "fill-opacity": 0.18 }, svg);
    picture.cursor = node("rect", { y, width: cell, height: LETTERS, fill: "none", stroke: paper.landmark, "stroke-width": 2, rx: 2 }, svg);
    picture.letters = Array.from({ length: COLUMNS }, (_, i) =>
      node("text", { class: "construct-base", x: picture.x(i + 0.5), y: y + 18, "font-size": Math.min(17, cell * 1.35), "font-weight": 700, "font-family": "ui-monospace, 'DejaVu Sans Mono', monospace", "text-anchor": "middle" }, svg));
    picture.marks = Array.from({ length: COLUMNS }, (_, i) =>
      node("rect", { x: picture.x(i) + 0.5, y: y + LETTERS - 3, width: cell - 1, height: 3, fill: paper.landmark, visibility: "hidden" }, svg));
    picture.rows.push({ kind: "letters", top: y, bottom: y + LETTERS });
    return y + LETTERS;
  }

  function axisRow(picture, y, title) {
    const { svg, paper } = picture;
    for (let i = 0; i < COLUMNS; i += 10) {
      const x = picture.x(i + 0.5);
      node("line", { x1: x, x2: x, y1: y + 1, y2: y + 5, stroke: paper.padding }, svg);
      label(svg, paper, x, y + 17, i, { "font-size": 11, fill: paper.muted, "text-anchor": "middle" });
    }
    if (title) label(svg, paper, picture.x(50.5), y + 34, title, { "text-anchor": "middle", fill: paper.muted });
    return y + AXIS;
  }

  function networkRows(picture, kit, network, y) {
    const { svg, paper } = picture;
    const row = { architecture: network.architecture, title: kit.titles[network.architecture] || network.architecture };
    row.map = heat(picture, row, y, 4, CELL, "map");
    BASES.split("").forEach((base, b) => label(svg, paper, LEFT - 6, y + b * CELL + 11.5, base, { "font-size": 11, "font-weight": 700, fill: paper.bases[base] }));
    label(svg, paper, LEFT - 24, y + 18, row.title, { "font-weight": 600, "font-size": 13 });
    row.p = label(svg, paper, LEFT - 24, y + 34, "", { "font-size": 11, fill: paper.muted });
    label(svg, paper, LEFT - 24, y + 50, "mutations", { "font-size": 11, fill: paper.muted });
    row.dots = Array.from({ length: COLUMNS }, (_, i) => node("circle", { cx: picture.x(i + 0.5), r: Math.min(2.2, picture.cell * 0.2), fill: paper.ink }, svg));
    row.mapTop = y;
    row.mapScale = scaleBar(picture, y + 2, 4 * CELL - 4, picture.change, "change of logit");
    y += 4 * CELL + LANE + 4;
    logo(picture, row, y);
    y += LOGO;
    row.strips = ["temporal_forward", "temporal_backward"].filter((name) => network[name]).map((name, k) => {
      const top = y + 6 + k * (STRIP + 3);
      label(svg, paper, LEFT - 8, top + 9.5, `${k ? "backward" : "forward"} output`, { "font-size": 11, fill: paper.muted });
      return { name, cells: heat(picture, row, top, 1, STRIP, name) };
    });
    if (!row.strips.length) return finish(picture, row, y);
    row.timeScale = scaleBar(picture, y + 7, 2 * STRIP + 1, picture.time, "P(bound)");
    return finish(picture, row, y + 6 + 2 * (STRIP + 3));
  }

  function finish(picture, row, y) {
    picture.networks = (picture.networks || []).concat([row]);
    return y;
  }

  function heat(picture, row, y, n, height, kind) {
    const { svg, paper, cell } = picture;
    const group = node("g", { "shape-rendering": "crispEdges" }, svg);
    const cells = Array.from({ length: n }, (_, b) =>
      Array.from({ length: COLUMNS }, (_, i) => node("rect", { x: picture.x(i), y: y + b * height, width: cell + 0.3, height: height + 0.2 }, group)));
    node("rect", { x: LEFT, y, width: COLUMNS * cell, height: n * height, fill: "none", stroke: paper.padding }, svg);
    picture.rows.push({ kind, network: row, top: y, bottom: y + n * height, step: height });
    return cells;
  }

  function logo(picture, row, y) {
    const { svg, paper } = picture;
    row.logoTop = y;
    label(svg, paper, LEFT - 8, y + 24, "contribution", { "font-size": 11, fill: paper.muted });
    label(svg, paper, LEFT - 8, y + 38, "to the logit", { "font-size": 11, fill: paper.muted });
    node("line", { x1: LEFT, x2: LEFT + COLUMNS * picture.cell, y1: y + LOGO / 2, y2: y + LOGO / 2, stroke: paper.padding }, svg);
    row.boxes = node("g", {}, svg);
    row.glyphs = Array.from({ length: COLUMNS }, () => node("path", {}, svg));
    const limits = [[y + 9, paper.positive], [y + LOGO - 2, paper.negative]];
    row.limits = limits.map(([at, fill]) => label(svg, paper, LEFT + COLUMNS * picture.cell + 8, at, "", { "font-size": 11, fill, "text-anchor": "start" }));
    picture.rows.push({ kind: "logo", network: row, top: y - LANE, bottom: y + LOGO });
  }

  function scaleBar(picture, y, height, scale, title) {
    const { svg, paper } = picture;
    const x = LEFT + COLUMNS * picture.cell + 8;
    const parts = Array.from({ length: 16 }, (_, k) => node("rect", { x, y: y + (k * height) / 16, width: 9, height: height / 16 + 0.4, fill: shade(scale, 1 - k / 15) }, svg));
    const ends = [y + 8, y + height].map((at) => label(svg, paper, x + 13, at, "", { "font-size": 11, fill: paper.muted, "text-anchor": "start" }));
    const name = label(svg, paper, x + 70, y + height / 2, title, { "font-size": 10, fill: paper.muted, "text-anchor": "middle", transform: `rotate(-90 ${x + 70} ${y + height / 2})` });
    if (height < 40) name.remove();
    return { ends, parts };
  }

  /* ---- changing them ---- */
  function drawLetters(picture, view) {
    const { paper } = picture;
    for (let i = 0; i < COLUMNS; i += 1) {
      const base = view.sequence[i];
      const changed = base && (view.origin[i] < 0 || view.original[view.origin[i]] !== base);
      words(picture.letters[i], base || "\u00b7");
      set(picture.letters[i], "fill", base ? paper.bases[base] : paper.padding);
      set(picture.marks[i], "visibility", changed ? "visible" : "hidden");
    }
    set(picture.cursor, "x", picture.x(view.cursor));
    set(picture.band, "x", picture.x(view.cursor));
    const [from, to] = view.selected;
    set(picture.selection, "x", picture.x(from));
    set(picture.selection, "width", Math.max(0, (to - from) * picture.cell));
  }

  function draw(picture, kit, view) {
    const networks = picture.networks.map((row) => {
      const find = (construct) => construct && construct.answers.find((one) => one.architecture === row.architecture);
      const answer = find(view.answer);
      return { row, answer, shown: values(answer, find(view.base), view) };
    });
    const limits = (of) => {
      const each = networks.map(({ shown }) => rounded(largest(of(shown))));
      return view.scale === "shared" ? each.map(() => Math.max(...each)) : each;
    };
    const map = limits((shown) => shown.mutations), letters = limits((shown) => [shown.contributions]);
    networks.forEach(({ row, answer, shown }, k) => {
      words(row.p, `P ${answer.now.probability.toFixed(3)}`);
      drawMap(picture, row, shown.mutations, view, map[k]);
      drawLogo(picture, kit, row, shown.contributions, view, letters[k]);
      drawBoxes(picture, row, view.diff ? [] : answer.seqlets);
      drawStrips(picture, row, shown, view);
    });
    picture.drawn = networks;
  }

  function drawMap(picture, row, mutations, view, limit) {
    const absent = (i) => (i < view.sequence.length ? "url(#construct-hatch)" : "none");
    for (let b = 0; b < 4; b += 1) {
      for (let i = 0; i < COLUMNS; i += 1) {
        const value = BASES.includes(view.sequence[i] || "N") ? mutations[b][i] : null;
        set(row.map[b][i], "fill", value === null ? absent(i) : shade(picture.change, 0.5 + value / limit / 2));
      }
    }
    row.dots.forEach((dot, i) => {
      const at = BASES.indexOf(view.sequence[i] || "N");
      set(dot, "visibility", at < 0 ? "hidden" : "visible");
      if (at >= 0) set(dot, "cy", row.mapTop + (at + 0.5) * CELL);
    });
    words(row.mapScale.ends[0], signed(limit));
    words(row.mapScale.ends[1], signed(-limit));
  }

  function drawLogo(picture, kit, row, contributions, view, limit) {
    const middle = row.logoTop + LOGO / 2;
    row.glyphs.forEach((glyph, i) => {
      const base = view.sequence[i], value = base ? contributions[i] : null;
      const height = value === null ? 0 : (value / limit) * (LOGO / 2);
      if (Math.abs(height) < 0.4) return set(glyph, "visibility", "hidden");
      set(glyph, "visibility", "visible");
      set(glyph, "d", kit.glyphs[base]);
      set(glyph, "fill", picture.paper.bases[base]);
      set(glyph, "transform", `translate(${(picture.x(i) + picture.cell * 0.04).toFixed(2)} ${middle}) scale(${(picture.cell * 0.92).toFixed(2)} ${(-height).toFixed(2)})`);
      return null;
    });
    words(row.limits[0], signed(limit));
    words(row.limits[1], signed(-limit));
  }

  /* A factor may have several matrices in the library. */
  const names = (seqlet) => [...new Set([seqlet.name, ...seqlet.also])];

  function drawBoxes(picture, row, seqlets) {
    const key = JSON.stringify(seqlets);
    if (row.boxKey === key) return;
    row.boxKey = key;
    row.boxes.replaceChildren();
    const { paper } = picture;
    let end = -Infinity;
    for (const one of [...seqlets].sort((a, b) => a.start - b.start)) {
      const color = one.sign > 0 ? paper.positive : paper.negative, x = picture.x(one.start);
      const y = one.sign > 0 ? row.logoTop : row.logoTop + LOGO / 2;
      node("rect", { x, y, width: (one.stop - one.start) * picture.cell, height: LOGO / 2, fill: color, "fill-opacity": 0.07, stroke: color, "stroke-width": one.name ? 1.5 : 1, "stroke-dasharray": one.sign > 0 ? "none" : "4 2" }, row.boxes);
      if (!one.name || x < end) continue;
      const text = node("text", { x, y: row.logoTop - 3, "font-size": 11, "font-weight": 600, fill: paper.ink }, row.boxes, names(one).slice(0, 2).join(", "));
      end = x + text.getComputedTextLength() + 6;
    }
  }

  function drawStrips(picture, row, shown, view) {
    for (const strip of row.strips) {
      const track = shown[strip.name];
      strip.cells[0].forEach((cell, i) => {
        const value = track ? track[i] : null;
        const missing = view.diff && i >= view.sequence.length ? "none" : "url(#construct-hatch)";
        set(cell, "fill", value === null ? missing : view.diff ? shade(picture.change, 0.5 + value / 2) : shade(picture.time, value));
      });
    }
    if (!row.timeScale) return;
    row.timeScale.ends.forEach((end, k) => words(end, view.diff ? (k ? `${MINUS}1` : "+1") : k ? "0" : "1 P(bound)"));
    row.timeScale.parts.forEach((part, k) => set(part, "fill", shade(view.diff ? picture.change : picture.time, 1 - k / 15)));
  }

  /* ---- reading them ---- */
  function place(picture, event) {
    const box = picture.svg.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    const column = Math.floor((x - LEFT) / picture.cell);
    const row = picture.rows.find((each) => y >= each.top && y < each.bottom);
    if (column < 0 || column >= COLUMNS || !row) return null;
    return { column, kind: row.kind, network: row.network, base: row.kind === "map" ? BASES[Math.floor((y - row.top) / row.step)] : null };
  }

  const probability = (logit) => 1 / (1 + Math.exp(-logit));

  function hover(picture, view, at) {
    const base = view.sequence[at.column];
    if (at.kind === "letters") return [`position ${at.column}: ${base || "padding"}`];
    const found = picture.drawn.find(({ row }) => row === at.network);
    const { answer, shown, row } = found, i = at.column;
    if (at.kind === "logo") return base ? logoWords(row, answer, shown, view, i, base) : null;
    if (at.kind === "map") return base ? mapWords(row, answer, shown, view, at, base) : null;
    const value = shown[at.kind][i], forward = at.kind === "temporal_forward";
    const read = forward ? `positions 0 to ${i} read` : `positions ${i} to ${COLUMNS - 1} read`;
    if (value === null) return [`${row.title}, ${read}`, "no counterpart in the original"];
    return [`${row.title}, ${read}`, view.diff ? `P(bound) ${signed(value, 3)} against the original` : `P(bound) ${value.toFixed(3)}`];
  }

  function logoWords(row, answer, shown, view, i, base) {
    const seqlet = answer.seqlets.find((one) => i >= one.start && i < one.stop);
    const value = shown.contributions[i];
    const said = value === null ? "inserted: no counterpart in the original" : `contribution ${signed(value, 3)} logit${view.diff ? " against the original" : ""}`;
    const named = seqlet && (seqlet.name ? `${seqlet.name} ${seqlet.id}, q ${number(seqlet.q_value)}${names(seqlet).length > 1 ? `; also ${names(seqlet).slice(1).join(", ")}` : ""}` : "no motif is significantly similar");
    return [`${row.title}, ${i} ${base}`, said, seqlet && !view.diff ? `stands out from ${seqlet.start} to ${seqlet.stop - 1}: ${named}` : null];
  }

  function mapWords(row, answer, shown, view, at, base) {
    const b = BASES.indexOf(at.base), i = at.column, now = answer.now;
    if (base === "N") return [`${row.title}, ${i}: an unknown base, whose mutations are not asked for`];
    if (at.base === base) return [`${row.title}, ${i} ${base}: the base that stands there`];
    const change = answer.mutations[b][i];
    const lines = [`${row.title}, ${i} ${base}>${at.base}: logit ${signed(change, 3)}`, `P ${now.probability.toFixed(3)} \u2192 ${probability(now.logit + change).toFixed(3)}`];
    if (view.diff) {
      const value = shown.mutations[b][i];
      lines.push(value === null ? "this base was changed: no counterpart in the original" : `${signed(value, 3)} against the same mutation of the original`);
    }
    return lines;
  }

  window.regulensDraw = { build, draw, keepNames, reveal, drawLetters, place, hover, number, signed, COLUMNS };
})();
