// The picture of a conference by keyboard and pointer: the arrow keys go through what is drawn, up
// and down from caller to caller, left and right in time, and a line below says what it is. Without
// this script the table below the picture says the same.
(() => {
  "use strict";

  const picture = document.querySelector("svg[data-picture]");
  const told = document.querySelector("[data-told]");
  if (!picture || !told) return;

  const left = (one) => parseFloat(one.getAttribute("x") ?? one.getAttribute("cx"));
  const lanes = [...picture.querySelectorAll("[data-lane]")]
    .map((lane) => [...lane.querySelectorAll("[data-says]")].sort((a, b) => left(a) - left(b)))
    .filter((lane) => lane.length);
  if (!lanes.length) return;

  let [row, column] = [0, 0];

  function choose(newRow, newColumn) {
    lanes[row][column].setAttribute("tabindex", "-1");
    [row, column] = [newRow, newColumn];
    const chosen = lanes[row][column];
    chosen.setAttribute("tabindex", "0");
    chosen.focus();
  }

  // What lies nearest in another lane, so that up and down stay at about the same time.
  function nearest(lane) {
    const here = left(lanes[row][column]);
    const far = lane.map((one) => Math.abs(left(one) - here));
    return far.indexOf(Math.min(...far));
  }

  function toLane(number) {
    const to = Math.min(Math.max(number, 0), lanes.length - 1);
    if (to !== row) choose(to, nearest(lanes[to]));
  }

  const moves = {
    ArrowRight: () => choose(row, Math.min(column + 1, lanes[row].length - 1)),
    ArrowLeft: () => choose(row, Math.max(column - 1, 0)),
    ArrowDown: () => toLane(row + 1),
    ArrowUp: () => toLane(row - 1),
    PageDown: () => toLane(row + 10),
    PageUp: () => toLane(row - 10),
    Home: () => choose(0, 0),
    End: () => choose(lanes.length - 1, lanes.at(-1).length - 1),
  };

  picture.setAttribute("role", "listbox");
  picture.setAttribute("aria-label", picture.dataset.picture);
  picture.closest(".timeline").removeAttribute("tabindex"); // what is in it can be reached now
  for (const [number, lane] of lanes.entries()) {
    for (const [place, one] of lane.entries()) {
      one.setAttribute("role", "option");
      one.setAttribute("tabindex", number || place ? "-1" : "0");
      one.setAttribute("aria-label", one.querySelector("title").textContent);
      one.addEventListener("click", () => choose(number, place));
      one.addEventListener("pointerenter", () => (told.textContent = one.getAttribute("aria-label")));
      one.addEventListener("focus", () => {
        picture.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
        one.setAttribute("aria-selected", "true");
        told.textContent = one.getAttribute("aria-label");
      });
    }
  }
  told.hidden = false;
  picture.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (!move || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    move();
  });
})();
