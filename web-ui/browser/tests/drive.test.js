// The drive: files come by choosing and dropping, are looked at, named otherwise, removed and brought back.
import { readFile } from "node:fs/promises";
import { picture } from "../helpers/picture.js";
import { expect, test } from "../helpers/suite.js";

const textFile = (name, text) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });

/** Lets go of files over the page, as if they had been dragged there. */
async function drop(page, files) {
  const transfer = await page.evaluateHandle((dropped) => {
    const made = new DataTransfer();
    for (const { name, text } of dropped) made.items.add(new File([text], name, { type: "text/plain" }));
    return made;
  }, files);
  await page.dispatchEvent("#main", "drop", { dataTransfer: transfer });
}

test("files come, change, go and come back", async ({ reader }) => {
  // Much happens here, one thing after another.
  test.slow();
  const { page } = reader;
  const folder = `Attic ${Date.now().toString(36)}`;
  await reader.visit("/files");
  await page.getByText("New folder", { exact: true }).click();
  await page.getByRole("textbox", { name: "Name of the new folder" }).fill(folder);
  await page.getByRole("button", { name: "Make it" }).click();
  await expect(page.getByRole("heading", { name: folder })).toBeVisible();

  const input = page.locator("input#files");
  const uploads = page.locator(".uploads li");
  const listed = page.locator("#listing");
  // The script that takes files is there once the page is loaded.
  await page.waitForLoadState();
  await input.setInputFiles([
    textFile("poem.txt", "Ice on the lake\n"),
    { name: "ridge.png", mimeType: "image/png", buffer: picture(400, 300, [240, 140, 90]) },
  ]);
  await expect(uploads.filter({ hasText: "Stored" })).toHaveCount(2);
  await expect(listed.getByRole("link", { name: /^poem\.txt/ })).toBeVisible();
  await drop(page, [{ name: "found.txt", text: "Under the stairs" }]);
  await expect(uploads.filter({ hasText: "Stored" })).toHaveCount(3);
  await expect(listed.getByRole("link", { name: /^found\.txt/ })).toBeVisible();
  await expect(page.locator("#sums")).toHaveText(/3 files/);

  // A name that is taken is asked about, and nothing is lost either way.
  await input.setInputFiles([textFile("poem.txt", "Ice on the river\n"), textFile("found.txt", "Again")]);
  await expect(uploads.filter({ hasText: "has this name already" })).toHaveCount(2);
  await reader.check("drive-uploads", { isServed: false });
  await uploads.filter({ hasText: "poem.txt" }).getByRole("button", { name: "Replace" }).click();
  await uploads.filter({ hasText: "found.txt" }).getByRole("button", { name: "Keep both" }).click();
  await expect(uploads.filter({ hasText: "Stored" })).toHaveCount(5);
  await expect(listed.getByRole("link", { name: /^found \(2\)\.txt/ })).toBeVisible();
  await page.getByRole("button", { name: "Close" }).click();

  await listed.getByRole("link", { name: /^ridge\.png/ }).click();
  const seen = page.getByRole("img", { name: "Preview of ridge.png" });
  await expect.poll(() => seen.evaluate((image) => image.naturalWidth)).toBe(400);
  await reader.check("file-picture");

  // One that doesn't come says so in words.
  const broken = "**/ridge.png?preview=full";
  await page.route(broken, (route) => route.fulfill({ status: 400, contentType: "text/plain", body: "It isn’t one.\n" }));
  reader.refusals += 1;
  await page.reload();
  await expect(page.getByText("This picture can’t be shown")).toBeVisible();
  await expect(seen).toHaveCount(0);
  await page.unroute(broken);

  await page.goBack();
  await listed.getByRole("link", { name: /^poem\.txt/ }).click();
  await expect(page.getByText("Ice on the river")).toBeVisible();
  await page.getByRole("button", { name: "Bring back version 1" }).click();
  await expect(page.getByText("Ice on the lake")).toBeVisible();
  await page.getByText("Rename", { exact: true }).first().click();
  await page.getByRole("textbox", { name: "New name" }).fill("verse.txt");
  await page.getByRole("button", { name: "Rename" }).click();
  await expect(page.getByRole("heading", { name: "verse.txt" })).toBeVisible();
  const whole = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download", exact: true }).click();
  const download = await whole;
  expect(download.suggestedFilename()).toBe("verse.txt");
  expect(await readFile(await download.path(), "utf8")).toBe("Ice on the lake\n");
  await page.getByText("Move", { exact: true }).first().click();
  await page.getByRole("combobox", { name: "To which folder" }).selectOption({ label: "Kitchen" });
  await page.getByRole("button", { name: "Move it there" }).click();
  await expect(page).toHaveURL(/\/files\/Kitchen/);
  await page.goto(`${reader.home.web}/files/Kitchen/verse.txt?show`);
  await page.getByRole("link", { name: "Remove", exact: true }).click();
  await page.getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("verse.txt was removed.")).toBeVisible();
  await reader.check("files-undo");
  await page.getByRole("button", { name: "Bring it back" }).click();
  await expect(page.getByText("Ice on the lake")).toBeVisible();
});
