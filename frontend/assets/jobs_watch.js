/* From any page: a badge in the title and, if it was asked for, a notification when a job of this browser ends. */
(function () {
  "use strict";
  const LOOK_MS = 2000;
  const BUSY_MS = 3000;
  const HIDDEN_MS = 8000;
  const IDLE_MS = 60000;
  const NOTIFY = "regulens-notify";
  const MOVING = "regulens-moving"; // ids of jobs that moved when any tab of this browser last looked
  const SYMBOL = { succeeded: "\u2713", failed: "\u00d7", timed_out: "\u00d7", cancelled: "\u25a0" };
  let jobs = [];
  let asked = 0;
  let path = "";
  let ended = null; // the job that has ended since somebody last looked at this tab

  const moving = () => jobs.filter((job) => !job.over);
  const stored = (key) => JSON.parse(localStorage.getItem(key) || "null");

  function title() {
    const place = location.pathname;
    const here = jobs.find((job) => place === `/jobs/${job.id}`);
    const heading = document.querySelector("#jobs-head h1");
    if (place === "/jobs/new") return "New job · Regulens";
    if (heading && place.startsWith("/jobs/")) {
      const mark = here && here.over ? `(${SYMBOL[here.state]}) ` : "";
      return `${mark}${heading.textContent} · Regulens`;
    }
    const n = moving().length;
    if (place === "/jobs") return `${n ? `(${n}) ` : ""}Jobs · Regulens`;
    return "Regulens";
  }

  function showTitle() {
    const wanted = ended && document.hidden ? `(${SYMBOL[ended.state]}) ${ended.title} · Regulens` : title();
    if (document.title !== wanted) document.title = wanted;
  }

  function tell(job) {
    ended = job;
    if (!stored(NOTIFY) || !("Notification" in window) || Notification.permission !== "granted") return;
    const note = new Notification(`${job.title}: ${job.state.replace("_", " ")}`, { tag: job.id, icon: "/assets/favicon.svg" });
    note.onclick = () => {
      window.focus();
      location.assign(`/jobs/${job.id}`);
    };
  }

  async function look() {
    asked = Date.now();
    try {
      const answer = await fetch("/job-watch");
      if (!answer.ok) return;
      jobs = await answer.json();
    } catch {
      return; // the page's server is away; asked again later
    }
    const before = new Set(stored(MOVING) || []);
    for (const job of jobs) if (job.over && before.has(job.id)) tell(job);
    localStorage.setItem(MOVING, JSON.stringify(moving().map((job) => job.id)));
  }

  async function loop() {
    const arrived = location.pathname !== path;
    path = location.pathname;
    if (!document.hidden) ended = null;
    const pause = !moving().length && !(stored(MOVING) || []).length ? IDLE_MS : document.hidden ? HIDDEN_MS : BUSY_MS;
    if (arrived ? path.startsWith("/jobs") || !asked : Date.now() - asked >= pause) await look();
    showTitle();
    setTimeout(loop, LOOK_MS);
  }

  async function askToNotify(say) {
    if (!("Notification" in window)) return say("Not offered by this browser");
    const answer = await Notification.requestPermission();
    localStorage.setItem(NOTIFY, JSON.stringify(answer === "granted"));
    say(answer === "granted" ? "You will be told" : "Not allowed by the browser");
  }

  window.regulensWatch = { askToNotify };
  document.addEventListener("visibilitychange", showTitle);
  loop();
})();
