// Calls that ring: each is a card until it is taken, in this tab or elsewhere, or given up.

import { part, plus } from "./card.js";
import { ask, attempt } from "./carrier.js";
import { translate, word } from "./words.js";

const cards = new Map(); // uuid → the card of a call that rings

export function rings(call) {
  return call.direction === "outbound" && call.status === "ringing";
}

/** Show those of these calls that ring; `take` is told the call that was picked up here. */
export function showRinging(calls, take) {
  const ringing = calls.filter(rings);
  const still = new Set(ringing.map((call) => call.uuid));
  for (const uuid of [...cards.keys()]) if (!still.has(uuid)) silence(uuid);
  for (const call of ringing) if (!cards.has(call.uuid)) ring(call, take);
  document.title = ringing.length ? word("titleRinging", { title: word("title") }) : word("title");
}

function ring(call, take) {
  const card = document.getElementById("ring").content.firstElementChild.cloneNode(true);
  const facts = { from: plus(call.from), to: plus(call.to) };
  translate(card);
  card.setAttribute("aria-label", word("rings", facts));
  part(card, "caller").textContent = facts.from;
  part(card, "called").textContent = word("ringsAt", facts);
  const pickUp = (machine) => use(card, async () => {
    take(await ask("POST", `/phone/calls/${call.uuid}/answer`, { machine }));
  });
  part(card, "answer").addEventListener("click", () => pickUp(false));
  part(card, "voicemail").addEventListener("click", () => pickUp(true));
  part(card, "decline").addEventListener("click", () => use(card, () =>
    ask("POST", `/phone/calls/${call.uuid}/decline`, {})));
  cards.set(call.uuid, card);
  document.getElementById("ringing").append(card);
  announce(word("rings", facts));
}

/** Take the card away; the focus, if it was there, goes where the next thing can be done. */
function silence(uuid) {
  const card = cards.get(uuid);
  const focused = card.contains(document.activeElement);
  card.remove();
  cards.delete(uuid);
  if (!cards.size) announce("");
  if (focused) document.getElementById("add").focus();
}

/** Do what a button asks, once: the others wait until it is done. */
async function use(card, work) {
  const buttons = [...card.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  await attempt(card, work);
  for (const button of buttons) button.disabled = false;
}

function announce(text) {
  document.getElementById("announced").textContent = text;
}
