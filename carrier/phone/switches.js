// The switches that spoil what the carrier does.

import { ask, attempt } from "./carrier.js";

const form = document.querySelector(".switches");
const ALL_OFF = {
  twice: false, shuffled: false, late_ms: 0, lost: 0,
  calls_per_second: 3, requests_per_second: 15, fail_create: false, drop_create: false,
  messages: "delivered", async_digits: true,
};
const CHECKS = ["twice", "shuffled", "fail_create", "drop_create", "async_digits"];
const NUMBERS = ["late_ms", "calls_per_second", "requests_per_second"];

/** Show the switches as the carrier has them. */
export function showSwitches(switches) {
  for (const name of CHECKS) form[name].checked = switches[name];
  for (const name of [...NUMBERS, "messages"]) form[name].value = switches[name];
  form.lost.value = Array.isArray(switches.lost) ? switches.lost.join(", ") : switches.lost;
  const quiet = Object.entries(ALL_OFF).every(([name, off]) =>
    switches[name] === off || (name === "lost" && switches.lost.length === 0));
  document.getElementById("spoiled").hidden = quiet;
}

function setSwitches(wishes) {
  return attempt(form, async () => showSwitches(await ask("PUT", "/phone/switches", wishes)));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const lost = form.lost.value.trim() || "0";
  const words = lost.split(/[\s,]+/).filter(Boolean);
  setSwitches({
    ...Object.fromEntries(CHECKS.map((name) => [name, form[name].checked])),
    ...Object.fromEntries(NUMBERS.map((name) => [name, Number(form[name].value)])),
    messages: form.messages.value,
    lost: Number.isNaN(Number(lost)) ? words : Number(lost),
  });
});
document.getElementById("all-off").addEventListener("click", () => {
  setSwitches(ALL_OFF);
});
