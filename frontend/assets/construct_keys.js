/* Edit and watch: keys, buttons and pointer on the picture; what they do is the editor's (assets/construct.js). */
(function () {
  "use strict";
  let editor = null;
  const at = (id) => document.getElementById(`construct-${id}`);

  const KEYS = {
    ArrowLeft: (event) => editor.move(editor.cursor() - 1, event.shiftKey),
    ArrowRight: (event) => editor.move(editor.cursor() + 1, event.shiftKey),
    Home: (event) => editor.move(0, event.shiftKey),
    End: (event) => editor.move(editor.last, event.shiftKey),
    Escape: () => editor.move(editor.cursor(), false),
    Delete: () => editor.remove(false),
    Backspace: () => editor.remove(true),
    Insert: () => editor.switchTyping(),
  };

  function press(event) {
    const control = event.ctrlKey || event.metaKey, letter = event.key.toUpperCase();
    let act = null;
    if (control && letter === "Z") act = () => editor.step(event.shiftKey ? 1 : -1);
    else if (control && letter === "Y") act = () => editor.step(1);
    else if (!control && !event.altKey && KEYS[event.key]) act = () => KEYS[event.key](event);
    else if (!control && !event.altKey && /^[ACGTN]$/.test(letter)) act = () => editor.type(letter);
    if (!act) return;
    event.preventDefault();
    act();
  }

  function click(event) {
    const picture = editor.picture(), found = picture && window.regulensDraw.place(picture, event);
    editor.stage().focus({ preventScroll: true });
    if (!found) return;
    const base = editor.base(found.column);
    if (found.kind !== "map" || !base) editor.move(found.column, event.shiftKey);
    else if (found.base === base) editor.move(found.column, false);
    else editor.commit({ position: found.column, removed: base, inserted: found.base }, found.column);
  }

  function hover(event) {
    const picture = editor.picture(), view = editor.asked();
    const found = picture && picture.drawn && window.regulensDraw.place(picture, event);
    const lines = found && view && window.regulensDraw.hover(picture, view, found);
    const tip = document.querySelector(".construct-tip") || window.regulensAround.element("div", "construct-tip", undefined, document.body);
    tip.hidden = !lines;
    editor.stage().style.cursor = found && found.kind === "map" ? "pointer" : "default";
    if (!lines) return;
    tip.replaceChildren(...lines.filter(Boolean).map((line) => window.regulensAround.element("div", "", line)));
    const left = event.clientX + 14, wide = tip.offsetWidth;
    tip.style.left = `${left + wide > window.innerWidth ? Math.max(4, event.clientX - wide - 10) : left}px`;
    tip.style.top = `${Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 6)}px`;
  }

  const hideTip = () => { const tip = document.querySelector(".construct-tip"); if (tip) tip.hidden = true; };

  /* Listen on a stage once; false where that has been done. */
  function watch(ofEditor) {
    editor = ofEditor;
    const stage = editor.stage();
    if (stage.dataset.watched) return false;
    stage.dataset.watched = "yes";
    stage.addEventListener("keydown", press);
    stage.addEventListener("click", click);
    stage.addEventListener("mousemove", hover);
    stage.addEventListener("mouseleave", hideTip);
    stage.addEventListener("scroll", () => { if (editor.picture()) window.regulensDraw.keepNames(editor.picture(), stage); });
    document.querySelectorAll(".construct-keys button").forEach((button) => {
      const name = button.id.replace("construct-key-", "");
      const key = { left: "ArrowLeft", right: "ArrowRight", backspace: "Backspace", delete: "Delete" }[name] || name.toUpperCase();
      button.addEventListener("click", (event) => {
        press(new KeyboardEvent("keydown", { key }));
        if (event.detail) stage.focus({ preventScroll: true }); // by mouse: the keyboard goes on from here
      });
    });
    at("undo").addEventListener("click", () => editor.step(-1));
    at("redo").addEventListener("click", () => editor.step(1));
    at("reset").addEventListener("click", () => editor.goTo(0));
    return true;
  }

  window.regulensKeys = { watch };
})();
