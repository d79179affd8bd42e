// Shortcuts, light and dark, installing, and what a visit weighs.
import { expect, test } from "../helpers/suite.js";

const WEIGHT_BYTES_MAX = 100_000;
const focused = (page) => page.locator("article.post:focus");

test("posts are read, answered and kept by single keys", async ({ reader, village }) => {
  const { page } = reader;
  const posts = page.locator("article.post");
  await page.keyboard.press("j");
  await expect(posts.first()).toBeFocused();
  await page.keyboard.press("j");
  await expect(posts.nth(1)).toBeFocused();
  await page.keyboard.press("k");
  await expect(posts.first()).toBeFocused();
  await page.keyboard.press("c");
  const box = page.getByRole("textbox", { name: "What is on your mind?" });
  await expect(box).toBeFocused();
  await page.keyboard.type("jk?");
  await expect(box).toHaveValue("jk?");
  await box.fill("");

  await reader.visit(`/thread/${village.asked}#post-${village.asked}`);
  await page.keyboard.press("r");
  await expect(page.getByRole("textbox", { name: "Reply to Bob" })).toBeVisible();
  await reader.visit("/");
  const id = await village.bob.post("Read me by keys");
  await village.alice.reads("Read me by keys");
  await reader.visit(`/#post-${id}`);
  const card = page.locator(`#post-${id}`);
  await page.keyboard.press("b");
  await expect(card).toContainText("bookmarked");
  await page.goto(`${reader.home.web}/#post-${id}`);
  await page.keyboard.press("B");
  await expect(card.getByRole("button", { name: /Boosted/ })).toBeVisible();
  await page.goto(`${reader.home.web}/#post-${id}`);
  await page.keyboard.press("B");
  await expect(card.getByRole("button", { name: /Boosted/ })).toHaveCount(0);
  await page.goto(`${reader.home.web}/#post-${id}`);
  await page.keyboard.press("f");
  await expect(card.getByRole("button", { pressed: true })).toContainText("❤️");
  await page.goto(`${reader.home.web}/#post-${id}`);
  await page.keyboard.press("o");
  await expect(page).toHaveURL(new RegExp(`/thread/${id}`));
  // Keys are heard once the page is loaded.
  await page.waitForLoadState();
  for (const [key, path] of [["h", "/"], ["n", "/notifications"], ["s", "/spaces"], ["p", `/person/${village.keys.alice}`]]) {
    // The second key counts for a moment only, which a busy machine may miss.
    await expect(async () => {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await expect(page).toHaveURL(reader.home.web + path, { timeout: 5_000 });
    }).toPass({ timeout: 60_000 });
    await page.waitForLoadState();
  }
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox")).toBeFocused();
});

test("a long post is unfolded and folded, an own one deleted, by keys", async ({ reader, village }) => {
  const { page } = reader;
  const long = page.locator("article.post:has(.text.long)").first();
  const id = await long.getAttribute("id");
  await page.goto(`${reader.home.web}/#${id}`);
  const text = page.locator(`#${id} .text`);
  await page.keyboard.press("x");
  await expect(text).not.toHaveClass(/long/);
  await page.keyboard.press("x");
  await expect(text).toHaveClass(/long/);
  await page.goto(`${reader.home.web}/thread/${village.own}#post-${village.own}`);
  await page.keyboard.press("d");
  await expect(page).toHaveURL(new RegExp(`/delete/${village.own}`));
});

test("whoever stands on a post stays there when somebody reacts to it", async ({ reader, village }) => {
  const { page } = reader;
  const lines = Array.from({ length: 30 }, (_, line) => `${line + 1}. Stay where you are.`).join("\n");
  const id = await village.bob.post(lines, "--public");
  await village.alice.reads("Stay where you are");
  const listens = page.waitForResponse((answer) => answer.url().includes("/fragment/home"));
  await reader.visit("/");
  await listens;
  const card = page.locator(`#post-${id}`);
  const text = card.locator(".text");
  await card.evaluate((one) => {
    one.tabIndex = -1;
    one.focus();
  });
  await page.keyboard.press("x");
  await expect(text).not.toHaveClass(/long/);
  await village.bob.ask("react", id, "👍");
  await expect(card.locator(".reactions").first()).toContainText("👍", { timeout: 60_000 });
  await expect(card).toBeFocused();
  await expect(text).not.toHaveClass(/long/);
  await page.keyboard.press("x");
  await expect(text).toHaveClass(/long/);
});

