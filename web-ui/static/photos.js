"use strict";

// Photos: looking at them large; choosing, dragging, pasting and describing them. Without scripts links open the full
// size, and forms take files.

// ---- Large, over the page ----

// So far a finger moves until it means something.
const SWIPE_PX = 48;

function lightbox() {
  const box = document.getElementById("lightbox");
  if (!box?.showModal) return;
  // An empty one in the page would be a picture of nothing.
  const picture = document.createElement("img");
  picture.alt = "";
  box.prepend(picture);
  const caption = box.querySelector(".caption");
  const position = box.querySelector(".position");
  const problem = box.querySelector(".problem");
  const steps = box.querySelectorAll(".step");
  const runsLeft = getComputedStyle(box).direction === "rtl";
  let group = [];
  let at = 0;
  let asked = 0;

  function open(link) {
    const around = link.closest(".album") ?? link.closest(".photos");
    group = around ? [...around.querySelectorAll("a.photo")] : [link];
    at = group.indexOf(link);
    for (const step of steps) step.hidden = group.length < 2;
    show();
    if (!box.open) box.showModal();
  }

  function show() {
    const link = group[at];
    const small = link.querySelector("img:not(.blur)") ?? link.querySelector("img.blur");
    const turn = ++asked;
    picture.width = Number(link.dataset.width);
    picture.height = Number(link.dataset.height);
    picture.alt = link.dataset.alt ?? "";
    picture.src = small?.currentSrc || small?.src || link.href;
    box.classList.add("coming");
    problem.hidden = true;
    caption.textContent = link.dataset.alt ?? "";
    caption.hidden = !link.dataset.alt;
    position.textContent = group.length > 1 ? `${at + 1} / ${group.length}` : "";
    const full = new Image();
    full.addEventListener("load", () => {
      if (turn !== asked) return;
      picture.src = full.src;
      box.classList.remove("coming");
    });
    full.addEventListener("error", () => {
      if (turn !== asked) return;
      box.classList.remove("coming");
      problem.textContent = box.dataset.failed;
      problem.hidden = false;
    });
    full.src = link.href;
  }

  function step(by) {
    const next = at + by;
    if (next < 0 || next >= group.length) return;
    at = next;
    show();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.photo");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(link);
  });
  box.querySelector(".previous").addEventListener("click", () => step(-1));
  box.querySelector(".next").addEventListener("click", () => step(1));
  box.querySelector(".close").addEventListener("click", () => box.close());
  box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
  box.addEventListener("close", () => {
    asked += 1;
    picture.removeAttribute("src");
  });
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const forward = runsLeft ? "ArrowLeft" : "ArrowRight";
    const backward = runsLeft ? "ArrowRight" : "ArrowLeft";
    if (event.key === forward) step(1);
    else if (event.key === backward) step(-1);
    else if (event.key === "Home") step(-at);
    else if (event.key === "End") step(group.length - 1 - at);
    else if (event.key !== "Escape" && event.key !== "Tab" && event.key !== "Enter" && event.key !== " ") return;
    // The page's own keys mean nothing while a photo covers it.
    event.stopPropagation();
    if (event.key.startsWith("Arrow")) event.preventDefault();
  });

  let from = null;
  box.addEventListener("pointerdown", (event) => {
    from = event.pointerType === "mouse" || !event.isPrimary ? null : { x: event.clientX, y: event.clientY };
  });
  box.addEventListener("pointerup", (event) => {
    if (!from || !event.isPrimary) return;
    const [x, y] = [event.clientX - from.x, event.clientY - from.y];
    from = null;
    if (Math.abs(x) > SWIPE_PX && Math.abs(x) > 1.5 * Math.abs(y)) step((x < 0) === runsLeft ? -1 : 1);
    else if (y > 2 * SWIPE_PX && y > 1.5 * Math.abs(x)) box.close();
  });
  box.addEventListener("pointercancel", () => { from = null; });
}

// ---- Photos that haven't arrived: asked for one after another, once they are in sight ----

function fetchMissing() {
  const waiting = [];
  let busy = false;

  function next() {
    const link = busy ? undefined : waiting.shift();
    if (!link) return;
    busy = true;
    const image = new Image();
    const done = () => { busy = false; next(); };
    image.addEventListener("error", done);
    image.addEventListener("load", () => {
      image.alt = link.dataset.alt ?? "";
      image.dir = "auto";
      link.querySelector(".room")?.replaceWith(image);
      link.querySelector(".waits")?.remove();
      if (link.dataset.alt) link.removeAttribute("aria-label");
      done();
    });
    image.width = Number(link.dataset.width);
    image.height = Number(link.dataset.height);
    image.src = link.dataset.waits;
  }

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      waiting.push(target);
    }
    next();
  });
  for (const link of document.querySelectorAll("a.photo[data-waits]")) seen.observe(link);
}

// ---- Choosing ----

