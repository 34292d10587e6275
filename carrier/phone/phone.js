// The softphone: any number of phones, each with its call, captions, messages and exchange.

import { LIVE, part, plus, show, showExchange, showMessages, tick } from "./card.js";
import { ask, attempt } from "./carrier.js";
import { addKeys, keyOf } from "./keys.js";
import { showOtherEntry, showOtherCalls } from "./others.js";
import { rings, showRinging } from "./ringing.js";
import { showSwitches } from "./switches.js";
import { offerTexting } from "./texting.js";
import { language, translate, word } from "./words.js";

const MINE = "phones"; // sessionStorage: the phones of this tab
const NUMBERS = ["+12025550123", "+447700900123", "+12025550145", "+447700900145"];
const KEPT = 2000; // as many calls, and messages, are remembered
const query = new URLSearchParams(location.search);

const calls = new Map(); // uuid → the call as the carrier tells it
const phones = []; // {uuid, card}, in the order of the page
let messages = [];
let added = 0;

// Phones

function addPhone(saved = {}, first = !phones.length) {
  const card = document.getElementById("phone").content.firstElementChild.cloneNode(true);
  const phone = { card, uuid: saved.uuid ?? null, pressed: Promise.resolve() };
  const n = (added += 1);
  translate(card);
  card.querySelector("h2").textContent = word("phone", { n });
  card.setAttribute("aria-label", word("phone", { n }));
  part(card, "from").value = saved.from ?? newNumber();
  part(card, "to").value = saved.to ?? numberInQuery("to") ?? lastDialled();
  part(card, "keys").value = saved.keys ?? query.get("keys") ?? "";
  addKeys(card, (key) => press(phone, key));
  offerTexting(card);
  part(card, "dial").addEventListener("click", () => dial(phone));
  part(card, "hangup").addEventListener("click", () => hangUp(phone));
  part(card, "remove").addEventListener("click", () => removePhone(phone));
  part(card, "send").addEventListener("submit", (event) => {
    event.preventDefault();
    press(phone, part(card, "keys").value.replace(/[\s,-]/g, ""));
  });
  part(card, "from").addEventListener("input", () => { save(); showMessages(phone, messages); });
  for (const name of ["to", "keys"]) part(card, name).addEventListener("input", save);
  card.addEventListener("keydown", (event) => typed(phone, event));
  // On a wide screen the first phone shows at once why its call goes as it does.
  part(card, "exchange").open = first && matchMedia("(min-width: 60rem)").matches;
  if (first) { phones.unshift(phone); document.getElementById("phones").prepend(card); }
  else { phones.push(phone); document.getElementById("phones").append(card); }
  show(phone, calls.get(phone.uuid));
  showMessages(phone, messages);
  save();
  return phone;
}

function removePhone(phone) {
  if (isLive(phone)) hangUp(phone);
  phones.splice(phones.indexOf(phone), 1);
  phone.card.remove();
  if (!phones.length) addPhone();
  save();
  showOthers();
  document.getElementById("add").focus();
}

function dial(phone) {
  phone.card.focus(); // from now on, typed digits are keyed
  return attempt(phone.card, async () => {
    const [from, to] = ["from", "to"].map((name) => part(phone.card, name).value);
    const { uuid } = await ask("POST", "/phone/calls", { from, to });
    sessionStorage.setItem("to", to);
    await attach(phone, uuid);
  });
}

/** From now on, this is the phone's call. */
async function attach(phone, uuid) {
  phone.uuid = uuid;
  phone.card.querySelector(".timeline").replaceChildren();
  showExchange(phone, []); // the problems of the call before are its own
  save();
  await catchUp(phone);
  showOthers();
}

/** A call that rang was picked up here: a phone with its number has it, or a new one does. */
function take(call) {
  const [from, to] = [plus(call.to), plus(call.from)];
  const mine = phones.find((one) => part(one.card, "from").value === from && !isLive(one));
  const phone = mine ?? addPhone({ from, to }, true);
  learn(call); // its card that rings goes, and with it the focus
  phone.card.focus();
  return attach(phone, call.uuid);
}

function hangUp(phone) {
  return attempt(phone.card, async () => {
    learn(await ask("POST", `/phone/calls/${phone.uuid}/hangup`, {}));
  });
}

function press(phone, digits) {
  if (!digits || !isLive(phone)) return;
  const { uuid } = phone;
  const path = `/phone/calls/${uuid}/keys`;
  // One after the other: requests that run side by side may overtake each other.
  const send = () => attempt(phone.card, async () => {
    try {
      await ask("POST", path, { digits });
    } catch (error) {
      if (phone.uuid === uuid) throw error; // else another call has begun since
    }
  });
  phone.pressed = phone.pressed.then(send);
}

