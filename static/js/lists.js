"use strict";
/* What htmx needs around it: selected rows, filters, focus that survives a refresh, waiting, failures. */
(() => {
  const body = document.body;
  const asked = (event) => event.detail.requestConfig?.triggeringEvent;
  // Parts that refresh themselves must not flicker, move the focus or complain.
  const isBackground = (event) => /^live:/.test(asked(event)?.type || "");

  /* Selection: a row with [data-select] follows clicks anywhere on it, and Enter on its link. */
  function markSelected() {
    const selected = document.querySelector("#panel-body [data-selected]")?.dataset.selected;
    for (const link of document.querySelectorAll("[data-select]")) {
      link.closest("tr")?.setAttribute("aria-selected", link.dataset.select === selected);
    }
  }
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    const link = row?.querySelector("[data-select]");
    const onControl = event.target.closest("a, button, input, select, label, summary, .copy");
    if (link && !onControl && !String(getSelection())) link.click();
  });
  body.addEventListener("htmx:afterSettle", markSelected);
  markSelected();

  /* Filters: empty ones stay out of the URL, sorting stays in it. */
  body.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.matches("[data-filters]")) return;
    const parameters = event.detail.parameters;
    const sort = new URLSearchParams(location.search).get("sort");
    if (sort) parameters.sort = sort;
    for (const name of Object.keys(parameters)) if (parameters[name] === "") delete parameters[name];
  });
  function showReset() {
    for (const form of document.querySelectorAll("[data-filters]")) {
      const used = [...new FormData(form)].some(([name, value]) => value && name !== "sort");
      form.querySelector("[data-filters-reset]").hidden = !used;
    }
  }
  document.addEventListener("input", showReset);
  showReset();

  /* Focus: a replaced part gets it back where it was, by id or by place. */
  let lost = null;
  const focusable = "a[href], button, input, select, textarea, summary";
  body.addEventListener("htmx:beforeSwap", (event) => {
    const focused = document.activeElement;
    if (!event.detail.target?.contains?.(focused) || focused.id) return;
    const anchor = focused.closest("[id]");
    if (!anchor) return;
    lost = { id: anchor.id, index: [...anchor.querySelectorAll(focusable)].indexOf(focused) };
  });
  body.addEventListener("htmx:afterSettle", () => {
    const anchor = lost && document.getElementById(lost.id);
    if (anchor && document.activeElement === body) {
      anchor.querySelectorAll(focusable)[lost.index]?.focus({ preventScroll: true });
    }
    lost = null;
  });

  /* Waiting: the panel shows a skeleton after 300 ms, other parts fade (tables.css). */
  let skeletonTimer;
  body.addEventListener("htmx:beforeRequest", (event) => {
    const target = event.detail.target;
    if (isBackground(event) || !target) return;
    target.setAttribute("aria-busy", "true");
    if (target.id === "panel-body") skeletonTimer = setTimeout(() => target.classList.add("is-loading"), 300);
  });
  body.addEventListener("htmx:afterRequest", (event) => {
    clearTimeout(skeletonTimer);
    event.detail.target?.removeAttribute("aria-busy");
    event.detail.target?.classList.remove("is-loading");
  });

  /* Failures: what the server says in words is shown; what never came can be asked for again. */
  body.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    const saysWhere = xhr.getResponseHeader("HX-Retarget");
    // 409 and 422 bring a form back with its reasons.
    if (xhr.status >= 400 && (saysWhere || xhr.status === 409 || xhr.status === 422)) {
      if (saysWhere && isBackground(event)) return;
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  function couldNot(event, text) {
    if (isBackground(event)) return;
    body.dispatchEvent(new CustomEvent("toast", { detail: { tone: "error", title: "That did not work", text } }));
  }
  body.addEventListener("htmx:sendError", (event) => couldNot(event, "The portal can’t be reached. Check your connection and try again."));
  body.addEventListener("htmx:timeout", (event) => couldNot(event, "The portal took too long. Try again."));
  body.addEventListener("htmx:responseError", (event) => couldNot(event, `The portal answered ${event.detail.xhr.status}. Reload the page and try again.`));
  // A link whose part is not on this page is still a link.
  body.addEventListener("htmx:targetError", (event) => {
    const href = event.target.getAttribute?.("href");
    if (href) location.assign(href);
  });
})();
