// What only a script can add. Every page works without it.
"use strict";

// ---- Words: the page brings them, in its language (src/script.rs) ----

const LANGUAGE = document.documentElement.lang;
const PLURALS = new Intl.PluralRules(LANGUAGE);
const WORDS = new Map((document.body.dataset.words ?? "").split("\n").map((line) => {
  const at = line.indexOf("=");
  return [line.slice(0, at), line.slice(at + 1)];
}));

function word(name, values = {}) {
  const text = WORDS.get(name) ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

// What is said by number; `shown` is what stands for it.
function counted(name, number, shown = number) {
  const form = `${name}.${PLURALS.select(number)}`;
  return word(WORDS.has(form) ? form : `${name}.other`, { n: shown });
}

// ---- Times: the same as src/time.rs says ----

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MONTHS = word("months").split("|");
// As the browser writes dates, unless it speaks another language than the page.
const DATES = navigator.languages.find((one) => one.split("-")[0] === LANGUAGE) ?? LANGUAGE;

function relative(nowMs, timeMs) {
  const agoMs = nowMs - timeMs;
  if (agoMs < -DAY_MS || agoMs >= 7 * DAY_MS) {
    const date = new Date(timeMs);
    const year = date.getUTCFullYear();
    const values = { day: date.getUTCDate(), month: MONTHS[date.getUTCMonth()], year };
    const thisYear = year === new Date(nowMs).getUTCFullYear();
    return thisYear ? word("date", values) : word("date-year", values);
  }
  if (agoMs < MINUTE_MS) return word("now");
  if (agoMs < HOUR_MS) return counted("minutes", Math.floor(agoMs / MINUTE_MS));
  if (agoMs < DAY_MS) return counted("hours", Math.floor(agoMs / HOUR_MS));
  return counted("days", Math.floor(agoMs / DAY_MS));
}

function refreshTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const timeMs = Date.parse(time.dateTime);
    if (Number.isNaN(timeMs)) continue;
    const said = relative(Date.now(), timeMs);
    if (time.textContent !== said) time.textContent = said;
    time.title = new Date(timeMs).toLocaleString(DATES);
  }
}

// ---- Writing: grows, counts, sends by keyboard, survives a reload and the tab ----

const KEEP = "hearth-text:";
const KEPT = [KEEP, "hearth-photos:"];
const KEPT_MAX = 20;
const KEPT_MS_MAX = 30 * DAY_MS;
// Of this tab alone: what it sent last, and what was written in it.
const SENT = "hearth-sent";
const MINE = "hearth-mine:";
const COUNT_FROM_BYTES = 1024;

// Storage can be switched off; then nothing is kept, and nothing else breaks.
function kept(action) {
  try { return action(localStorage, sessionStorage); } catch { return null; }
}

function parsed(value) {
  try { return JSON.parse(value); } catch { return null; }
}

// The newest drafts stay, for a while.
function dropOldDrafts() {
  kept((storage) => {
    for (const prefix of KEPT) {
      const drafts = Object.keys(storage).filter((key) => key.startsWith(prefix))
        .map((key) => ({ key, timeMs: Number(parsed(storage.getItem(key))?.timeMs) || 0 }))
        .sort((one, other) => other.timeMs - one.timeMs);
      const isOver = ({ timeMs }, at) => at >= KEPT_MAX || Date.now() - timeMs > KEPT_MS_MAX;
      for (const { key } of drafts.filter(isOver)) storage.removeItem(key);
    }
  });
}

// The server counts lines as ending with one byte.
const bytesOf = (text) => new TextEncoder().encode(text.replaceAll("\r\n", "\n")).length;

