// Calls that are no phone's of this page: made from the terminal, by tests, in another tab.

import { outcome, plus, setText, showHeard } from "./card.js";
import { ask } from "./carrier.js";
import { showEntry } from "./timeline.js";
import { clock, word } from "./words.js";

const SHOWN = 20; // as many of them are shown
const boxes = new Map(); // uuid → its <details>

/** Show the last of these calls, newest first. */
export function showOtherCalls(calls) {
  setText(document.getElementById("others-count"), String(calls.length));
  const shown = calls.slice(-SHOWN).reverse();
  const kept = new Set(shown.map((call) => call.uuid));
  for (const [uuid, box] of boxes) {
    if (!kept.has(uuid)) { box.remove(); boxes.delete(uuid); }
  }
  shown.forEach((call, i) => {
    const box = boxes.get(call.uuid) ?? addBox(call);
    const list = document.getElementById("other-calls");
    if (list.children[i] !== box) list.insertBefore(box, list.children[i] ?? null);
    const facts = { from: plus(call.from), to: plus(call.to), time: clock(call.started_at) };
    setText(box.querySelector("summary"), word("otherCall", { ...facts, status: outcome(call) }));
    showHeard(box.querySelector(".heard"), call.heard);
  });
}

/** Show an entry of the exchange, if its call is opened. */
export function showOtherEntry(uuid, entry) {
  const box = boxes.get(uuid);
  if (box?.open) showEntry(timelineOf(box), entry);
}

function addBox(call) {
  const box = document.getElementById("other").content.firstElementChild.cloneNode(true);
  boxes.set(call.uuid, box);
  box.addEventListener("toggle", async () => {
    if (!box.open) return;
    const exchange = await ask("GET", `/phone/calls/${call.uuid}/exchange`);
    for (const entry of exchange) showEntry(timelineOf(box), entry);
  });
  return box;
}

function timelineOf(box) { return box.querySelector(":scope > .timeline"); }
