// The carrier, over HTTP, and how what it refuses is shown.

import { word } from "./words.js";

// What the carrier calls a field, and the word of the page that labels it.
const LABELS = {
  from: "from", to: "to", digits: "keys", twice: "twice", shuffled: "shuffled", late_ms: "late", lost: "lost",
  calls_per_second: "callsPerSecond", requests_per_second: "requestsPerSecond", text: "text",
  async_digits: "asyncDigits", fail_create: "failCreate", drop_create: "dropCreate", messages: "messagesEnd",
};

/** A refusal of the carrier's in the words of the page. */
function inWords(detail) {
  const number = /^"(from|to)" must be a number/.exec(detail);
  if (number) return word("badNumber", { label: word(number[1]) });
  return detail.replace(/^"?(\w+)"?(?= )/, (first, field) =>
    Object.hasOwn(LABELS, field) ? `“${word(LABELS[field])}”` : first);
}

/** Ask the carrier; throws an Error with its own words when it refuses. */
export async function ask(method, path, body) {
  const options = { method, headers: { "Content-Type": "application/json" } };
  if (body !== undefined) options.body = JSON.stringify(body);
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(inWords(answer.detail ?? response.statusText));
  return answer;
}

/** Do some work; what goes wrong is shown in the card's line for problems. */
export async function attempt(card, work) {
  const problem = card.querySelector(".problem[role=alert]");
  problem.hidden = true;
  try {
    await work();
  } catch (error) {
    problem.textContent = error instanceof TypeError ? word("offline") : error.message;
    problem.hidden = false;
  }
}
