"use strict";
/* The frame: side panels, drawer, dialog, toasts, theme, copying, times. Pages work without it. */
(() => {
  const root = document.documentElement;
  const body = document.body;
  const byId = (id) => document.getElementById(id);
  root.classList.add("js");

  /* Cookies hold how this browser likes its side panels; the server reads them (ui/context.py). */
  function keep(name, value) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  }
  const remember = (name, open) => keep(name, open ? "open" : "closed");

  /* Side panels */
  const wide = matchMedia("(width >= 1280px)");

  function setNavigation(open) {
    body.classList.toggle("nav-closed", !open);
    document.querySelector("[data-nav-toggle]").setAttribute("aria-expanded", open);
    remember("nav", open);
  }
  function setDrawer(open) {
    body.classList.toggle("nav-open", open);
    const focus = document.querySelector(open ? "[data-nav-close]" : "[data-nav-open]");
    if (focus) focus.focus();
  }
  function setPanel(open) {
    if (wide.matches) {
      body.classList.toggle("panel-closed", !open);
      remember("panel", open);
    } else {
      body.classList.toggle("panel-open", open);
    }
    showPanelState();
    if (!open) focusSelected();
    else if (!wide.matches) document.querySelector("[data-panel-close]").focus();
  }
  function panelIsOpen() {
    return wide.matches ? !body.classList.contains("panel-closed") : body.classList.contains("panel-open");
  }
  function showPanelState() {
    const toggle = document.querySelector("[data-panel-toggle]");
    if (toggle) toggle.setAttribute("aria-expanded", panelIsOpen());
  }
  function focusSelected() {
    const link = document.querySelector('tr[aria-selected="true"] [data-select]');
    if (link) link.focus({ preventScroll: true });
  }
  wide.addEventListener("change", () => {
    body.classList.remove("panel-open");
    showPanelState();
  });

  /* Folded groups of the navigation; "toggle" does not bubble. */
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("[data-nav-group]")) return;
    const folded = [...document.querySelectorAll("[data-nav-group]:not([open])")].map((group) => group.dataset.navGroup);
    keep("folded", folded.join("."));
  }, true);

  const clicks = {
    "[data-nav-toggle]": () => setNavigation(body.classList.contains("nav-closed")),
    "[data-nav-open]": () => setDrawer(true),
    "[data-nav-close]": () => setDrawer(false),
    "[data-panel-toggle]": () => setPanel(!panelIsOpen()),
    "[data-panel-close]": () => setPanel(false),
    "[data-scrim]": () => (body.classList.contains("nav-open") ? setDrawer(false) : setPanel(false)),
    "[data-dialog-close]": () => closeDialog(),
    "[data-toast-close]": (element) => element.closest(".toast").remove(),
    "[data-copy]": (element) => copy(element),
    "[data-back]": () => history.back(),
  };
  document.addEventListener("click", (event) => {
    for (const [selector, act] of Object.entries(clicks)) {
      const element = event.target.closest(selector);
      // "Cancel" leads back to the list; within a dialog it only closes it.
      if (element && !(selector === "[data-dialog-close]" && !element.closest("dialog"))) {
        event.preventDefault();
        act(element);
        return;
      }
    }
    for (const menu of document.querySelectorAll("details.dropdown[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.dropdown[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (body.classList.contains("nav-open")) {
      setDrawer(false);
    } else if (body.classList.contains("panel-open")) {
      setPanel(false);
    }
  });
  body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id === "panel-body" && event.detail.requestConfig?.elt.matches("[data-select]") && !panelIsOpen()) setPanel(true);
  });

  /* Dialog: an answer for #dialog-body opens it, HX-Trigger: closeDialog closes it. */
  const dialog = byId("dialog");
  let openedFrom = null;

  function openDialog() {
    const title = dialog.querySelector("h1, h2");
    if (title) {
      title.id = title.id || "dialog-title";
      dialog.setAttribute("aria-labelledby", title.id);
    }
    if (!dialog.open) {
      openedFrom = document.activeElement;
      dialog.showModal();
      dialog.querySelector("#dialog-body :is(input:not([type=hidden]), select, textarea)")?.focus();
    }
  }
  function closeDialog() {
    if (dialog && dialog.open) dialog.close();
  }
  if (dialog) {
    body.addEventListener("htmx:afterSwap", (event) => {
      if (event.detail.target?.id === "dialog-body") openDialog();
    });
    body.addEventListener("closeDialog", closeDialog);
    dialog.addEventListener("close", () => {
      byId("dialog-body").replaceChildren();
      if (openedFrom && openedFrom.isConnected) openedFrom.focus();
    });
    let pressedOutside = false;
    dialog.addEventListener("mousedown", (event) => (pressedOutside = event.target === dialog));
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog && pressedOutside) closeDialog();
    });
  }

  /* Toasts: good news leaves by itself, bad news waits for a person. */
  const toasts = byId("toasts");

  function toast({ tone = "info", title = "", text = "", href = "" }) {
    const template = byId(`toast-${tone}`) || byId("toast-info");
    const element = template.content.firstElementChild.cloneNode(true);
    const heading = element.querySelector(".toast-title");
    if (href) {
      const link = document.createElement("a");
      link.href = href;
      link.textContent = title;
      heading.replaceChildren(link);
    } else {
      heading.textContent = title;
    }
    if (text) {
      const line = document.createElement("p");
      line.textContent = text;
      heading.after(line);
    }
    toasts.append(element);
    while (toasts.children.length > 4) toasts.firstElementChild.remove();
  }
  function leaveLater(element) {
    if (!["info", "success"].includes(element.dataset.toast)) return;
    let timer;
    const start = () => (timer = setTimeout(() => element.remove(), 7000));
    const stop = () => clearTimeout(timer);
    element.addEventListener("mouseenter", stop);
    element.addEventListener("mouseleave", start);
    element.addEventListener("focusin", stop);
    element.addEventListener("focusout", start);
    start();
  }
  // A modal dialog makes everything outside it inert, so toasts move into it while it is open.
  function placeToasts() {
    const place = dialog && dialog.open ? dialog : body;
    if (toasts.parentElement !== place) place.append(toasts);
  }
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.matches?.(".toast")) leaveLater(node);
  }).observe(toasts, { childList: true });
  if (dialog) new MutationObserver(placeToasts).observe(dialog, { attributeFilter: ["open"] });
  toasts.querySelectorAll(".toast").forEach(leaveLater);
  body.addEventListener("toast", (event) => toast(event.detail));

  /* Theme: at once here, and kept by the server for every other browser. */
  document.querySelector("[data-theme-form]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    const data = new FormData(form, event.submitter);
    root.dataset.theme = data.get("theme");
    for (const button of form.querySelectorAll("[name=theme]")) button.setAttribute("aria-pressed", button === event.submitter);
    fetch(form.action, { method: "POST", body: data, redirect: "manual" });
  });

  /* A second click on the same button sends nothing. */
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || event.defaultPrevented || event.target.matches("[data-theme-form], [data-filters], [method=dialog]")) return;
    if (button.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    setBusy(button, true);
    // A download answers without leaving the page.
    setTimeout(() => setBusy(button, false), 8000);
  });
  function setBusy(button, busy) {
    if (busy) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  }
  body.addEventListener("htmx:afterRequest", (event) => {
    for (const button of event.detail.elt.querySelectorAll?.('button[aria-busy="true"]') || []) setBusy(button, false);
  });
  addEventListener("pageshow", () => document.querySelectorAll('button[aria-busy="true"]').forEach((button) => setBusy(button, false)));

  async function copy(element) {
    await navigator.clipboard.writeText(element.dataset.copy);
    element.classList.add("is-done");
    setTimeout(() => element.classList.remove("is-done"), 1200);
  }

  /* Times, in the words of sendense_portal/ui/times.py */
  function roughly(seconds) {
    for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
      if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
    }
    return `${Math.floor(seconds)} s`;
  }
  function ago(seconds) {
    if (seconds < -5) return `in ${roughly(-seconds)}`;
    return seconds < 5 ? "just now" : `${roughly(seconds)} ago`;
  }
  function tick() {
    const now = Date.now();
    for (const element of document.querySelectorAll("time[data-ago], time[data-countdown]")) {
      const seconds = (now - Date.parse(element.dateTime)) / 1000;
      if ("ago" in element.dataset && seconds > 60 * 86400) continue;
      const words = "ago" in element.dataset ? ago(seconds) : seconds < 0 ? roughly(-seconds) : "over";
      if (element.textContent !== words) element.textContent = words;
    }
  }
  setInterval(() => document.hidden || tick(), 1000);

  window.portal = { toast };
})();
