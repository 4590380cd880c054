/* While a slider moves, every step is answered by the quick question; the long one waits until the hand rests. */
(function () {
  "use strict";
  const REST_MS = 300;
  let latest = 0;

  function settle(history) {
    const mine = ++latest;
    return new Promise((resolve) =>
      setTimeout(() => resolve(mine === latest ? history : window.dash_clientside.no_update), REST_MS)
    );
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { chromatin_edits: { settle } });
})();
