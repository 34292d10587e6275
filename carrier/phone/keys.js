// The keypad: its buttons, and digits that are typed.

import { make } from "./timeline.js";
import { word } from "./words.js";

/** Put the buttons into a card; `press` is told each key. */
export function addKeys(card, press) {
  const names = { "*": word("star"), "#": word("hash") };
  for (const key of "123456789*0#") {
    const button = make("button", "key", key);
    button.type = "button";
    button.dataset.key = key;
    button.setAttribute("aria-label", word("key", { key: names[key] ?? key }));
    button.addEventListener("click", () => press(key));
    card.querySelector(".keys").append(button);
  }
}

/** Whether a typed key is one of the keypad's, whose button then shows it. */
export function keyOf(card, event) {
  const editing = event.target.closest("input, textarea, select");
  if (editing || event.ctrlKey || event.altKey || event.metaKey) return false;
  const button = [...card.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
  if (!button) return false;
  button.classList.add("pressed");
  setTimeout(() => button.classList.remove("pressed"), 150);
  return true;
}
