// Keeps the live part of a room's page fresh: at once by the stream, every 5 seconds without it.
(() => {
  "use strict";

  const POLL = 5000;
  const REDRAW = 60000; // bars of those who are on the line grow
  const box = document.getElementById("live-box");
  // The code, the name and so on that the rest of the page was made with.
  const madeWith = box.querySelector("#live").dataset.room;
  let stream = null;
  let fetching = false;
  let wanted = false;

  const shown = () => box.querySelector("#live").dataset.version;

  async function refresh(always) {
    if (fetching) {
      wanted = true;
      return;
    }
    fetching = true;
    const known = always ? "" : `?version=${shown()}`;
    try {
      await htmx.ajax("GET", box.dataset.part + known, { target: "#live", swap: "outerHTML" });
    } finally {
      fetching = false;
      if (wanted) {
        wanted = false;
        refresh(false);
      }
    }
  }

  function open() {
    if (stream && stream.readyState !== EventSource.CLOSED) return;
    stream = new EventSource(box.dataset.stream, { withCredentials: true });
    stream.addEventListener("changed", (event) => {
      if (event.data !== shown()) refresh(false);
    });
  }

  function poll() {
    if (document.hidden) return;
    if (stream?.readyState === EventSource.OPEN) return;
    refresh(false);
    open(); // does nothing while the browser is trying again by itself
  }

  // Browsers allow few open connections to a site, so a page that nobody sees gives its own back.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      stream?.close();
    } else {
      open();
    }
  });

  // Only callers who were not there before slide in, and what was unfolded stays so.
  let before = new Set();
  let unfolded = false;
  const rows = () => [...box.querySelectorAll("[data-row]")];
  box.addEventListener("htmx:beforeSwap", (event) => {
    const asked = new URL(box.dataset.part, location.href).pathname;
    if (new URL(event.detail.xhr.responseURL).pathname !== asked) {
      event.detail.shouldSwap = false; // logged out meanwhile
      location.reload();
      return;
    }
    before = new Set(rows().map((row) => row.dataset.row));
    unfolded = Boolean(box.querySelector("#stays")?.open);
  });
  box.addEventListener("htmx:afterSwap", () => {
    if (box.querySelector("#live").dataset.room !== madeWith) {
      location.reload();
      return;
    }
    for (const row of rows()) if (!before.has(row.dataset.row)) row.classList.add("arrived");
    const stays = box.querySelector("#stays");
    if (stays) stays.open = unfolded;
  });

  open();
  setInterval(poll, POLL);
  setInterval(() => {
    if (!document.hidden && box.querySelector("[data-row]")) refresh(true);
  }, REDRAW);
})();
