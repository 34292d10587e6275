// The carrier, over HTTP, and how what it refuses is shown.

import { word } from "./words.js";

/** Ask the carrier; throws an Error with its own words when it refuses. */
export async function ask(method, path, body) {
  const options = { method, headers: { "Content-Type": "application/json" } };
  if (body !== undefined) options.body = JSON.stringify(body);
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? response.statusText);
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
