// Suggestions while typing, and lists that answer to a tick at once. Every page works without this file.
"use strict";
(() => {
  const box = document.querySelector("input[data-suggest]");
  if (box) {
    const list = document.getElementById(box.getAttribute("list"));
    let timer, asked = "", controller;
    const texts = (found) => (Array.isArray(found) ? found[1] : found.suggestions || found.items || [])
      .map((one) => (typeof one === "string" ? one : one.text || one.title || one.value || ""));
    const ask = async () => {
      const text = box.value.trim();
      if (text === asked || text.length < 1 || text.length > 100) return;
      asked = text;
      if (controller) controller.abort();
      controller = new AbortController();
      try {
        const answer = await fetch(box.dataset.suggest + "?q=" + encodeURIComponent(text), { signal: controller.signal });
        if (!answer.ok) return;
        const options = texts(await answer.json()).filter(Boolean).slice(0, 10).map((one) => {
          const option = document.createElement("option");
          option.value = one;
          return option;
        });
        list.replaceChildren(...options);
      } catch { /* without suggestions */ }
    };
    box.addEventListener("input", (event) => {
      clearTimeout(timer);
      if (event.isComposing) return;
      timer = setTimeout(ask, 150);
    });
    box.addEventListener("compositionend", () => { timer = setTimeout(ask, 150); });
  }
  const print = document.querySelector("[data-print]");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
  const find = document.querySelector("input[data-find]");
  if (find) {
    const rows = [...document.querySelectorAll("[data-row]")];
    find.addEventListener("input", () => {
      const part = find.value.trim().toLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(part);
    });
  }
})();
