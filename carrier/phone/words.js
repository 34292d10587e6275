// The page's language, and its texts. The language is ?lang=, else the browser's, else English.

import { english } from "./english.js";
import { russian } from "./russian.js";

const asked = new URLSearchParams(location.search).get("lang") || navigator.language || "en";
export const language = asked.toLowerCase().startsWith("ru") ? "ru" : "en";
const TEXTS = language === "ru" ? russian : english;

/** The text of this name, with {names} filled in; null when there is none. */
export function word(name, facts = {}) {
  const text = TEXTS[name];
  return text === undefined ? null : text.replace(/\{(\w+)\}/g, (_, key) => facts[key] ?? "");
}

/** Fill in the texts of a piece of the page. */
export function translate(root) {
  for (const element of root.querySelectorAll("[data-word]")) {
    element.textContent = word(element.dataset.word);
  }
  for (const element of root.querySelectorAll("[data-word-label]")) {
    element.setAttribute("aria-label", word(element.dataset.wordLabel));
  }
  for (const element of root.querySelectorAll("[data-word-title]")) {
    element.title = word(element.dataset.wordTitle);
    element.setAttribute("aria-label", element.title);
  }
}

/** The time of day of an ISO 8601 moment. */
export function clock(moment, fraction = false) {
  const options = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
  if (fraction) options.fractionalSecondDigits = 3;
  return new Date(moment).toLocaleTimeString(language, options);
}
