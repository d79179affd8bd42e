// What one chooses, takes along and brings in; and what there would be without a friend.
import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "../helpers/suite.js";

test("what is chosen is kept, and says so where it was chosen", async ({ reader, village }) => {
  const { page } = reader;
  await reader.visit("/settings");
  const photos = page.locator("#photos");
  const chosen = async () => (await village.alice.ask("settings", "cache.photos")).value;
  const wanted = (await chosen()) === "8GiB" ? "1GiB" : "8GiB";
  await photos.getByRole("combobox", { name: "Keep up to" }).selectOption(wanted);
  await photos.getByRole("button", { name: "Save" }).click();
  await expect(photos.getByRole("status")).toHaveText("Saved.");
  await expect(photos.getByRole("combobox", { name: "Keep up to" })).toHaveValue(wanted);
  expect(await chosen()).toBe(wanted);
  await reader.check("settings-saved");
});

test("everything is downloaded as one file, and the page stays", async ({ reader }) => {
  const { page } = reader;
  await reader.visit("/export");
  const button = page.getByRole("button", { name: "Download it" });
  const coming = page.waitForEvent("download", { timeout: 60_000 });
  await button.click();
  const download = await coming;
  expect(download.suggestedFilename()).toBe("hearth.tar");
  const archive = await readFile(await download.path(), "latin1");
  for (const part of ["hearth/index.html", "hearth/posts/0001.html", "hearth/people.json", "The first frost"]) {
    expect(archive).toContain(part);
  }
  await expect(button).toBeEnabled();
});

test("a friend is thought away, and comes back", async ({ reader, village }) => {
  const { page } = reader;
  await village.alice.ask("backup", "now", "--wait");
  await reader.visit("/backup");
  await page.getByRole("link", { name: /Without them\?.*Bob/ }).click();
  await expect(page.locator("#circle-said")).toContainText("Without Bob");
  await reader.visit(`/backup?without=${village.keys.bob}`);
  await reader.check("backup-without");
  await page.getByRole("link", { name: "Everybody is back" }).click();
  await expect(page.locator("#circle-said")).not.toContainText("Without Bob");
});

test("old posts are looked at, and come in", async ({ reader, village }) => {
  const { page } = reader;
  const mark = Date.now().toString(36);
  const line = (year, text) => JSON.stringify({ time_ms: Date.UTC(year, 5, 1), text: `${text} (${mark})` });
  const file = village.alice.file(`old-${mark}.jsonl`);
  await writeFile(file, `${line(2014, "The old oven")}\n${line(2021, "The new oven")}\n`);
  await reader.visit("/import");
  await page.getByLabel("A file with posts").setInputFiles(file);
  await page.getByRole("button", { name: "Look what is in it" }).click();
  await expect(page.getByText("2 posts from 2014–2021.")).toBeVisible();
  await expect(page.getByRole("radio", { name: /^Only you/ })).toBeChecked();
  await reader.check("import-seen");
  await page.getByRole("button", { name: "Bring in 2 posts" }).click();
  await expect(page.getByText("2 posts came in.")).toBeVisible();
  await reader.visit("/import");
  await reader.check("import-done");
  const found = await village.alice.ask("search", `oven ${mark}`);
  expect(JSON.stringify(found)).toContain("The old oven");
  await page.getByRole("button", { name: "Another file" }).click();
  await expect(page.getByLabel("A file with posts")).toBeVisible();
});