function grow(area) {
  if (CSS.supports("field-sizing", "content")) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

function count(area) {
  const max = Number(area.dataset.bytesMax);
  const shown = area.form.querySelector("output");
  if (!max || !shown) return;
  const left = max - bytesOf(area.value);
  shown.hidden = left > COUNT_FROM_BYTES;
  shown.classList.toggle("over", left < 0);
  shown.textContent = left < 0 ? counted("over", -left) : counted("left", left);
  area.setCustomValidity(left < 0 ? counted("too-long", -left) : "");
}

const keyOf = (area) => KEEP + area.dataset.keep;
const draftOf = (area) => kept((storage) => parsed(storage.getItem(keyOf(area))));
const choiceOf = (area) => area.form.querySelector("select[name=audience]");
const forgetKey = (key) => kept((storage, own) => {
  storage.removeItem(key);
  own.removeItem(MINE + key);
});
const forget = (area) => forgetKey(keyOf(area));

// A text is kept with those it is meant for: it mustn't come back for others.
function keep(area) {
  const draft = { text: area.value, audience: choiceOf(area)?.value, timeMs: Date.now() };
  kept((storage, own) => {
    own.setItem(MINE + keyOf(area), "yes");
    storage.setItem(keyOf(area), JSON.stringify(draft));
  });
}

function restoreChoice(area, value) {
  const choice = choiceOf(area);
  if (!choice || !value) return;
  const values = [...choice.options].map((option) => option.value);
  // What can't be chosen any more gives way to oneself alone, from where one chooses again.
  if (values.includes(value)) choice.value = value;
  else if (values.includes("private")) choice.value = "private";
}

// A page that reports a problem brings the text back itself; it isn't saved, so it stays kept.
function restore(area) {
  const draft = draftOf(area);
  const refused = document.querySelector(".notice.problem") && area.defaultValue !== "";
  if (refused) keep(area);
  else if (!draft) return;
  else if (draft.text === area.value) forget(area);
  else if (area.value === area.defaultValue) {
    area.value = draft.text;
    restoreChoice(area, draft.audience);
  }
}

// Another tab wrote or sent the same: what stands here as it was goes along, what is being written here stays.
function followOtherTabs({ key, oldValue, newValue }) {
  for (const area of document.querySelectorAll("textarea[data-keep]")) {
    if (key !== keyOf(area)) continue;
    const isBusy = document.hasFocus() && area === document.activeElement && area.value !== "";
    if (isBusy || ![area.defaultValue, parsed(oldValue)?.text].includes(area.value)) continue;
    const draft = parsed(newValue);
    area.value = draft?.text ?? area.defaultValue;
    restoreChoice(area, draft?.audience);
    grow(area);
    count(area);
  }
}

function tend(area) {
  restore(area);
  const changed = () => { grow(area); count(area); };
  changed();
  area.addEventListener("input", () => {
    changed();
    keep(area);
  });
  choiceOf(area)?.addEventListener("change", () => { if (area.value) keep(area); });
  area.form.querySelector("[data-cancel]")?.addEventListener("click", () => forget(area));
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      area.form.requestSubmit();
    }
  });
}

// What was sent is forgotten only when the next page says that it was done. After anything else (an
// error, a server that is down, a session that has ended) the text stays.
function forgetWhatArrived() {
  const sent = kept((_, own) => parsed(own.getItem(SENT)));
  if (!sent) return;
  kept((_, own) => own.removeItem(SENT));
  if (document.querySelector(".notice.good") === null || cameBack()) return;
  // Words that another tab wrote meanwhile weren't sent.
  const isSame = kept((storage) => parsed(storage.getItem(sent.key))?.text === sent.text);
  if (isSame) forgetKey(sent.key);
  else kept((_, own) => own.removeItem(MINE + sent.key));
}

const cameBack = () => performance.getEntriesByType("navigation")[0]?.type === "back_forward";

// Browsers fill a form again when one goes back to it: what was sent since mustn't be sent twice.
function emptyWhatArrived() {
  for (const area of document.querySelectorAll("textarea[data-keep]")) {
    const key = keyOf(area);
    const arrived = kept((storage, own) => storage.getItem(key) === null && own.getItem(MINE + key) === null);
    if (!arrived || area.value === area.defaultValue) continue;
    area.value = area.defaultValue;
    grow(area);
    count(area);
  }
}

// The address says what was done; once read, it needn't say it again.
function forgetDone() {
  const address = new URL(location.href);
  if (!address.searchParams.has("done")) return;
  address.searchParams.delete("done");
  history.replaceState(history.state, "", address);
}

function watchForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const area = form.querySelector("textarea[data-keep]");
    if (area) {
      keep(area);
      kept((_, own) => own.setItem(SENT, JSON.stringify({ key: keyOf(area), text: area.value })));
    }
    if (form.action.endsWith("/sign-out")) kept((storage, own) => { storage.clear(); own.clear(); });
    for (const button of form.querySelectorAll("button[type=submit]:not([data-stays])")) {
      setTimeout(() => { button.disabled = true; });
    }
  });
  // Pages that come back from the browser's memory must be usable again.
  addEventListener("pageshow", (event) => {
    for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;
    if (event.persisted || cameBack()) emptyWhatArrived();
  });
}

