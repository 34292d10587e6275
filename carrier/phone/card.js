// What is shown of one phone.

import { make, showEntry } from "./timeline.js";
import { clock, word } from "./words.js";

export const LIVE = ["started", "ringing", "answered"];

/** Show the phone's call as it is now. */
export function show(phone, call) {
  const { card } = phone;
  const state = call?.status ?? "idle";
  const status = part(card, "status");
  status.dataset.state = state;
  setText(status, word(state));
  card.classList.toggle("live", LIVE.includes(state));
  for (const name of ["from", "to"]) part(card, name).disabled = LIVE.includes(state);
  part(card, "dial").disabled = LIVE.includes(state);
  part(card, "hangup").disabled = !LIVE.includes(state);
  showBadges(part(card, "badges"), call);
  showHeard(part(card, "heard"), call?.heard ?? []);
  tick(phone, call);
}

const BADGES = ["muted", "earmuffed", "waiting", "recording"];

/** What is done to the call, in words; a screen reader reads what changed. */
function showBadges(line, call) {
  const on = BADGES.filter((name) => call?.[name] && call.status === "answered");
  const same = on.join() === [...line.children].map((one) => one.dataset.badge).join();
  if (same) return;
  line.replaceChildren(...on.map((name) => {
    const badge = make("span", name === "recording" ? "badge bad" : "badge warn", word(`badge_${name}`));
    badge.dataset.badge = name;
    return badge;
  }));
}

/** Append what is new, so that a screen reader reads each caption once. */
export function showHeard(list, heard) {
  const shown = [...list.children].map((item) => item.textContent);
  const same = shown.length <= heard.length && shown.every((text, i) => text === heard[i]);
  if (!same) list.replaceChildren();
  // Sound will attach here: a caption that is appended is a sound that begins.
  for (const text of heard.slice(list.children.length)) {
    const kind = text.startsWith("✖") ? "refused" : text.startsWith("♪") ? "music" : "";
    list.append(make("p", kind, text));
    list.scrollTop = list.scrollHeight;
  }
}

/** Show where the call is, and how long it has lasted. */
export function tick(phone, call) {
  setText(part(phone.card, "where"), where(call));
}

function where(call) {
  if (!call) return word("whereIdle");
  if (call.status === "answered") {
    const idle = call.machine ? "whereMachine" : "whereAnswered";
    const inside = call.waiting ? "whereHeld" : "whereIn";
    const name = call.conversation ? inside : call.waiting_for_input ? "whereWaiting" : idle;
    return `${word(name, { name: call.conversation })} · ${lasted(call)}`;
  }
  if (LIVE.includes(call.status)) return word("whereRinging", { to: plus(call.to) });
  if (call.status === "cancelled" || (call.disconnected_by === "user" && !call.answered_at)) {
    return word("whereCancelled");
  }
  if (call.status === "rejected") return word("whereRejected");
  const by = call.disconnected_by === "user" ? "whereEndedUser" : "whereEndedPlatform";
  return `${word(by)} · ${lasted(call)}`;
}

/** How a call is, or how it ended, in a word. */
export function outcome(call) {
  return word(call.direction === "outbound" && call.missed ? `missed_${call.missed}` : call.status);
}

function lasted(call) {
  const until = call.ended_at ? Date.parse(call.ended_at) : Date.now();
  const seconds = Math.max(0, Math.floor((until - Date.parse(call.answered_at)) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Show entries of the exchange, and how many of them are problems. */
export function showExchange(phone, entries) {
  for (const entry of entries) showEntry(phone.card.querySelector(".timeline"), entry);
  const problems = phone.card.querySelectorAll(".timeline > .bad").length;
  const badge = part(phone.card, "problems");
  badge.hidden = !problems;
  badge.classList.toggle("bad", problems > 0);
  setText(badge, word(problems === 1 ? "problemsOne" : "problemsMany", { n: problems }));
  part(phone.card, "empty").hidden = phone.card.querySelector(".timeline").children.length > 0;
}

/** Show the SMS that this phone's number received. */
export function showMessages(phone, messages) {
  const mine = messages.filter((one) => one.to === digitsOf(part(phone.card, "from").value));
  const section = part(phone.card, "messages");
  section.hidden = !mine.length;
  section.querySelector("ul").replaceChildren(...mine.map((message) => {
    const item = make("li");
    const facts = { from: plus(message.from), time: clock(message.timestamp), status: message.status };
    const about = word(message.status ? "messageTold" : "messageFrom", facts);
    item.append(make("p", "", message.text), make("p", "quiet", about));
    return item;
  }));
}

export function part(card, name) { return card.querySelector(`[data-${name}]`); }
export function setText(element, text) { if (element.textContent !== text) element.textContent = text; }
function digitsOf(number) { return number.replace(/\D/g, ""); }
export function plus(number) { return /^\d/.test(number) ? `+${number}` : number; }
