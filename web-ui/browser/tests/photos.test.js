// Photos: chosen, described, posted, looked at.
import { picture } from "../helpers/picture.js";
import { expect, test } from "../helpers/suite.js";

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

test("photos are dragged and pasted into the box", async ({ reader }) => {
  const { page } = reader;
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

  for (const noWords of await page.locator("ol.chosen input[type=checkbox]").all()) await noWords.check();
  const box = page.getByRole("textbox", { name: "What is on your mind?" });
  await box.fill("Dragged and pasted");
  await box.press("Control+Enter");
  const post = page.getByRole("article").filter({ hasText: "Dragged and pasted" });
  await expect(post.locator("a.photo")).toHaveCount(2);
});
