// Keeps the live parts of a room's page fresh (at once by the stream, every 5 seconds without it)
// and sends the forms of its panel. What is shown always comes from the server.
(() => {
  "use strict";

  const POLL = 5000;
  const REDRAW = 60000; // bars of those who are on the line grow
  const BREATH = 200; // between two fetches, so that a crowd that comes in is no flood of requests
  const TWICE = 600; // a second click on a button within this is the same one
  const SAID_FOR = 8000;
  const box = document.getElementById("live-box");
  const today = document.getElementById("today-box");
  const line = document.getElementById("the-line");
  const dialIn = document.querySelector(".dial-in");
  const said = document.getElementById("live-said");
  const news = document.getElementById("live-news");
  const serverTime = document.querySelector('meta[name="server-time"]');
  const skew = Date.now() - Date.parse(serverTime.content);
  const live = () => box.querySelector("#live");
  const stamp = () => today.firstElementChild.dataset.stamp;
  // The code, the name and so on that the rest of the page was made with.
  const madeWith = live().dataset.room;
  let stream = null;
  let fetching = false;
  let wanted = false;
  let pressed = false; // the pointer is down: what is under it must not be exchanged
  let waiting = null;
  let shownAt = Date.now();

  // Asking and showing

  async function ask(address, options) {
    const headers = { "HX-Request": "true" };
    const response = await fetch(address, { ...options, headers, credentials: "same-origin" });
    if (response.redirected) location.reload(); // logged out meanwhile
    if (!response.ok && response.status !== 422) throw new Error(response.status);
    return { ok: response.ok, text: response.status === 204 ? "" : await response.text() };
  }

  async function refresh(always) {
    if (fetching) {
      wanted = true;
      return;
    }
    fetching = true;
    const began = Date.now();
    const known = always ? "" : `?version=${live().dataset.version}&today=${stamp()}`;
    try {
      show((await ask(box.dataset.part + known)).text);
    } catch {
      // the next poll tries again
    }
    setTimeout(() => {
      fetching = false;
      if (wanted) {
        wanted = false;
        refresh(false);
      }
    }, BREATH + (Date.now() - began));
  }

  function show(text) {
    if (!text) return;
    if (pressed) {
      waiting = text;
      return;
    }
    const page = new DOMParser().parseFromString(text, "text/html");
    const fresh = page.getElementById("live");
    // Of two answers that overtook each other the older is thrown away.
    if (Number(fresh.dataset.version) < Number(live().dataset.version)) return;
    if (fresh.dataset.room !== madeWith) {
      location.reload();
      return;
    }
    const before = new Set([...box.querySelectorAll("[data-row]")].map((row) => row.dataset.row));
    put(box, fresh);
    for (const row of box.querySelectorAll("[data-row]")) {
      if (!before.has(row.dataset.row)) row.classList.add("arrived");
    }
    const ofToday = page.getElementById("today-part"); // only where it is another than ours
    if (ofToday) put(today, ofToday);
    if (ofToday) document.body.dispatchEvent(new Event("line-changed"));
    settle();
  }

  // What was unfolded stays so, and whoever uses the keyboard keeps the place.
  function put(target, fresh) {
    const unfolded = [...target.querySelectorAll("details[open]")].map((one) => one.id);
    const focused = target.contains(document.activeElement) ? document.activeElement : null;
    const row = focused?.closest("[data-row]")?.dataset.row;
    target.replaceChildren(fresh);
    htmx.process(target);
    for (const id of unfolded) {
      document.getElementById(id)?.setAttribute("open", "");
    }
    if (!focused) return;
    const places = [focused.id, row && `more-of-${row}`, target === box && "on-the-line"];
    const place = places.map((id) => id && document.getElementById(id)).find(Boolean);
    place?.focus({ preventScroll: true });
  }

  function settle() {
    shownAt = Date.now();
    offer();
    for (const one of box.querySelectorAll("[data-lasts]")) {
      setTimeout(() => one.remove(), one.dataset.lasts * 1000);
    }
    const told = live().dataset.news;
    if (news.textContent !== told) news.textContent = told;
    tick();
  }

  // What needs somebody on the line; never taken away from whoever is using it.
  function offer() {
    const isLive = "people" in live().dataset;
    for (const one of document.querySelectorAll('[data-live-form] [name="conference"]')) {
      one.value = live().dataset.conference ?? "";
    }
    for (const one of document.querySelectorAll("[data-while-live]")) {
      if (!one.contains(document.activeElement)) one.hidden = !isLive;
    }
    if (isLive) rise();
  }

  // Who is on the line comes first, and stays so: nothing jumps about between two calls.
  function rise() {
    const used = line.contains(document.activeElement) || dialIn?.matches(":active");
    if (dialIn?.nextElementSibling === line && !used) dialIn.before(line);
  }

  document.addEventListener("focusout", () => setTimeout(offer));

  function tick() {
    for (const one of box.querySelectorAll("[data-until]")) {
      const left = Math.max(0, Date.parse(one.dataset.until) - (Date.now() - skew));
      const seconds = Math.ceil(left / 1000);
      const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      if (one.textContent !== text) one.textContent = text;
    }
    for (const one of box.querySelectorAll("[data-seconds]")) {
      const since = ((Date.now() - shownAt) / 1000) * one.dataset.people;
      const minutes = String(Math.floor((Number(one.dataset.seconds) + since) / 60));
      const number = one.querySelector("b");
      if (number.textContent !== minutes) number.textContent = minutes;
    }
  }

  document.addEventListener("pointerdown", (event) => {
    pressed = box.contains(event.target);
  });
  for (const over of ["pointerup", "pointercancel", "dragend"]) {
    document.addEventListener(over, () => {
      pressed = false;
      setTimeout(() => {
        if (pressed || !waiting) return;
        const text = waiting;
        waiting = null;
        show(text);
      }); // after the click that this may become
    });
  }

  // Sending: one after the other, in the order in which the buttons were pressed

  let queue = Promise.resolve();
  let last = { id: "", at: 0 };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-live-form]")) return;
    event.preventDefault();
    const button = event.submitter;
    const id = button?.id || form.action;
    if (id === last.id && Date.now() - last.at < TWICE) return;
    last = { id, at: Date.now() };
    const body = new FormData(form);
    if (button?.name) body.append(button.name, button.value);
    button?.setAttribute("aria-busy", "true");
    fold(button);
    queue = queue.then(() => send(form, body, button));
  }, true);

  async function send(form, body, button) {
    try {
      const answer = await ask(`${form.action}?today=${stamp()}`, { method: "POST", body });
      const page = new DOMParser().parseFromString(answer.text, "text/html");
      const quiet = answer.ok && form.id === "control" && button?.value.includes(" pt_");
      tell(quiet ? null : page.getElementById("said")); // a participant's row shows it
      show(answer.text);
      if (answer.ok && "reset" in form.dataset) form.reset();
    } catch {
      const told = { className: "message error", textContent: said.dataset.failed };
      tell(Object.assign(document.createElement("p"), told));
    }
    button?.removeAttribute("aria-busy");
  }

  let forget = 0;
  function tell(message) {
    clearTimeout(forget);
    said.replaceChildren(...(message ? [message] : []));
    forget = setTimeout(() => said.replaceChildren(), SAID_FOR);
  }

  // A menu or a question folds once it has been used, when Escape is pressed or another is opened.
  function fold(inside) {
    const outermost = inside?.closest("details.more, details.asks");
    if (!outermost) return;
    for (const one of outermost.querySelectorAll("details")) one.open = false;
    outermost.open = false;
    outermost.querySelector("summary").focus({ preventScroll: true });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && box.contains(event.target)) fold(event.target);
  });
  document.addEventListener("click", (event) => {
    for (const one of box.querySelectorAll("details.more[open], details.asks[open]")) {
      if (!one.contains(event.target)) one.open = false;
    }
  });

  // Hearing of changes

  function open() {
    if (stream && stream.readyState !== EventSource.CLOSED) return;
    stream = new EventSource(box.dataset.stream, { withCredentials: true });
    stream.addEventListener("changed", (event) => {
      if (event.data !== live().dataset.version) refresh(false);
    });
  }

  function poll() {
    if (document.hidden || stream?.readyState === EventSource.OPEN) return;
    refresh(false);
    open(); // does nothing while the browser is trying again by itself
  }

  // Browsers allow few open connections to a site, so a page that nobody sees gives its own back.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stream?.close();
    else open();
  });

  settle();
  open();
  setInterval(poll, POLL);
  setInterval(tick, 1000);
  setInterval(() => {
    if (!document.hidden && box.querySelector("[data-row]")) refresh(true);
  }, REDRAW);
})();
