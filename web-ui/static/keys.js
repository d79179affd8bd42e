// Shortcuts: single keys for what links and buttons do. The page /shortcuts lists them; `?` shows it in a dialog.
"use strict";

const SECOND_KEY_MS = 1_500;
const HEART = "❤️";
const main = document.querySelector("main");
const first = (selector, within = document) => within.querySelector(selector);
const press = (element) => { element?.click(); return Boolean(element); };

// ---- Which post is meant ----

const cards = () => [...document.querySelectorAll("main article.post")];
const inSight = (card) => card.getBoundingClientRect().bottom > 80;

// The one that holds the focus, else the one that the address names.
function current() {
  const named = location.hash.startsWith("#post-") && document.getElementById(location.hash.slice(1));
  return document.activeElement?.closest("article.post") ?? (named || null);
}

function stand(card) {
  if (!card) return;
  card.tabIndex = -1;
  card.focus({ preventScroll: true });
  const show = () => card.scrollIntoView({ block: "nearest" });
  show();
  // Cards out of sight have estimated heights; the real ones are known a frame later.
  requestAnimationFrame(() => { if (document.activeElement === card) show(); });
}

function step(by) {
  const all = cards();
  const at = all.indexOf(current());
  if (at >= 0) stand(all[Math.max(0, Math.min(at + by, all.length - 1))]);
  else stand(all.find(inSight) ?? all.at(-1));
}

// ---- What is done with it ----

function write() {
  const box = first("form.writing textarea", main);
  if (!box) return go("/#text");
  box.focus();
  box.scrollIntoView({ block: "nearest" });
}

function heart(card) {
  const mine = [...card.querySelectorAll(".reactions button")];
  const held = mine.find((button) => button.value === HEART && button.ariaPressed === "true");
  press(held ?? mine.find((button) => button.value === HEART && button.name === "on"));
}

function unfold(card) {
  const fold = first("details.warned, .body > details", card);
  if (fold) { fold.open = !fold.open; return; }
  const text = first(".text.long, .text[data-unfolded]", card);
  if (!text) return;
  const isLong = text.classList.toggle("long");
  text.toggleAttribute("data-unfolded", !isLong);
  const more = first(".more", card);
  if (more) more.hidden = !isLong;
}

const withCard = (action) => () => { const card = current(); if (card) action(card); };
const pressIn = (selector) => withCard((card) => press(first(selector, card)));
const go = (path) => { location.assign(path); };

function search() {
  const field = first("input[type=search]");
  if (field) field.focus();
  else if (first('a[href="/search"]')) go("/search#q");
}

const ACTIONS = {
  "?": help,
  j: () => step(1),
  k: () => step(-1),
  o: pressIn(".when a"),
  c: write,
  r: pressIn('.actions a[href$="#text"]'),
  f: withCard(heart),
  b: pressIn('form[action="/bookmark"] button'),
  B: pressIn('form[action="/boost"] button'),
  d: pressIn('.actions a[href^="/delete/"]'),
  x: withCard(unfold),
  ".": () => press(first("#news:not([hidden])")),
  "/": search,
};

const PLACES = {
  h: () => go("/"),
  s: () => go("/spaces"),
  n: () => press(first('a[href="/notifications"]')),
  p: () => press(first("a.me")),
};

// ---- The list of them ----

// A promise from the first key on: pressed twice, it is still one dialog. What failed is tried anew.
let making = null;

async function help() {
  making ??= makeDialog();
  const dialog = await making;
  if (!dialog) making = null;
  else if (!dialog.open) dialog.showModal();
}

async function makeDialog() {
  const answer = await fetch("/shortcuts").catch(() => null);
  if (!answer?.ok || answer.redirected) return null;
  const text = await answer.text().catch(() => null);
  if (text === null) return null;
  const page = new DOMParser().parseFromString(text, "text/html");
  const [heading, list] = [first("main h1", page), first(".shortcuts", page)];
  if (!heading || !list) return null;
  const made = document.createElement("dialog");
  const title = document.createElement("h1");
  title.textContent = heading.textContent;
  title.id = "shortcuts-title";
  made.setAttribute("aria-labelledby", title.id);
  const close = document.createElement("button");
  close.type = "button";
  close.autofocus = true;
  close.className = "plain";
  close.textContent = list.dataset.close;
  close.addEventListener("click", () => made.close());
  made.addEventListener("click", (event) => { if (event.target === made) made.close(); });
  list.classList.remove("card");
  made.append(title, list, close);
  document.body.append(made);
  return made;
}

// ---- Keys ----

const isWriting = (target) => target instanceof Element
  && target.closest("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable]") !== null;

let begun = 0;

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (isWriting(event.target) || document.querySelector("dialog[open]")) return;
  const isSecond = Date.now() - begun < SECOND_KEY_MS;
  begun = 0;
  if (event.key === "g" && !isSecond) { begun = Date.now(); return; }
  const action = (isSecond ? PLACES : ACTIONS)[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

// Only where one is signed in, and not where they were switched off: other programs may need the same keys.
if (document.documentElement.dataset.shortcuts !== "off" && first("nav")) {
  document.addEventListener("keydown", pressed);
  // Where a key led to a field on another page.
  if (["#q", "#text"].includes(location.hash)) document.querySelector(location.hash)?.focus();
}
