"use strict";
/* Ticked rows of a list: "all" ticks them, their number is told, and a list that refreshes itself keeps them. */
(() => {
  const body = document.body;
  const boxes = () => [...document.querySelectorAll('input[name="row"][form="bulk"]')];
  let kept = null;

  function tell() {
    const form = document.querySelector("[data-bulk]");
    if (!form) return;
    const all = boxes();
    const ticked = all.filter((box) => box.checked).length;
    const master = form.querySelector("[data-bulk-all]");
    master.checked = all.length > 0 && ticked === all.length;
    master.indeterminate = ticked > 0 && !master.checked;
    form.querySelector("[data-bulk-count]").textContent = ticked || "";
    // What is ticked is sent itself, so that what came onto the page since is never meant.
    form.elements.shown.disabled = true;
    master.removeAttribute("name");
    for (const button of form.querySelectorAll("button")) button.disabled = ticked === 0;
    for (const box of all) box.closest("tr").toggleAttribute("data-ticked", box.checked);
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-bulk-all]")) for (const box of boxes()) box.checked = event.target.checked;
    if (event.target.matches('[data-bulk-all], input[form="bulk"]')) tell();
  });
  /* Shift and a click tick all between the last box and this one. */
  let last = null;
  document.addEventListener("click", (event) => {
    const box = event.target;
    if (!box.matches?.('input[name="row"][form="bulk"]')) return;
    const all = boxes();
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) for (const between of all.slice(from, to + 1)) between.checked = box.checked;
    last = box;
    tell();
  });
  body.addEventListener("htmx:beforeSwap", () => {
    kept = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
  });
  body.addEventListener("htmx:afterSettle", () => {
    if (kept) for (const box of boxes()) box.checked = box.checked || kept.has(box.value);
    kept = null;
    tell();
  });
  tell();
})();
