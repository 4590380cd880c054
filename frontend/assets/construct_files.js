/* Edit and watch: the picture as a file. */
(function () {
  "use strict";

  function svgText(picture) {
    const copy = picture.svg.cloneNode(true);
    const back = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, value] of Object.entries({ width: "100%", height: "100%", fill: getComputedStyle(document.body).backgroundColor })) back.setAttribute(name, value);
    copy.insertBefore(back, copy.firstChild);
    copy.querySelector(".construct-names").removeAttribute("transform");
    return new XMLSerializer().serializeToString(copy);
  }

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async function png(picture, name) {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(picture))}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: 2 * picture.width, height: 2 * picture.height });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    save(blob, `${name}.png`);
  }

  const svg = (picture, name) => save(new Blob([svgText(picture)], { type: "image/svg+xml" }), `${name}.svg`);

  window.regulensFiles = { svg, png };
})();
