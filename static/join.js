// The page of an invitee: a reply by one click in a mail, and times in the browser's own zone.
(() => {
  "use strict";

  // What only fetches the page, as mail scanners do, replies nothing; and whoever comes back to it
  // has replied already, and perhaps otherwise since.
  const [arrival] = performance.getEntriesByType("navigation");
  if (arrival?.type === "navigate")
    document.querySelector("form[data-submit-at-once]")?.requestSubmit();

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const form = document.querySelector("form[data-own-zone]");
  if (!form || !zone) return;
  const clock = (timeZone) => new Date().toLocaleString("en", { timeZone, hour12: false });
  if (clock(zone) === clock(form.dataset.ownZone)) return;
  form.elements.time_zone.value = zone;
  form.querySelector("[data-zone]").textContent = zone.split("/").pop().replaceAll("_", " ");
  form.hidden = false;
})();
