"use strict";
/* The one socket of a page (sendense_portal/live/consumer.py): it says what the page shows and hears when
   that changes. Without it parts ask for themselves every few seconds ("live:poll"). */
(() => {
  const body = document.body;
  const path = body.dataset.liveUrl;
  if (!path) return;

  const POLL_EVERY = 5000;
  const LONGEST_WAIT = 30000;
  const HIDDEN_FOR = 60000;
  const NO_RIGHTS = 4403;
  const WORDS = { live: "Live", reconnecting: "Reconnecting…", paused: "Paused" };

  let socket = null;
  let tries = 0;
  let sent = "";
  let hadSocket = false;
  let reconnectTimer, pollTimer, hideTimer, watchTimer;

  function show(state) {
    for (const element of document.querySelectorAll("[data-live-state]")) {
      element.dataset.liveState = state;
      element.title = { live: "Changes appear by themselves", reconnecting: "Asking every few seconds meanwhile", paused: "Goes on when you come back" }[state];
      element.querySelector("[data-live-word]").textContent = WORDS[state];
    }
  }
  function signal(name) {
    body.dispatchEvent(new CustomEvent(`live:${name}`));
  }

  function connect() {
    clearTimeout(reconnectTimer);
    if (socket || document.hidden || !navigator.onLine) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const mine = (socket = new WebSocket(`${scheme}//${location.host}${path}`));
    mine.addEventListener("open", () => {
      sent = "";
      tries = 0;
      stopPolling();
      show("live");
      watch();
      // Whatever happened in between was missed.
      if (hadSocket) signal("poll");
      hadSocket = true;
    });
    mine.addEventListener("message", (event) => hear(event.data));
    mine.addEventListener("close", (event) => {
      if (socket !== mine) return;
      socket = null;
      if (event.code === NO_RIGHTS) leave();
      else lineLost();
    });
  }
  function lineLost() {
    if (document.hidden || !navigator.onLine) return pause();
    show("reconnecting");
    startPolling();
    const wait = Math.min(LONGEST_WAIT, 500 * 2 ** tries++) * (0.5 + Math.random() / 2);
    reconnectTimer = setTimeout(connect, wait);
  }
  /* Signed out elsewhere: the reload leads to the sign-in page. Signed in and still refused: not again and again. */
  function leave() {
    const before = Number(sessionStorage.getItem("left"));
    if (Date.now() - before < 60000) {
      show("paused");
      return;
    }
    sessionStorage.setItem("left", Date.now());
    location.reload();
  }
  function pause() {
    clearTimeout(reconnectTimer);
    stopPolling();
    const open = socket;
    socket = null;
    open?.close();
    show("paused");
  }
  function resume() {
    clearTimeout(hideTimer);
    if (socket) return;
    show("reconnecting");
    tries = 0;
    startPolling();
    connect();
  }

  function hear(text) {
    if (!text.startsWith("{")) {
      htmx.swap(body, text, { swapStyle: "none", swapDelay: 0, settleDelay: 0 });
      return;
    }
    const message = JSON.parse(text);
    if (message.signal) signal(message.signal);
    if (message.toast) body.dispatchEvent(new CustomEvent("toast", { detail: message.toast }));
  }
  function watch() {
    const names = [...document.querySelectorAll("[data-live]")].map((element) => element.dataset.live);
    const message = JSON.stringify({ watch: [...new Set(names)].sort() });
    if (socket?.readyState !== WebSocket.OPEN || message === sent) return;
    socket.send(message);
    sent = message;
  }

  function startPolling() {
    pollTimer ??= setInterval(() => document.hidden || signal("poll"), POLL_EVERY);
  }
  function stopPolling() {
    clearInterval(pollTimer);
    pollTimer = undefined;
  }

  body.addEventListener("htmx:afterSettle", () => {
    clearTimeout(watchTimer);
    watchTimer = setTimeout(watch, 200);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hideTimer = setTimeout(pause, HIDDEN_FOR);
    else resume();
  });
  addEventListener("online", resume);
  addEventListener("offline", pause);
  // Leaving the page is not a lost line, and a page kept for the Back button starts afresh.
  addEventListener("pagehide", pause);
  addEventListener("pageshow", (event) => event.persisted && resume());

  show("reconnecting");
  connect();
})();