function typed(phone, event) {
  if (!keyOf(phone.card, event)) return;
  event.preventDefault();
  press(phone, event.key);
}

function isLive(phone) {
  return LIVE.includes(calls.get(phone.uuid)?.status);
}

function showOthers() {
  const mine = new Set(phones.map((phone) => phone.uuid));
  showOtherCalls([...calls.values()].filter((call) => !mine.has(call.uuid) && !rings(call)));
}

// News

/** Remember a call, unless what came is older than what is known: answers overtake each other. */
function know(call) {
  if (!(calls.get(call.uuid)?.version > call.version)) calls.set(call.uuid, call);
  return calls.get(call.uuid);
}

function learn(told) {
  const call = know(told);
  if (calls.size > KEPT) calls.delete(calls.keys().next().value);
  const phone = phones.find((one) => one.uuid === call.uuid);
  if (phone) show(phone, call);
  else showOthers();
  if (call.direction === "outbound") showRinging([...calls.values()], take);
}

async function catchUp(phone) {
  const { uuid } = phone;
  if (!uuid) return;
  try {
    learn(await ask("GET", `/phone/calls/${uuid}`));
    const exchange = await ask("GET", `/phone/calls/${uuid}/exchange`);
    if (phone.uuid === uuid) showExchange(phone, exchange);
  } catch (error) {
    if (error instanceof TypeError) return; // no carrier just now: the stream will be back
    if (phone.uuid !== uuid) return;
    phone.uuid = null; // the carrier was started anew, or forgot the call
    show(phone, calls.get(phone.uuid));
  }
}

async function catchUpAll() {
  document.getElementById("offline").hidden = true;
  calls.clear();
  for (const call of await ask("GET", "/phone/calls")) know(call);
  messages = await ask("GET", "/phone/messages");
  showSwitches(await ask("GET", "/phone/switches"));
  for (const phone of phones) { await catchUp(phone); showMessages(phone, messages); }
  showOthers();
  showRinging([...calls.values()], take);
}

const NEWS = {
  call: ({ call }) => learn(call),
  message: ({ message }) => {
    const others = messages.filter((one) => one.message_uuid !== message.message_uuid);
    messages = [...others.slice(-KEPT), message];
    phones.forEach((phone) => showMessages(phone, messages));
  },
  switches: ({ switches }) => showSwitches(switches),
  exchange: ({ uuid, entry }) => {
    const phone = phones.find((one) => one.uuid === uuid);
    if (phone) showExchange(phone, [entry]);
    else showOtherEntry(uuid, entry);
  },
};

function follow() {
  const stream = new EventSource("/phone/stream");
  stream.onopen = catchUpAll;
  stream.onmessage = (event) => { const news = JSON.parse(event.data); NEWS[news.kind](news); };
  stream.onerror = () => { document.getElementById("offline").hidden = false; };
}

// Small things

function lastDialled() { return sessionStorage.getItem("to") ?? ""; }

/** A number in the query; its "+" arrives as a space unless it was escaped. */
function numberInQuery(name) {
  const value = query.get(name);
  return value === null ? null : plus(value.trim());
}

function newNumber() {
  const taken = phones.map((phone) => part(phone.card, "from").value);
  const free = NUMBERS.find((number) => !taken.includes(number));
  return free ?? `+12025550${String(100 + (added % 100)).padStart(3, "0")}`;
}

function save() {
  const mine = phones.map(({ card, uuid }) => ({
    uuid,
    from: part(card, "from").value,
    to: part(card, "to").value,
    keys: part(card, "keys").value,
  }));
  sessionStorage.setItem(MINE, JSON.stringify(mine));
}

function restore() {
  const saved = JSON.parse(sessionStorage.getItem(MINE) ?? "[]");
  for (const one of saved.length ? saved : [{}]) {
    // A link that names a number or keys means them, whatever was here before.
    addPhone({ ...one, to: numberInQuery("to") ?? one.to, keys: query.get("keys") ?? one.keys });
  }
}

document.documentElement.lang = language;
document.title = word("title");
translate(document);
document.getElementById("add").addEventListener("click", () => {
  part(addPhone().card, "to").focus();
});
setInterval(() => {
  for (const phone of phones.filter(isLive)) tick(phone, calls.get(phone.uuid));
}, 500);
restore();
follow();