// ---- Copying ----

function offerCopying() {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    const label = button.querySelector("span");
    button.hidden = false;
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
      } catch {
        // Outside a secure context there is only the old way.
        if (!document.execCommand("copy")) return;
      }
      label.textContent = word("copied");
      setTimeout(() => { label.textContent = word("copy"); }, 2000);
    });
  }
}

function offerPrinting() {
  for (const button of document.querySelectorAll("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}

// ---- News: posts that arrive while the page is open ----

// From so many on, a fresh page is better than a long insertion (and the answer may have been cut).
const NEWS_MAX = 20;
const RETRY_MS = 5_000;
const RETRY_MS_MAX = 60_000;
const LOOK_MS = 1_000;

// The server says that something changed; `heard` gets the newest post's place. `opened` is called
// whenever the line is (again) there, since something may have been missed.
function listen(opened, heard) {
  let retryMs = RETRY_MS;
  let retry = 0;
  let events = null;

  function close() {
    events?.close();
    events = null;
    clearTimeout(retry);
  }

  function open() {
    close();
    const stream = events = new EventSource("/events");
    const later = () => {
      stream.close();
      clearTimeout(retry);
      retry = setTimeout(open, retryMs);
      retryMs = Math.min(2 * retryMs, RETRY_MS_MAX);
    };
    stream.addEventListener("open", () => { retryMs = RETRY_MS; opened(); });
    stream.addEventListener("post", (event) => {
      let latest;
      try { latest = JSON.parse(event.data).newest; } catch { return; }
      heard(latest);
    });
    stream.addEventListener("unread", (event) => showUnread(event.data));
    stream.addEventListener("bye", later);
    stream.addEventListener("error", () => {
      if (stream.readyState === EventSource.CLOSED) later();
    });
  }

  // A browser keeps six connections to a server and no more: of all pages that are out of sight, only
  // the last one listens on.
  const ears = new BroadcastChannel("hearth-ears");
  const outOfSight = () => { if (document.hidden) ears.postMessage("mine"); };
  ears.addEventListener("message", () => { if (document.hidden) close(); });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) outOfSight();
    else if (!events || events.readyState === EventSource.CLOSED) open();
  });
  addEventListener("pagehide", close);
  // Who signs out is told nothing more: a question on the way out would be refused.
  addEventListener("submit", ({ target }) => { if (target.action.endsWith("/sign-out")) close(); });
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
  outOfSight();
}

// How much one is told and hasn't read, beside its place in the navigation.
function showUnread(data) {
  let said;
  try { said = JSON.parse(data); } catch { return; }
  const item = document.querySelector("nav a.item[href='/notifications']");
  const old = item?.querySelector(".asks");
  if (!item || said.unread === 0) { old?.remove(); return; }
  const part = (text) => Object.assign(document.createElement("span"), { textContent: text });
  const shown = part(said.unread >= 99 ? "99+" : `${said.unread}`);
  shown.ariaHidden = "true";
  const read = part(counted("unread", said.unread));
  read.className = "hidden";
  const badge = part("");
  badge.className = "asks";
  badge.append(shown, read);
  if (old?.textContent === badge.textContent) return;
  old?.remove();
  item.append(badge);
}

// A burst of news is one reason to look.
function soon(action) {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      // The next news asks again.
      action().catch(() => {});
    }, LOOK_MS);
  };
}

// What the server says stands on a page, so that it isn't made and sent once more while nothing changed: `shown.mark`.
async function fetchPage(address, shown = {}) {
  const known = shown.mark ? `${address.includes("?") ? "&" : "?"}shown=${shown.mark}` : "";
  const answer = await fetch(address + known);
  if (answer.status !== 200 || answer.redirected) return null;
  const text = await answer.text();
  // Only now: what breaks off on its way was not shown, and is asked for again.
  shown.mark = answer.headers.get("hearth-shown");
  return new DOMParser().parseFromString(text, "text/html");
}