const FORM_TOKEN = "x-csrf";
const PHOTOS_KEPT = "hearth-photos:";
const PHOTOS_SENT = "hearth-photos-sent";
const utf8 = new TextEncoder();

// Storage can be switched off; then nothing is kept, and nothing else breaks.
function stored(action) {
  try { return action(localStorage, sessionStorage); } catch { return null; }
}

// A text that is bounded in bytes.
function bound(field, max) {
  const check = () => {
    const over = utf8.encode(field.value).length - max;
    field.setCustomValidity(over > 0 ? `-${over}` : "");
  };
  field.addEventListener("input", check);
  check();
}

function tendChosen(form) {
  const input = form.querySelector("input[type=file][multiple]");
  const list = form.querySelector("ol.chosen");
  const template = form.querySelector("template.one-chosen");
  if (!input || !list || !template) return;
  const problem = form.querySelector(".chosen-problem");
  const area = form.querySelector("textarea[data-keep]");
  const key = PHOTOS_KEPT + (area?.dataset.keep ?? "");
  const max = Number(list.dataset.max);
  const uploads = [];
  let uploading = 0;
  let sender = null;

  // Fields are told apart by their place.
  function number() {
    [...list.children].forEach((item, index) => {
      for (const field of item.querySelectorAll("[name]")) {
        if (field.name !== "arrange") field.name = field.name.replace(/\d+$/, index);
        else field.value = field.value.replace(/\d+$/, index);
      }
      for (const field of item.querySelectorAll("textarea, input[type=checkbox]")) {
        const label = [...field.labels][0] ?? field.closest("label");
        field.id = field.name;
        if (label) label.htmlFor = field.id;
      }
      item.querySelector(".number").textContent = `${list.dataset.number} ${index + 1}`;
      item.querySelector(".earlier").hidden = index === 0;
    });
    keep();
  }

  function keep() {
    const kept = [...list.children].filter((item) => item.dataset.draft).map((item) => ({
      draft: item.dataset.draft,
      alt: item.querySelector("textarea").value,
      plain: item.querySelector("input[type=checkbox]").checked,
    }));
    // With their time: old ones are dropped (app.js).
    const draft = JSON.stringify({ timeMs: Date.now(), photos: kept });
    stored((storage) => (kept.length ? storage.setItem(key, draft) : storage.removeItem(key)));
  }

  function tend(item) {
    const alt = item.querySelector("textarea");
    const plain = item.querySelector("input[type=checkbox]");
    const needed = () => {
      alt.required = !plain.checked;
      alt.disabled = plain.checked;
    };
    bound(alt, Number(alt.dataset.altBytesMax));
    alt.addEventListener("input", keep);
    plain.addEventListener("change", () => { needed(); keep(); });
    needed();
    item.querySelector(".remove").addEventListener("click", (event) => {
      event.preventDefault();
      const neighbour = item.nextElementSibling ?? item.previousElementSibling;
      item.remove();
      number();
      (neighbour?.querySelector(".remove") ?? input).focus();
    });
    item.querySelector(".earlier").addEventListener("click", (event) => {
      event.preventDefault();
      item.previousElementSibling?.before(item);
      number();
      item.querySelector(item.previousElementSibling ? ".earlier" : ".remove").focus();
    });
  }

  function made() {
    const item = template.content.firstElementChild.cloneNode(true);
    list.append(item);
    tend(item);
    return item;
  }

  function picture(item, address) {
    const image = new Image();
    image.alt = "";
    image.src = address;
    item.querySelector(".thumb").replaceChildren(image);
    return image;
  }

  function say(words) {
    problem.textContent = words;
    problem.hidden = !words;
  }

  function add(files) {
    say("");
    for (const file of files) {
      if (list.children.length >= max) {
        say(list.dataset.tooMany);
        break;
      }
      const item = made();
      if (file.size > Number(input.dataset.bytesMax)) fail(item, input.dataset.tooLong);
      else uploads.push({ item, file });
    }
    number();
    upload();
  }

  function fail(item, words) {
    const said = item.querySelector(".problem");
    said.textContent = words;
    said.hidden = false;
    item.classList.remove("coming");
    item.classList.add("failed");
    item.querySelector("progress").hidden = true;
    // It can't be sent; what stays of it is why.
    for (const field of item.querySelectorAll("textarea, input")) field.disabled = true;
  }

  // One after another: the server works on one at a time.
  function upload() {
    const next = uploading ? undefined : uploads.shift();
    if (!next) {
      if (!uploading && sender) form.requestSubmit(sender.isConnected ? sender : undefined);
      return;
    }
    const { item, file } = next;
    if (!item.isConnected) return upload();
    uploading += 1;
    const bar = item.querySelector("progress");
    const request = new XMLHttpRequest();
    item.classList.add("coming");
    bar.hidden = false;
    bar.value = 0;
    request.open("POST", "/photos");
    request.responseType = "json";
    request.setRequestHeader(FORM_TOKEN, form.elements.csrf.value);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = 100 * event.loaded / event.total;
    });
    // Sent; now it is being worked on.
    request.upload.addEventListener("load", () => bar.removeAttribute("value"));
    request.addEventListener("loadend", () => {
      uploading -= 1;
      const answer = request.response;
      if (request.status === 200 && answer?.draft) arrived(item, answer);
      else fail(item, answer?.message ?? list.dataset.failed);
      if (list.querySelector(".failed")) sender = null;
      upload();
    });
    request.send(file);
  }

  function arrived(item, answer) {
    item.classList.remove("coming");
    item.querySelector("progress").hidden = true;
    item.dataset.draft = answer.draft;
    item.querySelector("input[type=hidden]").value = answer.draft;
    picture(item, answer.small);
    keep();
  }

  function restore() {
    const refused = list.children.length > 0;
    for (const item of list.children) tend(item);
    if (refused) return number();
    let kept;
    try { kept = JSON.parse(stored((storage) => storage.getItem(key)))?.photos ?? []; } catch { kept = []; }
    for (const { draft, alt, plain } of kept.slice(0, max)) {
      if (!/^[0-9A-Za-z_-]+$/.test(draft)) continue;
      const item = made();
      item.dataset.draft = draft;
      item.querySelector("input[type=hidden]").value = draft;
      item.querySelector("textarea").value = alt;
      item.querySelector("input[type=checkbox]").checked = plain;
      item.querySelector("input[type=checkbox]").dispatchEvent(new Event("change"));
      // Drafts that the server has dropped are gone.
      picture(item, `/photo/draft/${draft}/small`).addEventListener("error", () => {
        item.remove();
        number();
      });
    }
    number();
  }

  const photosOf = (transfer) => [...(transfer?.files ?? [])].filter((file) => file.type.startsWith("image/"));
  input.addEventListener("change", () => {
    add([...input.files]);
    // They are sent one by one; with the form they would be sent again.
    input.value = "";
  });
  form.addEventListener("paste", (event) => {
    const photos = photosOf(event.clipboardData);
    if (photos.length === 0) return;
    event.preventDefault();
    add(photos);
  });
  const dragsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let inside = 0;
  form.addEventListener("dragenter", (event) => {
    if (!dragsFiles(event)) return;
    inside += 1;
    form.classList.add("over");
  });
  form.addEventListener("dragleave", () => {
    inside = Math.max(0, inside - 1);
    if (!inside) form.classList.remove("over");
  });
  form.addEventListener("dragover", (event) => { if (dragsFiles(event)) event.preventDefault(); });
  form.addEventListener("drop", (event) => {
    inside = 0;
    form.classList.remove("over");
    if (!dragsFiles(event)) return;
    event.preventDefault();
    add(photosOf(event.dataTransfer));
  });
  form.addEventListener("submit", (event) => {
    if (uploading || uploads.length) {
      event.preventDefault();
      event.stopPropagation();
      sender = event.submitter ?? form.querySelector(".sending button");
      say(list.dataset.waits);
      return;
    }
    for (const item of list.querySelectorAll(".failed")) item.remove();
    number();
    stored((_, own) => own.setItem(PHOTOS_SENT, key));
  });
  form.querySelector("[data-cancel]")?.addEventListener("click", () => stored((storage) => storage.removeItem(key)));
  restore();
}