test("what broke off on its way to an open conversation is fetched again", async ({ reader, village }) => {
  const { page } = reader;
  const path = `/thread/${village.asked}`;
  const looked = page.waitForResponse((answer) => answer.url().includes(path) && answer.request().resourceType() === "fetch");
  await reader.visit(path);
  await (await looked).finished();
  await page.evaluate(() => {
    const { text } = Response.prototype;
    globalThis.torn = 0;
    Response.prototype.text = function read() {
      globalThis.torn += 1;
      return globalThis.torn === 1 ? Promise.reject(new TypeError("torn")) : text.call(this);
    };
  });
  await village.bob.ask("react", village.asked, "🎉");
  await page.waitForFunction(() => globalThis.torn > 0, null, { timeout: 60_000 });
  // Something else happens, which is a reason to look.
  await village.bob.post("Elsewhere", "--public");
  await expect(page.locator(`#post-${village.asked} .reactions`).first()).toContainText("🎉", { timeout: 60_000 });
});

test("a question mark shows the shortcuts; they can be switched off", async ({ reader }) => {
  const { page } = reader;
  // Pressed twice before the list has come, it is still one.
  await page.evaluate(() => {
    for (let time = 0; time < 2; time += 1) document.dispatchEvent(new KeyboardEvent("keydown", { key: "?" }));
  });
  const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(dialog).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await page.keyboard.press("?");
  await expect(dialog).toBeVisible();
  await expect(dialog).toContainText("Next post");
  await page.keyboard.press("j");
  await expect(focused(page)).toHaveCount(0);
  await reader.check("shortcuts-dialog");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await reader.visit("/settings");
  await page.getByRole("checkbox", { name: /Single keys/ }).uncheck();
  await page.locator("#look").getByRole("button", { name: "Save" }).click();
  await expect(page.locator(".notice.good")).toBeVisible();
  await reader.visit("/");
  await page.keyboard.press("j");
  await expect(focused(page)).toHaveCount(0);
});

test("keys rest inside fields, and with other keys", async ({ reader }) => {
  const { page } = reader;
  const box = page.getByRole("textbox", { name: "What is on your mind?" });
  for (const field of [box, page.getByRole("combobox", { name: "Who may read this" })]) {
    await field.focus();
    for (const key of ["j", "x", "?", "d", "."]) await page.keyboard.press(key);
    await expect(field).toBeFocused();
  }
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(box).toHaveValue("jx?d.");
  await box.fill("");
  await box.blur();
  await page.keyboard.press("Control+j");
  await page.keyboard.press("Alt+c");
  await expect(focused(page)).toHaveCount(0);
  await reader.visit("/search");
  await page.getByRole("searchbox").fill("");
  await page.keyboard.type("gh");
  await expect(page.getByRole("searchbox")).toHaveValue("gh");
  await expect(page).toHaveURL(/\/search/);
  // After "g" alone the next key goes nowhere that it doesn't name.
  await reader.visit("/people");
  await page.keyboard.press("g");
  await page.keyboard.press("x");
  await page.keyboard.press("h");
  await expect(page).toHaveURL(/\/people/);
});

test("whoever wants no motion sees none, and lines that run from the right have room", async ({ reader, village }) => {
  const { page } = reader;
  await page.emulateMedia({ reducedMotion: "reduce" });
  const listens = page.waitForResponse((answer) => answer.url().includes("/fragment/home"));
  await reader.visit("/");
  await listens;
  await village.bob.post("Nothing moves here");
  await page.getByRole("link", { name: "1 new post" }).click({ timeout: 60_000 });
  await expect(page.locator("article.fresh")).toHaveCount(1);
  const moving = await page.evaluate(() => document.getAnimations().length);
  expect(moving).toBe(0);
  const slow = await page.evaluate(() => [...document.querySelectorAll("*")].filter((one) => {
    const { transitionDuration, animationName } = getComputedStyle(one);
    return animationName !== "none" || transitionDuration.split(",").some((time) => parseFloat(time) > 0);
  }).length);
  expect(slow).toBe(0);

  // What is written in Hebrew runs from the right, whatever the page does.
  const hebrew = page.getByRole("article").getByText("שלום לכולם").first();
  expect(await hebrew.evaluate((text) => getComputedStyle(text).direction)).toBe("rtl");
  for (const [name, path] of Object.entries({ home: "/", search: "/search?q=lake", people: "/people", files: "/files", backup: "/backup", settings: "/settings" })) {
    await reader.visit(path);
    await page.evaluate(() => { document.documentElement.dir = "rtl"; });
    await reader.check(`${name}-from-the-right`, { isServed: false });
  }
});

