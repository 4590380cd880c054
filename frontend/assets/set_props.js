/* What comes late, after a timer or an upload, may find that its page has been left: Dash would raise a TypeError. */
(function () {
  "use strict";
  const isThere = (id) => typeof id !== "string" || window.dash_stores.some((store) => store.getState().paths.strs[id]);

  window.regulensSetProps = (id, props) => {
    if (isThere(id)) window.dash_clientside.set_props(id, props);
  };
})();
