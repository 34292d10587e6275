// An SMS from a phone to the number that it calls.

import { part, setText } from "./card.js";
import { ask, attempt } from "./carrier.js";
import { clock, word } from "./words.js";

/** Let a card's form send what is written in it. */
export function offerTexting(card) {
  const form = part(card, "texting");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    setText(part(card, "sent"), "");
    attempt(card, async () => {
      const [from, to, text] = ["from", "to", "text"].map((name) => part(card, name).value);
      await ask("POST", "/phone/messages", { from, to, text });
      part(card, "text").value = "";
      setText(part(card, "sent"), word("textSent", { time: clock(new Date()) }));
    });
  });
}
