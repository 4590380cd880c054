/* Files of any size to the page's own server: raw bytes by PUT, never in memory at once; progress, cancel, limits. */
(function () {
  "use strict";
  const running = new Map();
  const inputs = new WeakMap();
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  const zoneOf = (target) => (target instanceof Element ? target.closest(".uploader") : null);

  function say(zone, message) {
    document.getElementById(`${zone.id}-error`).textContent = message;
  }

  function show(zone, text, share) {
    zone.classList.add("uploading");
    zone.querySelector(".upload-label").textContent = text;
    zone.querySelector(".upload-bar").setAttribute("aria-valuenow", Math.round(100 * share));
    zone.querySelector(".upload-bar span").style.width = `${100 * share}%`;
  }

  function reasonOf(request) {
    try {
      const problem = JSON.parse(request.responseText);
      return `${problem.title}. ${problem.detail}`;
    } catch {
      return `The server answered ${request.status}. Try again.`;
    }
  }

  function put(zone, file, which) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      running.set(zone, request);
      request.open("PUT", `/uploads/${encodeURIComponent(file.name)}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.onprogress = (event) => {
        const share = event.total ? event.loaded / event.total : 1;
        const words = `${megabytes(event.loaded)} of ${megabytes(event.total)} MB (${Math.floor(100 * share)} %)`;
        show(zone, share < 1 ? `${which}${words}` : `${which}${words}, checking`, share);
      };
      request.onload = () => {
        if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText));
        else reject(new Error(`${file.name}: ${reasonOf(request)}`));
      };
      request.onerror = () => reject(new Error(`${file.name}: the connection broke. Try again.`));
      request.onabort = () => reject(new Error(`${file.name}: cancelled.`));
      show(zone, `${which}0.0 of ${megabytes(file.size)} MB (0 %)`, 0);
      request.send(file);
    });
  }

  function refusal(zone, files) {
    const limit = Number(zone.dataset.maxBytes || Infinity);
    const big = files.find((file) => file.size > limit);
    if (big) return `${big.name} holds ${megabytes(big.size)} MB; at most ${limit / 1e6} MB are taken here.`;
    const empty = files.find((file) => file.size === 0);
    return empty ? `${empty.name} is empty. Choose another file.` : "";
  }

  async function send(zone, chosen) {
    if (running.has(zone) || !chosen.length) return;
    const files = zone.dataset.multiple === "true" ? chosen : chosen.slice(0, 1);
    const refused = refusal(zone, files);
    say(zone, refused);
    if (refused) return;
    const uploads = [];
    try {
      for (const [index, file] of files.entries()) {
        uploads.push(await put(zone, file, files.length > 1 ? `${index + 1} of ${files.length}: ` : ""));
      }
    } catch (error) {
      say(zone, error.message);
    }
    running.delete(zone);
    zone.classList.remove("uploading");
    const { store } = zone.dataset;
    const place = store.startsWith("{") ? JSON.parse(store) : store;
    if (uploads.length) window.regulensSetProps(place, { data: { uploads, at: Date.now() } });
  }

  function choose(zone) {
    let input = inputs.get(zone);
    if (!input) {
      input = document.createElement("input");
      input.type = "file";
      input.accept = zone.dataset.accept;
      input.multiple = zone.dataset.multiple === "true";
      input.addEventListener("change", () => {
        send(zone, [...input.files]);
        input.value = "";
      });
      inputs.set(zone, input);
    }
    input.click();
  }

  document.addEventListener("click", (event) => {
    const zone = zoneOf(event.target);
    if (!zone) return;
    if (event.target.closest(".upload-cancel")) running.get(zone)?.abort();
    else if (event.target.closest(".upload-choose")) choose(zone);
  });
  document.addEventListener("dragover", (event) => {
    const zone = zoneOf(event.target);
    if (!zone) return;
    event.preventDefault();
    zone.classList.add("drop-zone-active");
  });
  document.addEventListener("dragleave", (event) => zoneOf(event.target)?.classList.remove("drop-zone-active"));
  document.addEventListener("drop", (event) => {
    const zone = zoneOf(event.target);
    if (!zone) return;
    event.preventDefault();
    zone.classList.remove("drop-zone-active");
    send(zone, [...event.dataTransfer.files]);
  });
})();
