/* What the jobs pages do without asking their server: when to poll, what the form holds, the player, the buttons. */
(function () {
  "use strict";
  const skip = () => window.dash_clientside.no_update;
  const shown = (yes) => ({ display: yes ? "block" : "none" });
  const count = (n) => n.toLocaleString("en-US");
  const setProps = (id, props) => window.regulensSetProps(id, props);

  /* Ask once a second while something moves, every five seconds else, never twice at a time, and not at all from a page
     that nobody looks at. An answer that was lost is not waited for longer than PATIENCE_MS. */
  const SLOW_MS = 5000;
  const PATIENCE_MS = 20000;
  let asked = 0;

  function tick(_n, seen, last) {
    const waiting = last !== undefined && last !== null && (!seen || seen.tick !== last);
    const since = Date.now() - asked;
    if (document.hidden || (waiting && since < PATIENCE_MS)) return skip();
    if (seen && !seen.moving && since < SLOW_MS) return skip();
    asked = Date.now();
    return asked;
  }

  /* After a click that changed something, and on "Try again now": the page in view, whose store is there, asks at once. */
  const TICKS = ["jobs-tick", "jobs-form-tick", "jobs-detail-tick"];

  function askAgain(_retries, _nudge) {
    asked = Date.now();
    for (const store of TICKS) setProps(store, { data: asked });
    return skip();
  }

  /* The form asks only when something is typed; while the service is away it asks by itself, too. */
  setInterval(() => {
    const banner = document.getElementById("jobs-backend-down");
    const away = banner && banner.style.display !== "none" && document.getElementById("jobs-form");
    if (away && !document.hidden) askAgain();
  }, 3000);

  /* The form. */
  const EMPTY = (value) => value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);
  const nameAndValue = (input) => [input.id.name, input.value];

  function uploadsOf(arrived, widget) {
    const ids = (arrived ? arrived.uploads : []).map((upload) => upload.id);
    return widget === "uploads" ? ids : ids[0];
  }

  function fieldValues(spec) {
    const [fields, checkpoints, switches, arrived] = window.dash_clientside.callback_context.inputs_list;
    const plain = Object.fromEntries([...fields, ...checkpoints, ...switches].map(nameAndValue));
    for (const [name, value] of arrived.map(nameAndValue)) plain[name] = uploadsOf(value, spec.fields[name].widget);
    return plain;
  }

  /* A field is shown if all its conditions hold, on fields that are themselves shown. */
  function isShown(name, spec, values) {
    const field = spec.fields[name];
    return Object.entries(field.shown_if).every(([other, wanted]) => {
      if (!(other in spec.fields)) return true;
      return isShown(other, spec, values) && wanted.includes(other in values ? values[other] : spec.fields[other].default);
    });
  }

  const NUMBERS = ["integer", "number"];

  /* Undefined stands for "not sent": the kind's default holds. */
  function sent(value, field) {
    if (!EMPTY(value)) return value;
    if (field.nullable) return null;
    return Array.isArray(field.default) ? [] : typeof field.default === "string" ? "" : undefined;
  }

  function collect(..._inputs) {
    const context = window.dash_clientside.callback_context;
    const [title, spec] = context.inputs_list.slice(4).map((input) => input.value);
    const boxes = context.outputs_list[1];
    if (!spec) return [null, boxes.map(skip)];
    const values = fieldValues(spec);
    const visible = Object.keys(spec.fields).filter((name) => name in values && isShown(name, spec, values));
    const missing = visible.filter((name) => {
      const { required, nullable, widget } = spec.fields[name];
      return EMPTY(values[name]) && (required || (NUMBERS.includes(widget) && !nullable));
    });
    const parameters = {};
    for (const name of visible) {
      const value = sent(values[name], spec.fields[name]);
      if (value !== undefined) parameters[name] = value;
    }
    const request = { kind: spec.kind, parameters, title: (title || "").trim(), rerun_of: spec.rerun_of, visible,
      missing: missing.map((name) => spec.fields[name].title) };
    return [request, boxes.map((box) => shown(visible.includes(box.id.name)))];
  }

  /* Where the form has a field `task`, the checkpoints offered are those of the task. */
  function offerCheckpoints(_values, spec) {
    const context = window.dash_clientside.callback_context;
    const places = context.outputs_list;
    const task = context.inputs_list[0].find((input) => input.id.name === "task");
    const offered = spec && spec.tasks && task && spec.tasks[task.value];
    if (!offered || !context.triggered.some((t) => t.prop_id.includes('"task"'))) return places.map(skip);
    const first = offered.length ? (offered[0].items ? offered[0].items[0].value : offered[0].value) : null;
    for (const place of places) {
      const { widget, nullable } = spec.fields[place.id.name];
      setProps(place.id, { value: widget === "checkpoints" ? [] : nullable ? null : first });
    }
    return places.map((place) => (spec.fields[place.id.name].task ? skip() : offered));
  }

  function openWhatIsWrong() {
    for (const box of document.querySelectorAll("#jobs-form details:not([open])")) {
      if ([...box.querySelectorAll(".field-errors")].some((error) => error.textContent)) box.open = true;
    }
  }

  /* Of several checks that overtake each other the last answer may be an old one: then ask once more. */
  const ASK_AGAIN_MS = 1500;
  let recheck = null;

  function submitState(request, estimated) {
    clearTimeout(recheck);
    if (!request) return [true, "Choose a kind first."];
    setTimeout(openWhatIsWrong, 100);
    const current = estimated && JSON.stringify(estimated.request) === JSON.stringify(request);
    if (!current) {
      recheck = setTimeout(() => setProps("jobs-form-tick", { data: Date.now() }), ASK_AGAIN_MS);
      return [true, "Checking what you have entered."];
    }
    return [!estimated.ok, estimated.reason];
  }

  /* The player. It moves the slider by set_props, as slider and switch each follow the other: in Dash's graph that would
     be a cycle. What is to be drawn goes to the page's server once; `drawn` comes back with the figure. */
  const PAUSE_MS = 130;
  let playing = false;
  let pressed = 0;

  function setPlaying(yes) {
    playing = yes;
    setProps("jobs-play", { children: yes ? "Pause" : "Play" });
  }

  function advance(frame, last) {
    if (!playing) return;
    if (frame >= last) setPlaying(false);
    else setProps("jobs-frame", { value: frame + 1 });
  }

  function player(live, frame, follow, clicks, drawn, asked) {
    if (!live) return [shown(false), "", shown(false)];
    const last = Math.max(0, live.steps.length - 1);
    const triggered = window.dash_clientside.callback_context.triggered.map((t) => t.prop_id);
    const moved = triggered.includes("jobs-frame.value");
    let now = Math.min(frame || 0, last);
    if (triggered.includes("jobs-play.n_clicks") && clicks && clicks !== pressed) {
      pressed = clicks;
      setPlaying(!playing);
      if (playing) {
        setProps("jobs-follow", { checked: false });
        follow = false;
        now = now >= last ? 0 : now;
        if (now !== frame) setProps("jobs-frame", { value: now });
        else setTimeout(advance, PAUSE_MS, now, last);
      }
    } else if (follow && moved && now !== last && asked && asked.job === live.job && asked.frame === last) {
      setProps("jobs-follow", { checked: false }); // the user has taken hold of the slider
      follow = false;
    }
    if (follow && now !== last) {
      now = last;
      setProps("jobs-frame", { max: Math.max(1, last), value: last });
    } else if (triggered.includes("jobs-live.data") || !asked) setProps("jobs-frame", { max: Math.max(1, last) });
    if (triggered.includes("jobs-drawn.data") && drawn && drawn.frame === now) setTimeout(advance, PAUSE_MS, now, last);
    const wanted = { job: live.job, revision: live.revision, frame: now };
    if (JSON.stringify(wanted) !== JSON.stringify(asked)) setProps("jobs-shown", { data: wanted });
    const label = live.steps.length ? `step ${count(live.steps[now])} of ${count(live.of)}` : "";
    return [{ display: last > 0 ? "flex" : "none" }, label, shown(true)];
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    jobs: { tick, askAgain, collect, offerCheckpoints, submitState, player },
  });

  /* Arrow keys and the space bar work the player wherever nothing else listens to them. */
  document.addEventListener("keydown", (event) => {
    const box = document.getElementById("jobs-player");
    if (!box || box.style.display === "none" || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target !== document.body && event.target.id !== "main") return;
    const thumb = box.querySelector("[role=slider]");
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const step = event.key === "ArrowLeft" ? -1 : 1;
      const value = Number(thumb.getAttribute("aria-valuenow")) + step;
      const most = Number(thumb.getAttribute("aria-valuemax"));
      setProps("jobs-frame", { value: Math.min(most, Math.max(0, value)) });
    } else if (event.key === " ") document.getElementById("jobs-play").click();
    else return;
    event.preventDefault();
  });

  /* Buttons of a job say what they do in data attributes; a click becomes one message with a key of its own, so that
     the message sent twice is one job. crypto.randomUUID exists only under https. */
  function newKey() {
    const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
    return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function said(button, words) {
    const label = button.querySelector(".mantine-Button-label") || button;
    const before = label.dataset.before || label.textContent;
    label.dataset.before = before;
    label.textContent = words;
    setTimeout(() => (label.textContent = before), 2000);
  }

  async function copyLink(button) {
    const link = `${location.origin}/jobs/${button.dataset.job}`;
    try {
      await navigator.clipboard.writeText(link);
      said(button, "Copied");
    } catch {
      window.prompt("Copy the address of this job:", link); // no clipboard without https
    }
  }

  const resting = new Map();

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-action]") : null;
    if (!button || button.disabled) return;
    const { action, job, name, sure } = button.dataset;
    if (action === "copy") return void copyLink(button);
    if (action === "notify") return void window.regulensWatch.askToNotify((words) => said(button, words));
    const what = `${action} ${job} ${name}`;
    if (Date.now() - (resting.get(what) || 0) < 1500) return; // a double click
    if (sure && !window.confirm(sure)) return;
    resting.set(what, Date.now());
    setProps("jobs-asked", { data: { action, job, name, key: newKey() } });
  });
})();
