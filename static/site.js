// What the pages of the site do beyond HTML: copy, share, tick, know the browser's time zone.
(() => {
  "use strict";

  const serverTime = document.querySelector('meta[name="server-time"]');
  const skew = serverTime ? Date.now() - Date.parse(serverTime.content) : 0;

  function clock(seconds) {
    const pad = (n) => String(n).padStart(2, "0");
    const whole = Math.max(0, Math.floor(seconds));
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return h ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
  }

  function tick() {
    for (const time of document.querySelectorAll("time[data-since]")) {
      const text = clock((Date.now() - skew - Date.parse(time.dataset.since)) / 1000);
      if (time.textContent !== text) time.textContent = text;
    }
  }

  async function copy(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    // Browsers offer the clipboard over https and on localhost alone.
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "sr-only";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }

  async function copied(button) {
    await copy(button.dataset.copy);
    button.classList.add("done");
    const label = button.querySelector("span");
    button.dataset.label ??= label.textContent;
    label.textContent = button.dataset.copied;
    clearTimeout(button.timer);
    button.timer = setTimeout(() => {
      button.classList.remove("done");
      label.textContent = button.dataset.label;
    }, 1800);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.copy) copied(button);
    if (button?.dataset.shareText) {
      const { shareTitle: title, shareText: text } = button.dataset;
      navigator.share({ title, text }).catch(() => {}); // the person changed their mind
    }
    const menu = document.querySelector("details.menu[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });

  // A form that came back leads to the first thing to mend, which may be far down.
  document.querySelector("main [aria-invalid=true]")?.focus();

  // A second click while the first is under way would do everything twice.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 3000);
  });

  document.addEventListener("keydown", (event) => {
    const menu = document.querySelector("details.menu[open]");
    if (event.key !== "Escape" || !menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.querySelector("span").setAttribute("aria-live", "polite");
  }
  if (navigator.share) {
    for (const button of document.querySelectorAll("[data-share-text]")) button.hidden = false;
  }
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const input of document.querySelectorAll("input[data-browser-time-zone]")) {
    if (zone && (!input.value || input.value === "UTC"))
      input.value = zone;
  }

  // What polls (hx-trigger="every …") rests while nobody sees the page, and is exchanged only when
  // it has changed: a text that somebody is selecting or listening to stays.
  const polls = (event) => event.detail.elt.getAttribute("hx-trigger")?.startsWith("every");
  let latest = "";
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (polls(event) && document.hidden) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { elt, xhr, serverResponse, pathInfo } = event.detail;
    if (!polls(event)) return;
    const asked = new URL(pathInfo.finalRequestPath, location.href).pathname;
    if (new URL(xhr.responseURL).pathname !== asked) {
      event.detail.shouldSwap = false; // logged out meanwhile
      location.reload();
      return;
    }
    if (serverResponse === latest && elt.isConnected) event.detail.shouldSwap = false;
    latest = serverResponse;
  });

  tick();
  setInterval(tick, 1000);
})();