// As with texts: what was sent is forgotten once a page says that it was done.
function forgetSentPhotos() {
  const key = stored((_, own) => own.getItem(PHOTOS_SENT));
  if (!key) return;
  stored((_, own) => own.removeItem(PHOTOS_SENT));
  const back = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (document.querySelector(".notice.good") && !back) stored((storage) => storage.removeItem(key));
}

// ---- Previews of files ----

// A picture that can't be shown gives way: on its own page to words, among others to the sign of its kind.
function giveWay(image) {
  const figure = image.closest("figure.seen[data-failed]");
  if (figure) {
    const words = document.createElement("p");
    words.className = "quiet card";
    words.textContent = figure.dataset.failed;
    figure.replaceWith(words);
  } else if (image.closest(".tile")) image.remove();
}

function watchPreviews() {
  document.addEventListener("error", ({ target }) => { if (target instanceof HTMLImageElement) giveWay(target); }, true);
  // Some failed before this script was there.
  for (const image of document.querySelectorAll("figure.seen img, .tile img")) {
    if (image.complete && image.src && image.naturalWidth === 0) giveWay(image);
  }
}

// ---- Start ----

forgetSentPhotos();
lightbox();
fetchMissing();
watchPreviews();
for (const form of document.querySelectorAll("form.writing")) tendChosen(form);
for (const field of document.querySelectorAll("#warning[data-bytes-max]")) bound(field, Number(field.dataset.bytesMax));
