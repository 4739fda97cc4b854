"use strict";
/* The file browser's list. Of a long folder only the three pages around what is seen are in the page, and keys
   walk through all of it. Without this the list has pages, check boxes and buttons that do the same. */
(() => {
  const body = document.body;
  const TYPED_WITHIN = 1000;
  let list = null;
  /* What was chosen outlives sorting and filtering of the same folder. */
  const chosen = { folder: "", keys: new Set() };

  class FileList {
    constructor(box) {
      this.box = box;
      this.table = box.querySelector("table");
      this.size = Number(box.dataset.pageSize);
      this.total = Number(box.dataset.total);
      this.last = Math.ceil(this.total / this.size);
      const first = this.table.tBodies[0];
      this.center = Number(first.dataset.page);
      this.pages = new Map([[this.center, first]]);
      this.height = first.rows[0].getBoundingClientRect().height;
      this.current = (this.center - 1) * this.size;
      this.anchor = null;
      this.typed = "";
      this.asked = 0;
      if (chosen.folder !== box.dataset.folder) {
        chosen.folder = box.dataset.folder;
        chosen.keys.clear();
      }
      this.table.setAttribute("role", "grid");
      this.table.setAttribute("aria-multiselectable", "true");
      this.prepare(this.center, first);
      this.place();
      box.addEventListener("scroll", () => this.scrolled(), { passive: true });
      box.addEventListener("keydown", (event) => this.key(event));
      box.addEventListener("change", (event) => this.choose(event.target));
      box.addEventListener("click", (event) => this.clicked(event));
      box.closest("form").addEventListener("formdata", (event) => this.complete(event.formData));
      this.count();
      const found = box.dataset.found;
      const begun = this.current;
      this.show(this.center).then(() => {
        if (this.current === begun && (found || begun)) this.goTo(Number(found ?? begun), Boolean(found));
      });
    }

    /* Rows */
    prepare(number, rows) {
      [...rows.rows].forEach((row, offset) => {
        const index = (number - 1) * this.size + offset;
        row.tabIndex = index === this.current ? 0 : -1;
        row.dataset.index = index;
        row.setAttribute("aria-rowindex", index + 2);
        const check = row.querySelector("input[name=entry]");
        if (check) check.checked = chosen.keys.has(check.value);
        row.setAttribute("aria-selected", Boolean(check?.checked));
      });
    }
    row(index) {
      return this.table.querySelector(`tr[data-index="${index}"]`);
    }
    place() {
      const first = Math.min(...this.pages.keys());
      const end = Math.min(Math.max(...this.pages.keys()) * this.size, this.total);
      this.table.style.marginTop = `${(first - 1) * this.size * this.height}px`;
      this.table.style.marginBottom = `${(this.total - end) * this.height}px`;
    }
    async load(number, extra = "") {
      const headers = { "HX-Request": "true", "HX-Target": "file-rows" };
      const answer = await fetch(`${this.box.dataset.url}${extra || `&page=${number}`}`, { headers });
      if (!answer.ok) throw new Error(answer.status);
      const template = document.createElement("template");
      template.innerHTML = `<table>${await answer.text()}</table>`;
      return template.content.querySelector("tbody");
    }
    /* Brings a page and its neighbours in, and lets the others go. */
    async show(center, known) {
      const mine = ++this.asked;
      const numbers = [center - 1, center, center + 1].filter((number) => number >= 1 && number <= this.last);
      if (known) this.pages.set(center, known);
      let bodies;
      try {
        bodies = await Promise.all(numbers.map((number) => this.pages.get(number) || this.load(number)));
      } catch {
        body.dispatchEvent(new CustomEvent("toast", { detail: { tone: "error", title: "The rows could not be read", text: "Scroll on to try again." } }));
        return;
      }
      if (mine !== this.asked || !this.box.isConnected) return;
      const focused = Number(document.activeElement?.closest?.("[data-index]")?.dataset.index ?? -1);
      const added = bodies.filter((rows) => !rows.isConnected);
      this.center = center;
      this.pages = new Map(numbers.map((number, place) => [number, bodies[place]]));
      numbers.forEach((number, place) => this.prepare(number, bodies[place]));
      for (const rows of [...this.table.tBodies]) if (!bodies.includes(rows)) rows.remove();
      bodies.forEach((rows, place) => {
        if (this.table.tBodies[place] !== rows) this.table.insertBefore(rows, this.table.tBodies[place] || null);
      });
      this.place();
      added.forEach((rows) => htmx.process(rows));
      if (focused >= 0 && document.activeElement === body) (this.row(focused) || this.box).focus({ preventScroll: true });
    }
    pageOf(index) {
      return Math.floor(index / this.size) + 1;
    }
    scrolled() {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => {
        const middle = Math.floor((this.box.scrollTop + this.box.clientHeight / 2) / this.height);
        const center = this.pageOf(Math.max(0, Math.min(middle, this.total - 1)));
        if (center !== this.center) this.show(center);
      });
    }
    async goTo(index, focus = true, known) {
      this.current = Math.max(0, Math.min(index, this.total - 1));
      if (!this.row(this.current)) await this.show(this.pageOf(this.current), known);
      for (const row of this.table.querySelectorAll('tr[tabindex="0"]')) row.tabIndex = -1;
      const row = this.row(this.current);
      if (!row) return;
      row.tabIndex = 0;
      if (focus) row.focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }

    /* Choosing */
    choose(check) {
      if (check.name !== "entry") return;
      if (check.checked) chosen.keys.add(check.value);
      else chosen.keys.delete(check.value);
      check.closest("tr").setAttribute("aria-selected", check.checked);
      this.count();
    }
    set(index, on) {
      const check = this.row(index)?.querySelector("input[name=entry]");
      if (!check || check.checked === on) return;
      check.checked = on;
      this.choose(check);
    }
    count() {
      for (const place of document.querySelectorAll("[data-chosen]")) place.textContent = chosen.keys.size;
    }
    /* What is chosen but not in the page now belongs to the form too. */
    complete(data) {
      const here = new Set(data.getAll("entry"));
      for (const key of chosen.keys) if (!here.has(key)) data.append("entry", key);
      const search = new URLSearchParams(this.box.dataset.url.split("?")[1]).get("q");
      if (search) data.append("q", search);
    }
    clear() {
      chosen.keys.clear();
      for (const check of this.table.querySelectorAll("input[name=entry]:checked")) {
        check.checked = false;
        check.closest("tr").setAttribute("aria-selected", "false");
      }
      this.count();
    }
    clicked(event) {
      const row = event.target.closest("[data-index]");
      if (!row) return;
      const index = Number(row.dataset.index);
      if (event.shiftKey && this.anchor !== null && event.target.matches("input[name=entry]")) {
        const [from, to] = [Math.min(index, this.anchor), Math.max(index, this.anchor)];
        for (let at = from; at <= to; at++) this.set(at, event.target.checked);
      }
      this.anchor = index;
      if (!event.target.closest("a, button, input, label")) this.goTo(index);
    }

    /* Keys */
    key(event) {
      if (event.ctrlKey || event.metaKey || event.target.closest("thead")) return;
      const onControl = event.target.closest("a, button, input");
      const rows = Math.max(1, Math.floor(this.box.clientHeight / this.height) - 2);
      const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: rows, PageUp: -rows, Home: -this.total, End: this.total };
      const up = event.key === "Backspace" || (event.altKey && event.key === "ArrowUp");
      if (up) document.querySelector(".file-path li:nth-last-child(2) a")?.click();
      else if (event.altKey) return;
      else if (event.key in steps) {
        if (event.shiftKey) this.set(this.current, true);
        this.goTo(this.current + steps[event.key]).then(() => event.shiftKey && this.set(this.current, true));
      } else if (event.key === "Enter" && !onControl) this.row(this.current)?.querySelector("a.is-folder, .actions a")?.click();
      else if (event.key === " " && !onControl) {
        const check = this.row(this.current)?.querySelector("input[name=entry]");
        this.set(this.current, !check?.checked);
      } else if (event.key.length === 1 && event.key !== " ") this.type(event.key);
      else return;
      event.preventDefault();
    }
    /* Turns to the first name that begins with what was typed. */
    type(letter) {
      clearTimeout(this.forget);
      this.typed += letter;
      this.forget = setTimeout(() => (this.typed = ""), TYPED_WITHIN);
      clearTimeout(this.typing);
      const text = this.typed;
      this.typing = setTimeout(async () => {
        const rows = await this.load(0, `&jump=${encodeURIComponent(text)}`).catch(() => null);
        if (rows?.dataset.found) this.goTo(Number(rows.dataset.found), true, rows);
      }, 120);
    }
  }

  function begin() {
    const box = document.querySelector("[data-files]");
    if (box && box !== list?.box) list = new FileList(box);
  }
  body.addEventListener("htmx:afterSettle", begin);
  body.addEventListener("basketFilled", () => list?.clear());
  begin();
})();
