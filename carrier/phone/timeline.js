// The exchange of one call as a readable timeline: each webhook, what came back, what runs.

import { clock, word } from "./words.js";

/** Show an entry in a timeline, in its place; an entry that is there already is shown anew. */
export function showEntry(timeline, entry) {
  const old = timeline.querySelector(`:scope > [data-n="${entry.n}"]`);
  // What was fetched whole may land after what the stream told since: done stays done.
  if (old?.dataset.done && !entry.done) return;
  const opened = old ? [...old.querySelectorAll("details")].map((one) => one.open) : [];
  const item = make("li", `entry ${entry.kind}`);
  item.dataset.n = entry.n;
  if (entry.done) item.dataset.done = "true";
  item.append(make("time", "", clock(entry.at, true)), SHOWN[entry.kind](entry));
  if (entry.problem) {
    item.classList.add("bad");
    item.append(make("p", "problem", entry.problem));
  }
  item.querySelectorAll("details").forEach((one, i) => { one.open = opened[i] ?? false; });
  if (old) return old.replaceWith(item);
  const after = [...timeline.children].find((one) => Number(one.dataset.n) > entry.n);
  timeline.insertBefore(item, after ?? null);
}

const SHOWN = { webhook: showWebhook, action: showAction, control: showControl, keys: showKeys, note: showNote };

function showWebhook(entry) {
  const box = make("div", "what");
  const purpose = entry.purpose[0].toUpperCase() + entry.purpose.slice(1);
  const title = make("p", "headline", word(`purpose${purpose}`, entry));
  if (entry.attempt > 1) title.append(" ", make("span", "badge warn", word("attempt", { n: entry.attempt })));
  if (entry.copy) title.append(" ", make("span", "badge", word("copy")));
  title.append(" ", outcome(entry));
  box.append(title, make("p", "url", `${entry.method} ${shortUrl(entry.url)}`));
  if (Array.isArray(entry.answer) && entry.purpose !== "event") {
    box.append(make("p", "does", word("does", { what: plan(entry.answer) })));
  }
  box.append(fold(word("told"), entry.body));
  const answer = entry.answer ?? entry.answer_text;
  if (answer !== null && answer !== undefined) box.append(fold(word("answer"), answer));
  return box;
}

function outcome(entry) {
  if (!entry.done) return make("span", "badge", word("underWay"));
  if (entry.status === null) return make("span", "badge bad", word("noAnswer", entry));
  return make("span", entry.problem ? "badge bad" : "badge good", word("answeredIn", entry));
}

function showAction(entry) {
  const what = actionInWords(entry.action);
  return make("p", "what", word(entry.skipped ? "skipped" : "runs", { what }));
}

function showControl(entry) {
  return make("p", "what headline", word(`control_${entry.control}`, { what: plan(entry.ncco ?? []) }));
}

function showKeys(entry) {
  return make("p", "what headline", word(entry.listened ? "keyed" : "unheard", entry));
}

function showNote(entry) {
  return make("p", "what headline", word(`${entry.code}Note`, entry) ?? entry.text);
}

/** What an NCCO will do, in words. */
function plan(ncco) {
  const steps = ncco.map(actionInWords);
  if (ncco.at(-1)?.action !== "conversation") steps.push(word("hangUp"));
  return steps.join(word("then"));
}

function actionInWords(action) {
  const dtmf = action?.dtmf ?? {};
  const facts = {
    text: plain(action?.text ?? ""),
    name: action?.name ?? fileName(action?.streamUrl?.[0] ?? ""),
    seconds: dtmf.timeOut ?? 3,
    most: dtmf.maxDigits ?? 4,
    hash: dtmf.submitOnHash ? word("inputHash") : "",
  };
  const needs = { talk: "text", stream: "streamUrl", input: "type", conversation: "name" };
  const known = Object.hasOwn(needs, action?.action) && action[needs[action.action]];
  if (!known) return JSON.stringify(action); // the check will refuse it
  if (action.mode === "asynchronous") return word("inputAsync");
  return word(action.action, facts) + (action.bargeIn ? word("bargeIn") : "");
}

function plain(text) {
  return text.replace(/<\/?[A-Za-z][^<>]*>/g, " ").replace(/\s+/g, " ").trim();
}

function fileName(url) {
  return url.split("/").at(-1);
}

/** A URL without the length of its tokens: only what is shown is shortened. */
function shortUrl(url) {
  return url.replace(/[A-Za-z0-9_\-.%~:]{32,}/g, (token) => `${token.slice(0, 8)}…${token.slice(-4)}`);
}

function fold(title, value) {
  const details = make("details");
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const json = make("pre", "", text);
  json.tabIndex = 0; // so that the keyboard can scroll it
  details.append(make("summary", "", title), json);
  return details;
}

/** An element with a class and a text. */
export function make(name, kind = "", text = null) {
  const element = document.createElement(name);
  if (kind) element.className = kind;
  if (text !== null) element.textContent = text;
  return element;
}