test("light and dark are chosen, and kept by the browser", async ({ reader }) => {
  const { page } = reader;
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const other = reader.info.project.use.colorScheme === "dark" ? "light" : "dark";
  const before = await paper();
  await reader.visit("/settings");
  await page.getByRole("combobox", { name: "Light or dark" }).selectOption(other);
  await page.locator("#look").getByRole("button", { name: "Save" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", other);
  expect(await paper()).not.toBe(before);
  await reader.visit("/people");
  expect(await paper()).not.toBe(before);
  await reader.check(`people-by-choice-${other}`);
  // Whoever isn't signed in, or no longer, keeps the look.
  await reader.visit("/nowhere", 404);
  await expect(page.locator("html")).toHaveAttribute("data-theme", other);
});

test("a first visit weighs little", async ({ browser, village }) => {
  const visits = { home: "/", person: `/person/${village.keys.bob}`, thread: `/thread/${village.asked}` };
  for (const [name, path] of Object.entries(visits)) {
    const context = await browser.newContext({ serviceWorkers: "block" });
    const page = await context.newPage();
    await page.goto(await village.alice.signInLink());
    const fresh = await context.newPage();
    const session = await context.newCDPSession(fresh);
    await session.send("Network.enable");
    await session.send("Network.setCacheDisabled", { cacheDisabled: true });
    let bytes = 0;
    session.on("Network.loadingFinished", ({ encodedDataLength }) => { bytes += encodedDataLength; });
    await fresh.goto(village.alice.web + path, { waitUntil: "load" });
    await fresh.waitForTimeout(300);
    console.log(`${name}: ${Math.round(bytes / 1000)} kB on the wire`);
    expect(bytes, name).toBeGreaterThan(5_000);
    expect(bytes, name).toBeLessThan(WEIGHT_BYTES_MAX);
    await context.close();
  }
});

test("what is sent is compressed, and files that never change are kept", async ({ reader }) => {
  const sent = [];
  reader.page.on("response", (response) => sent.push(response));
  await reader.visit("/");
  const kinds = { document: /no-store/, stylesheet: /immutable/, script: /immutable/ };
  for (const [kind, cache] of Object.entries(kinds)) {
    const ofKind = sent.filter((response) => response.request().resourceType() === kind);
    expect(ofKind.length, kind).toBeGreaterThan(0);
    for (const response of ofKind) {
      const headers = await response.allHeaders();
      expect(headers["content-encoding"], response.url()).toBe("gzip");
      expect(headers.vary).toContain("accept-encoding");
      expect(headers["cache-control"]).toMatch(cache);
    }
  }
});

test.describe("installed", () => {
  test.use({ serviceWorkers: "allow" });

  test("without a connection the page says so, and nothing private was kept", async ({ reader, context }) => {
    const { page } = reader;
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
    const kept = await page.evaluate(async () => {
      const found = [];
      for (const name of await caches.keys()) {
        for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
      }
      return found;
    });
    expect(kept).toContain("/offline");
    for (const path of kept) expect(path).toMatch(/^\/(offline$|static\/)/);
    await reader.visit("/people");
    await context.setOffline(true);
    await page.goto(`${reader.home.web}/people`);
    await expect(page.getByRole("heading", { name: "No connection" })).toBeVisible();
    await context.setOffline(false);
    await page.getByRole("link", { name: "Try again" }).click();
    await expect(page.getByRole("heading", { name: "People", exact: true })).toBeVisible();
    // The browser itself says that it has no connection.
    reader.complaints.length = 0;
  });

  test("the manifest names icons that are there", async ({ reader }) => {
    const { page } = reader;
    const address = await page.locator("link[rel=manifest]").getAttribute("href");
    const manifest = await (await page.request.get(reader.home.web + address)).json();
    expect(manifest.icons.length).toBeGreaterThan(2);
    for (const { src, type } of manifest.icons) {
      const icon = await page.request.get(reader.home.web + src);
      expect(icon.headers()["content-type"], src).toBe(type);
    }
  });
});
