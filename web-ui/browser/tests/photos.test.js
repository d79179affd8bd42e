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
