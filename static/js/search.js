"use strict";
/* Ctrl-K opens the search over any page; arrows walk through what it found. Without it the search is a page. */
(() => {
  document.addEventListener("keydown", (event) => {
    const opens = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k";
    if (opens) {
      event.preventDefault();
      const field = document.querySelector("[data-search] input");
      if (field) field.select();
      else document.querySelector("[data-search-open]").click();
      return;
    }
    const box = event.target.closest("[data-search]");
    if (box && (event.key === "ArrowDown" || event.key === "ArrowUp")) walk(event, box);
  });

  function walk(event, box) {
    const stops = [box.querySelector("input"), ...box.querySelectorAll("[data-hit]")];
    const here = stops.indexOf(document.activeElement);
    const next = stops[(here + (event.key === "ArrowDown" ? 1 : -1) + stops.length) % stops.length];
    event.preventDefault();
    next.focus();
  }
})();
