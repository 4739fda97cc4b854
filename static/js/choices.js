"use strict";
/* Long lists of check boxes ([data-choices]): a field narrows them by what is typed, and the chosen are counted. */
(() => {
  function prepare(list) {
    const search = list.querySelector(".choices-search");
    const count = list.querySelector(".choices-count");
    const labels = [...list.querySelectorAll("label")];
    const tell = () => {
      count.textContent = `${labels.filter((label) => label.firstChild.checked).length} / ${labels.length}`;
    };
    search.hidden = labels.length < 8;
    search.addEventListener("input", () => {
      const words = search.value.toLowerCase();
      for (const label of labels) label.hidden = !label.textContent.toLowerCase().includes(words);
    });
    // Enter narrows; it does not send the form.
    search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
    list.addEventListener("change", tell);
    tell();
  }
  document.querySelectorAll("[data-choices]").forEach(prepare);
})();
