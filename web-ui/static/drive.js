"use strict";

// Files into the drive: chosen, dropped anywhere on the page, or pasted; sent one after another, each with its progress.
// Without scripts the form sends them. Nothing is in the drive before the whole of it has arrived.

const TOKEN = "x-csrf";
// Longer ones are asked about before they are sent, so that a refusal doesn't come after an hour.
const ASKED_FROM_BYTES = 4_000_000;
// So many rows are shown; of the rest only how many there are.
const ROWS_SHOWN = 200;
const UNITS = ["kB", "MB", "GB", "TB"];

function size(bytes, few) {
  if (bytes < 1000) return few.replace("{n}", bytes);
  let [count, unit] = [bytes, -1];
  while ((count >= 999.5 && unit < UNITS.length - 1) || unit < 0) { count /= 1000; unit += 1; }
  const digits = count < 99.95 ? 1 : 0;
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${count.toLocaleString(document.documentElement.lang, format)} ${UNITS[unit]}`;
}

// ---- What is dropped: files, and folders with all below them ----

const entryFile = (entry) => new Promise((resolve, reject) => { entry.file(resolve, reject); });
const nextEntries = (reader) => new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });

// Every file below some entries, with its path; at most `max` and one more.
async function filesBelow(entries, max) {
  const found = [];
  const waiting = entries.map((entry) => ({ entry, path: entry.name }));
  while (waiting.length && found.length <= max) {
    const { entry, path } = waiting.shift();
    if (entry.isFile) {
      try { found.push({ file: await entryFile(entry), path }); } catch { /* Gone since. */ }
    } else if (entry.isDirectory) {
      const reader = entry.createReader();
      for (;;) {
        const part = await nextEntries(reader).catch(() => []);
        if (part.length === 0) break;
        waiting.push(...part.map((below) => ({ entry: below, path: `${path}/${below.name}` })));
      }
    }
  }
  return found;
}

function dropped(transfer, max) {
  const items = [...(transfer.items ?? [])].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length) return filesBelow(entries, max);
  return Promise.resolve([...transfer.files].map((file) => ({ file, path: file.name })));
}

// ---- Files on their way ----

function tendDrive(drop) {
  const here = drop.dataset.drive;
  const filesMax = Number(drop.dataset.filesMax);
  const form = drop.querySelector("form.upload");
  const input = form.querySelector("input[type=file]");
  const panel = document.querySelector(".uploads");
  const list = panel.querySelector("ul");
  const template = panel.querySelector("template.one-upload");
  const words = panel.dataset;
  const state = panel.querySelector(":scope > .state");
  const bar = panel.querySelector("progress.all");
  const many = panel.querySelector(".many");
  const closing = panel.querySelector(".close");
  const cancelling = panel.querySelector(".cancel-all");
  let uploads = [];
  let current = null;
  let always = null;

  function row() {
    const made = template.content.firstElementChild.cloneNode(true);
    list.append(made);
    return made;
  }

  function add(files) {
    if (files.length === 0) return;
    if (panel.hidden) reset();
    panel.hidden = false;
    many.hidden = files.length <= filesMax;
    many.textContent = files.length > filesMax ? words.many : "";
    for (const { file, path } of files.slice(0, filesMax)) {
      const upload = { file, path, sent: 0, status: "waits", existing: always ?? "ask", row: null, request: null };
      uploads.push(upload);
      if (list.children.length < ROWS_SHOWN) show(upload);
    }
    tell();
    next();
    panel.scrollIntoView({ block: "nearest" });
  }

  function reset() {
    uploads = [];
    always = null;
    list.replaceChildren();
  }

  function show(upload) {
    const made = upload.row = row();
    made.querySelector(".name").textContent = upload.path;
    made.querySelector(".size").textContent = size(upload.file.size, words.few);
    made.querySelector(".cancel").addEventListener("click", () => cancel(upload));
    made.querySelector(".again").addEventListener("click", () => again(upload));
    for (const button of made.querySelectorAll("[data-answer]")) {
      button.addEventListener("click", () => answer(upload, button.dataset.answer, made.querySelector("input").checked));
    }
    paint(upload);
  }

  function paint(upload) {
    const { row: made, status } = upload;
    if (!made) return;
    const said = status === "failed" ? upload.message : words[status] ?? "";
    made.className = status;
    made.querySelector(".under .state").textContent = said;
    const part = made.querySelector("progress");
    part.hidden = status !== "coming" && status !== "working";
    if (status === "working") part.removeAttribute("value");
    else part.value = upload.file.size ? upload.sent / upload.file.size : 0;
    made.querySelector(".cancel").hidden = !["waits", "coming", "working"].includes(status);
    made.querySelector(".again").hidden = !["failed", "cancelled"].includes(status);
    made.querySelector(".asks-what").hidden = status !== "taken";
    const link = made.querySelector(".open");
    link.hidden = status !== "here" || !upload.href;
    if (upload.href) link.href = `${upload.href}?show`;
  }

  function set(upload, status, more = {}) {
    Object.assign(upload, { status, ...more });
    if (!upload.row && status !== "waits" && list.children.length < ROWS_SHOWN) show(upload);
    // Who has to decide something must see it.
    if (!upload.row && (status === "taken" || status === "failed")) show(upload);
    paint(upload);
    tell();
  }

  const is = (...statuses) => uploads.filter(({ status }) => statuses.includes(status));
  const isBusy = () => is("waits", "coming", "working").length > 0;

  // What is told aloud changes with files, what is seen with bytes.
  let told = "";
  function tell() {
    const done = is("here", "skipped").length;
    const counted = uploads.filter(({ status }) => status !== "skipped" && status !== "cancelled");
    const total = counted.reduce((sum, { file }) => sum + file.size, 0);
    const sent = counted.reduce((sum, upload) => sum + (upload.status === "here" ? upload.file.size : upload.sent), 0);
    bar.value = total ? sent / total : 1;
    const busy = isBusy();
    const whole = !busy && done === uploads.length;
    const some = !busy && !is("taken").length;
    const all = words.all.replace("{done}", done).replace("{all}", uploads.length);
    const line = whole ? words.done : some ? words.some : all.replace("{bytes}", size(sent, words.few)).replace("{total}", size(total, words.few));
    if (line !== told) state.textContent = told = line;
    bar.hidden = whole;
    cancelling.hidden = !busy;
    closing.hidden = busy || is("taken").length > 0;
  }

  async function next() {
    if (current) return;
    current = uploads.find(({ status }) => status === "waits") ?? null;
    if (!current) {
      if (!isBusy()) refresh();
      return;
    }
    const upload = current;
    set(upload, "coming", { sent: 0 });
    if (upload.file.size >= ASKED_FROM_BYTES && upload.existing === "ask") {
      const may = await ask(upload);
      if (upload.status !== "coming") return ended(upload);
      if (may) { set(upload, ...may); return ended(upload); }
    }
    send(upload);
  }

  function ended(upload) {
    if (current === upload) current = null;
    if (upload.status === "taken" && always) answer(upload, always, false);
    next();
  }

  // Why a file can't be sent as it is; nothing if it can.
  async function ask({ file, path }) {
    const query = new URLSearchParams({ may: path, bytes: file.size });
    try {
      const got = await fetch(`${here}?${query}`);
      const said = await got.json();
      if (!got.ok) return ["failed", { message: said.message ?? words.failed }];
      return said.free ? null : ["taken"];
    } catch {
      return ["failed", { message: words.failed }];
    }
  }

  function send(upload) {
    const request = upload.request = new XMLHttpRequest();
    const query = new URLSearchParams({ name: upload.path, existing: upload.existing, modified: upload.file.lastModified });
    request.open("POST", `${here}?${query}`);
    request.responseType = "json";
    request.setRequestHeader("content-type", "application/octet-stream");
    request.setRequestHeader(TOKEN, form.elements.csrf.value);
    request.upload.addEventListener("progress", ({ loaded }) => {
      upload.sent = Math.min(loaded, upload.file.size);
      paint(upload);
      tell();
    });
    request.upload.addEventListener("load", () => { if (upload.status === "coming") set(upload, "working"); });
    request.addEventListener("loadend", () => {
      upload.request = null;
      const said = request.response;
      if (upload.status === "cancelled") set(upload, "cancelled", { sent: 0 });
      else if (request.status === 200 && said?.taken) set(upload, "taken", { sent: 0 });
      else if (request.status === 200) set(upload, "here", { href: said?.href });
      else set(upload, "failed", { sent: 0, message: said?.message ?? words.failed });
      ended(upload);
    });
    request.send(upload.file);
  }

  function cancel(upload) {
    const { request } = upload;
    set(upload, "cancelled", { sent: 0 });
    request?.abort();
    if (!request) ended(upload);
  }

  function again(upload) {
    set(upload, "waits", { existing: always ?? "ask", sent: 0 });
    next();
  }

  function answer(upload, choice, forAll) {
    if (forAll) always = choice;
    const meant = forAll ? is("taken") : [upload];
    for (const one of meant) {
      if (choice === "skip") set(one, "skipped");
      else set(one, "waits", { existing: choice });
    }
    if (forAll) for (const one of is("waits")) one.existing = choice === "skip" ? "ask" : choice;
    next();
  }

  cancelling.addEventListener("click", () => {
    for (const upload of is("waits")) set(upload, "cancelled");
    if (current) cancel(current);
  });
  closing.addEventListener("click", () => {
    panel.hidden = true;
    input.focus();
  });

  // The folder as it is now, without losing one's place.
  async function refresh() {
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["listing", "sums"]) {
      const fresh = page.getElementById(id);
      if (fresh) document.getElementById(id)?.replaceWith(fresh);
    }
  }

  // ---- How files are chosen ----

  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("change", () => {
    add([...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })));
    input.value = "";
  });
  const folders = form.querySelector("[data-folder]");
  if ("webkitdirectory" in input) {
    folders.hidden = false;
    folders.addEventListener("click", () => {
      const chooser = document.createElement("input");
      chooser.type = "file";
      chooser.webkitdirectory = true;
      chooser.addEventListener("change", () =>
        add([...chooser.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }))));
      chooser.click();
    });
  }

  const bringsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let inside = 0;
  addEventListener("dragenter", (event) => {
    if (!bringsFiles(event)) return;
    inside += 1;
    drop.classList.add("over");
  });
  addEventListener("dragleave", () => {
    inside = Math.max(0, inside - 1);
    if (!inside) drop.classList.remove("over");
  });
  addEventListener("dragover", (event) => { if (bringsFiles(event)) event.preventDefault(); });
  addEventListener("drop", async (event) => {
    inside = 0;
    drop.classList.remove("over");
    if (!bringsFiles(event)) return;
    event.preventDefault();
    add(await dropped(event.dataTransfer, filesMax));
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    add(files.map((file) => ({ file, path: file.name })));
  });
  addEventListener("beforeunload", (event) => { if (isBusy()) event.preventDefault(); });
}

for (const drop of document.querySelectorAll("[data-drive]")) tendDrive(drop);