// Whether somebody is busy in there, by keyboard or with something opened.
const holdsFocus = (element) => (element !== document.activeElement
  && element.contains(document.activeElement)) || element.querySelector("details[open]") !== null;

// What can change about a card (but for its age).
function said(card) {
  const parts = [...card.querySelectorAll(".name, .text, .answers, .audience, .body > .reactions")];
  const when = card.querySelector(".when");
  const marks = when.textContent.replace(when.querySelector("time").textContent, "");
  const said = parts.map((part) => part.textContent);
  return [...said, marks].join("\0");
}

// Whoever stands on a card by keyboard stays there, and what they unfolded stays so.
function replace(old, card) {
  const stood = old === document.activeElement;
  if (old.querySelector(".text[data-unfolded]")) {
    const text = card.querySelector(".text.long");
    text?.classList.remove("long");
    text?.setAttribute("data-unfolded", "");
    const more = text && card.querySelector(".more");
    if (more) more.hidden = true;
  }
  old.replaceWith(card);
  if (!stood) return;
  card.tabIndex = -1;
  card.focus({ preventScroll: true });
}

// Brings the cards of a list up to date; gives back those that it doesn't have, and whether all others are as they should be.
function refresh(list, page) {
  const cards = [...page.querySelectorAll("article.post[data-local-id]")];
  const shown = new Map([...list.children].map((card) => [card.id, card]));
  const fresh = cards.filter((card) => !shown.has(card.id));
  const more = page.querySelector(".paging a[href*='before=']") !== null;
  const places = cards.map((card) => card.dataset.localId).sort();
  const floor = more ? places[0] : "";
  const there = new Set(cards.map((card) => card.id));
  let isWhole = true;
  for (const card of cards) {
    const old = shown.get(card.id);
    if (!old || said(old) === said(card)) continue;
    if (holdsFocus(old)) isWhole = false;
    else replace(old, card);
  }
  for (const [id, old] of shown) {
    if (there.has(id) || old.dataset.localId < floor) continue;
    if (holdsFocus(old)) isWhole = false;
    else old.remove();
  }
  refreshTimes();
  return { fresh, isWhole };
}

function followNews(timeline) {
  const link = document.getElementById("news");
  const title = document.title;
  let newest = timeline.dataset.newest ?? null;
  let waiting = [];
  let asking = false;
  let askAgain = false;
  const refreshSoon = soon(async () => {
    const page = await fetchPage("/");
    if (page) refresh(timeline, page);
  });

  function insert() {
    document.getElementById("empty")?.remove();
    for (const card of waiting) card.classList.add("fresh");
    timeline.prepend(...waiting);
    newest = waiting[0].dataset.localId;
    waiting = [];
    offer();
    refreshTimes();
  }

  function offer() {
    const many = waiting.length >= NEWS_MAX;
    const number = many ? `${NEWS_MAX}+` : `${waiting.length}`;
    link.hidden = waiting.length === 0;
    link.textContent = counted("news", waiting.length, number);
    document.title = waiting.length ? `(${number}) ${title}` : title;
  }

  async function ask() {
    if (asking) { askAgain = true; return; }
    asking = true;
    try {
      do {
        askAgain = false;
        await fetchNews();
      } while (askAgain);
    } catch {
      // The next event asks again.
    } finally {
      asking = false;
    }
  }

  async function fetchNews() {
    const after = newest;
    const query = after === null ? "" : `?after=${encodeURIComponent(after)}`;
    const page = await fetchPage(`/fragment/home${query}`);
    if (!page) return;
    if (after !== newest) { askAgain = true; return; }
    waiting = [...page.querySelectorAll("article.post[data-local-id]")];
    const onlyMine = waiting.every((card) => "mine" in card.dataset);
    if (waiting.length && onlyMine && waiting.length < NEWS_MAX) insert();
    else offer();
  }

  link.addEventListener("click", (event) => {
    if (waiting.length === 0 || waiting.length >= NEWS_MAX) return;
    event.preventDefault();
    const first = waiting[0];
    insert();
    // Whoever reads by keyboard or by ear goes on at the newest post.
    first.tabIndex = -1;
    first.focus({ preventScroll: true });
    first.scrollIntoView({ block: "nearest" });
  });
  listen(ask, (latest) => {
    // What waits may have been changed or deleted meanwhile.
    if (latest !== newest || waiting.length > 0) ask();
    refreshSoon();
  });
}

