// Photos: chosen, described, posted, looked at.
import { picture } from "../helpers/picture.js";
import { expect, test } from "../helpers/suite.js";
import { words } from "../helpers/words.js";

const file = (name, ...colour) => ({ name, mimeType: "image/png", buffer: picture(900, 600, colour) });

test("photos are chosen, described, posted and looked at", async ({ reader, village }) => {
  const { page } = reader;
  await reader.visit("/");
  await page.locator("input[type=file]").setInputFiles([file("ridge.png", 240, 140, 90), file("lake.png", 60, 110, 160)]);
  const alts = page.locator("ol.chosen textarea");
  await expect(alts).toHaveCount(2);
  await alts.nth(0).fill("The ridge at first light");
  await page.locator("ol.chosen input[type=checkbox]").nth(1).check();
  await reader.check("composing-photos", { isServed: false });
  await page.getByRole("textbox", { name: "What is on your mind?" }).fill("Two from today");
  await page.getByRole("textbox", { name: "What is on your mind?" }).press("Control+Enter");
  const post = page.getByRole("article").filter({ hasText: "Two from today" });
  await expect(post.getByAltText("The ridge at first light")).toBeVisible();
  const seen = () => post.locator("a.photo img:not(.blur)").evaluateAll((all) => all.every((one) => one.naturalWidth > 0));
  await expect.poll(seen).toBe(true);

  // Before that, a click opens the photo itself.
  await page.waitForLoadState();
  await post.locator("a.photo").first().click();
  const box = page.getByRole("dialog");
  await expect(box.getByAltText("The ridge at first light")).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await expect(box.locator("p.position")).toHaveText(/2/);
  await page.keyboard.press("Escape");
  await expect(box).toBeHidden();

  // The friend's node has it too, and shows it.
  const there = await village.bob.reads("Two from today");
  expect(there.photos).toHaveLength(2);
  expect(there.photos[0].alt).toBe("The ridge at first light");
});

/** What a mouse carries or a clipboard holds. */
const carried = (page, name, bytes) =>
  page.evaluateHandle(([title, content]) => {
    const transfer = new DataTransfer();
    const binary = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([binary], title, { type: "image/png" }));
    return transfer;
  }, [name, bytes.toString("base64")]);

/** Keeps requests waiting until what comes back is called. */
async function hold(page, where) {
  let free;
  const freed = new Promise((resolve) => { free = resolve; });
  await page.route(where, async (route) => {
    await freed;
    await route.continue();
  });
  return free;
}

test("photos are dragged and pasted into the box, and leafed through", async ({ reader, village }) => {
  test.slow();
  const { page } = reader;
  const text = words("Dragged and pasted");
  await reader.visit("/");
  const form = page.locator("form.writing");
  const chosen = page.locator("ol.chosen > li");
  const ready = page.locator("ol.chosen > li[data-draft]:not([data-draft='']) .thumb img");

  const dragged = await carried(page, "dragged.png", picture(300, 200, [90, 140, 60]));
  await form.dispatchEvent("dragenter", { dataTransfer: dragged });
  await expect(form).toHaveClass(/over/);
  await form.dispatchEvent("dragover", { dataTransfer: dragged });
  await form.dispatchEvent("drop", { dataTransfer: dragged });
  await expect(form).not.toHaveClass(/over/);
  await expect(chosen).toHaveCount(1);
  await expect(ready).toHaveCount(1);

  const pasted = await carried(page, "pasted.png", picture(200, 300, [60, 90, 140]));
  await page.getByRole("textbox", { name: "What is on your mind?" }).evaluate((box, clipboardData) => {
    box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, pasted);
  await expect(chosen).toHaveCount(2);
  await expect(ready).toHaveCount(2);

  // What they show is said of each, or that nothing needs to be; what can't be taken says why, and goes.
  const box = page.getByRole("textbox", { name: "What is on your mind?" });
  await box.fill(text);
  await box.press("Control+Enter");
  await expect(chosen.nth(0).locator("textarea")).toBeFocused();
  await chosen.nth(0).locator("textarea").fill("Moss");
  await chosen.nth(1).locator("input[type=checkbox]").check();
  const held = await hold(page, "**/photos");
  await page.locator("input[type=file][multiple]").setInputFiles({ name: "torn.png", mimeType: "image/png", buffer: Buffer.from("torn") });
  await expect(chosen).toHaveCount(3);
  await expect(chosen.nth(2).getByRole("progressbar")).toBeVisible();
  reader.refusals += 1;
  held();
  await expect(chosen.nth(2).getByRole("alert")).toBeVisible();
  await reader.check("composing-torn-photo", { isServed: false });
  await chosen.nth(2).getByRole("button", { name: "Remove" }).click();
  await expect(chosen).toHaveCount(2);
  await chosen.nth(1).getByRole("button", { name: "Move forward" }).click();
  await expect(chosen.nth(1).locator("textarea")).toHaveValue("Moss");

  // All of it outlives a reload.
  await page.reload();
  await expect(ready).toHaveCount(2);
  await expect(box).toHaveValue(text);
  await expect(chosen.nth(0).locator("input[type=checkbox]")).toBeChecked();
  await expect(chosen.nth(1).locator("textarea")).toHaveValue("Moss");
  await box.press("Control+Enter");
  const post = page.getByRole("article").filter({ hasText: text });
  await expect(post.locator("a.photo")).toHaveCount(2);
  await expect(chosen).toHaveCount(0);

  // On their page of photos they are leafed through, by hand too.
  await reader.visit(`/person/${village.keys.alice}/photos`);
  await reader.check("album");
  await reader.visit(`/person/${village.keys.alice}/photos`);
  await page.locator("a.photo").first().click();
  const shown = page.getByRole("dialog");
  const position = shown.locator("p.position");
  await expect(position).toHaveText(/^1 \/ /);
  const swipe = (from, to) => shown.evaluate((dialog, [left, right]) => {
    const at = (kind, clientX) => dialog.dispatchEvent(new PointerEvent(kind, { clientX, clientY: 300, pointerType: "touch", isPrimary: true, bubbles: true }));
    at("pointerdown", left);
    at("pointerup", right);
  }, [from, to]);
  await swipe(300, 60);
  await expect(position).toHaveText(/^2 \/ /);
  await swipe(60, 300);
  await expect(position).toHaveText(/^1 \/ /);
  await page.keyboard.press("End");
  await expect(position).toHaveText(/^(\d+) \/ \1$/);
  await page.keyboard.press("Home");
  await expect(position).toHaveText(/^1 \/ /);
  await reader.check("lightbox", { isServed: false });
  await shown.getByRole("button", { name: "Close" }).click();
  await expect(shown).toBeHidden();
});
