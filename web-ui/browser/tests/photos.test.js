// Photos: chosen, described, posted, looked at.
import { deflateSync, crc32 } from "node:zlib";
import { expect, test } from "../helpers/suite.js";

/** A picture of one colour, as a PNG file. */
function picture(width, height, [red, green, blue]) {
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(width * 3, Buffer.of(red, green, blue))]);
  const part = (kind, content) => {
    const named = Buffer.concat([Buffer.from(kind), content]);
    const around = Buffer.alloc(8);
    around.writeUInt32BE(content.length, 0);
    around.writeUInt32BE(crc32(named), 4);
    return Buffer.concat([around.subarray(0, 4), named, around.subarray(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.concat(Array.from({ length: height }, () => row));
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return Buffer.concat([signature, part("IHDR", head), part("IDAT", deflateSync(rows)), part("IEND", Buffer.alloc(0))]);
}

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