// ---- Pages about somebody or about a conversation ----

function followPage() {
  let title = document.title;
  const shown = { mark: null };

  async function look() {
    const page = await fetchPage(location.pathname + location.search, shown);
    const list = document.querySelector(".posts[data-watch]");
    if (!page || !list) return;
    const main = document.querySelector("main");
    const heading = (of) => of.querySelector("h1").textContent;
    const writes = main.querySelector("textarea[data-keep]") !== null;
    const came = page.querySelector("article.post") || heading(page) !== heading(document);
    if (list.children.length === 0 && came && !writes && !holdsFocus(main)) swap(page);
    else {
      const { fresh, isWhole } = refresh(list, page);
      // What somebody is busy with is looked at again.
      if (!isWhole) shown.mark = null;
      offer(fresh.length);
    }
  }

  // Nothing to read yet, so nothing that could jump.
  function swap(page) {
    const main = document.querySelector("main");
    const notice = main.querySelector(".notice");
    main.replaceChildren(...(notice ? [notice] : []), ...page.querySelector("main").children);
    document.title = title = page.title;
    offerCopying();
    refreshTimes();
  }

  function offer(number) {
    const link = document.getElementById("news");
    link.hidden = number === 0;
    link.textContent = counted("news", number);
    document.title = number ? `(${number}) ${title}` : title;
  }

  const lookSoon = soon(look);
  listen(lookSoon, lookSoon);
}

// ---- Installed ----

// Only over loopback and TLS is there such a thing. It keeps a page that says that there is no connection, and no other.
function keepOfflinePage() {
  if (!isSecureContext || !navigator.serviceWorker) return;
  addEventListener("load", () => { navigator.serviceWorker.register("/sw.js").catch(() => {}); });
}

// ---- What goes on by itself: asked for again until it is done ----

const AGAIN_MS = 1_500;

function lookAgain() {
  if (!document.querySelector("[data-until-done]")) return;
  setTimeout(async () => {
    const page = document.hidden ? null : await fetchPage(location.pathname).catch(() => null);
    const content = page?.querySelector("main");
    if (content) {
      document.querySelector("main").replaceChildren(...content.children);
      refreshTimes();
    }
    lookAgain();
  }, AGAIN_MS);
}

// ---- What is done by looking at a page ----

function sendAtOnce() {
  if (document.hidden) return;
  document.removeEventListener("visibilitychange", sendAtOnce);
  for (const place of document.querySelectorAll("[data-at-once]:not([hidden])")) {
    const form = place.querySelector("form");
    place.hidden = true;
    const sent = { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" };
    fetch(form.action, sent).catch(() => { place.hidden = false; });
  }
}

// ---- Drawing no more than is seen ----

// Not before all was laid out: who comes back to a page wants it where it was left, and that takes each post's own height. Nor
// posts near what is seen, where something might move for a moment.
function drawWhatIsSeen() {
  const twoFramesLater = (then) => requestAnimationFrame(() => requestAnimationFrame(then));
  const isFar = (card) => {
    const { top, bottom } = card.getBoundingClientRect();
    return top > 2 * innerHeight || bottom < -innerHeight;
  };
  const begin = () => twoFramesLater(() => {
    const far = [...document.querySelectorAll(".posts > .post")].filter(isFar);
    for (const card of far) card.classList.add("laid-out");
  });
  if (document.readyState === "complete") begin();
  else addEventListener("load", begin);
}

// ---- Start ----

document.addEventListener("visibilitychange", sendAtOnce);
sendAtOnce();
dropOldDrafts();
forgetWhatArrived();
forgetDone();
for (const area of document.querySelectorAll("textarea[data-keep]")) tend(area);
addEventListener("storage", followOtherTabs);
watchForms();
offerCopying();
keepOfflinePage();
lookAgain();
offerPrinting();
drawWhatIsSeen();
refreshTimes();
setInterval(refreshTimes, MINUTE_MS / 2);
const timeline = document.querySelector("#timeline[data-live]");
if (timeline) followNews(timeline);
else if (document.querySelector(".posts[data-watch]")) followPage();
else if (document.querySelector("nav a[href='/notifications']")) listen(() => {}, () => {});
