// The switches that spoil the delivery of webhooks.

import { ask, attempt } from "./carrier.js";

const form = document.querySelector(".switches");

/** Show the switches as the carrier has them. */
export function showSwitches(switches) {
  form.twice.checked = switches.twice;
  form.shuffled.checked = switches.shuffled;
  form.late_ms.value = switches.late_ms;
  form.lost.value = Array.isArray(switches.lost) ? switches.lost.join(", ") : switches.lost;
  const quiet = !switches.twice && !switches.shuffled && !switches.late_ms && !switches.lost.length && !(switches.lost > 0);
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
    twice: form.twice.checked,
    shuffled: form.shuffled.checked,
    late_ms: Number(form.late_ms.value),
    lost: Number.isNaN(Number(lost)) ? words : Number(lost),
  });
});
document.getElementById("all-off").addEventListener("click", () => {
  setSwitches({ twice: false, shuffled: false, late_ms: 0, lost: 0 });
});
