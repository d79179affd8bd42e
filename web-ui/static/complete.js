// Names after "@" and tags after "#", offered while one writes: ARIA's combobox pattern with a list, but for the role, which
// a text of several lines can't have. Without scripts keys and tags are typed.
"use strict";

(() => {
  const WAIT_MS = 120;
  const WORD = /(?:^|[\s(\[{"'“„«])([@#][^\s@#]{1,40})$/u;
  let numbers = 0;

  function attend(area) {
    const list = document.createElement("ul");
    list.className = "offers";
    list.id = `offers-${numbers++}`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", area.labels[0]?.textContent ?? "");
    list.hidden = true;
    area.after(list);
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-haspopup", "listbox");
    let chosen = -1;
    let timer = 0;
    let asked = "";

    const options = () => [...list.children];

    function close() {
      clearTimeout(timer);
      asked = "";
      chosen = -1;
      list.hidden = true;
      list.replaceChildren();
      area.removeAttribute("aria-controls");
      area.removeAttribute("aria-activedescendant");
    }

    function choose(number) {
      const all = options();
      chosen = (number + all.length) % all.length;
      all.forEach((option, at) => option.setAttribute("aria-selected", at === chosen ? "true" : "false"));
      area.setAttribute("aria-activedescendant", all[chosen].id);
      all[chosen].scrollIntoView({ block: "nearest" });
    }

    // The word that is being written, up to where one writes.
    function word() {
      if (area.selectionStart !== area.selectionEnd) return "";
      return WORD.exec(area.value.slice(0, area.selectionStart))?.[1] ?? "";
    }

    function take(option) {
      const written = word();
      if (!written) return close();
      const end = area.selectionStart;
      area.setRangeText(`${option.dataset.insert} `, end - written.length, end, "end");
      close();
      area.dispatchEvent(new Event("input", { bubbles: true }));
      area.focus();
    }

    // Under the line that is written, as well as that can be told without measuring letters.
    function place() {
      const lines = area.value.slice(0, area.selectionStart).split("\n").length;
      const height = parseFloat(getComputedStyle(area).lineHeight) || 24;
      const below = Math.min(lines * height + 12, area.offsetHeight);
      list.style.top = `${area.offsetTop + below}px`;
      list.style.insetInlineStart = `${area.offsetLeft}px`;
    }

    function show(offers) {
      if (offers.length === 0) return close();
      list.replaceChildren(...offers.map((offer, at) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${at}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.insert = offer.insert;
        const name = document.createElement("bdi");
        name.textContent = offer.label;
        const note = document.createElement("small");
        note.textContent = offer.note;
        option.append(name, note);
        // A press mustn't take the focus from the text.
        option.addEventListener("mousedown", (event) => event.preventDefault());
        option.addEventListener("click", () => take(option));
        return option;
      }));
      list.hidden = false;
      place();
      area.setAttribute("aria-controls", list.id);
      choose(0);
    }

    async function ask(text) {
      const answer = await fetch(`/complete?q=${encodeURIComponent(text)}`);
      if (!answer.ok || answer.redirected) return;
      const offers = await answer.json();
      if (text === asked) show(offers);
    }

    area.addEventListener("input", (event) => {
      const written = event.isComposing ? "" : word();
      if (!written) return close();
      asked = written;
      clearTimeout(timer);
      timer = setTimeout(() => ask(written).catch(close), WAIT_MS);
    });
    area.addEventListener("keydown", (event) => {
      if (list.hidden || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      const steps = { ArrowDown: 1, ArrowUp: -1 };
      if (event.key in steps) choose(chosen + steps[event.key]);
      else if (event.key === "Enter" || event.key === "Tab") take(options()[chosen]);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopImmediatePropagation();
    }, true);
    area.addEventListener("blur", close);
    area.addEventListener("click", close);
  }

  for (const area of document.querySelectorAll("form.writing textarea")) attend(area);
})();
