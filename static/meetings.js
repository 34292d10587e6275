// Keys in the month: arrows go to the month beside it, Home to today. Only while the focus is in it.
(() => {
  "use strict";

  const links = { ArrowLeft: "month-before", ArrowRight: "month-after", Home: "month-now" };

  document.addEventListener("keydown", (event) => {
    const id = links[event.key];
    if (!id || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!event.target.closest?.("#calendar")) return;
    event.preventDefault();
    const link = document.getElementById(id);
    link.focus();
    link.click();
  });

  // Whoever opens one way of inviting people goes on with it at once.
  document.addEventListener(
    "toggle",
    ({ target }) => {
      if (!target.matches(".invite details[open]")) return;
      if (target.querySelector("summary") !== document.activeElement) return; // open from the start
      target.querySelector("textarea, input:not([type=hidden])")?.focus();
    },
    true,
  );
})();
