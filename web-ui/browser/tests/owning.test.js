// What one chooses, takes along and brings in; and what there would be without a friend.
import { readFile, writeFile } from "node:fs/promises";
import { picture } from "../helpers/picture.js";
import { expect, test } from "../helpers/suite.js";

test.use({ atHome: false });

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

test("settings stick: in this browser, in the node, and on the pages that they are about", async ({ reader, village }) => {
  test.slow();
  const { page } = reader;
  const { alice } = village;
  const value = async (name) => (await alice.ask("settings", name)).value;
  const save = async (part) => {
    await page.locator(part).getByRole("button", { name: /^(Save|Speichern)$/ }).click();
    await expect(page.locator(part).getByRole("status")).toHaveText(/^(Saved|Gespeichert)\.$/);
  };
  await reader.visit("/settings");
  await page.locator("#posts").getByRole("combobox").selectOption("private");
  await save("#posts");
  expect(await value("post.audience")).toBe("private");
  await reader.visit("/");
  await expect(page.getByRole("combobox", { name: "Who may read this" })).toHaveValue("private");
  await expect(page.getByRole("button", { name: /^Post/ })).toHaveText("Post for yourself", { useInnerText: true });

  await reader.visit("/settings");
  await page.getByRole("combobox", { name: "Send to them" }).selectOption("256000");
  await save("#backup");
  await page.getByRole("combobox", { name: "Note who asked for what" }).selectOption("7");
  await save("#access");
  expect(await value("access.days")).toBe("7");
  await page.getByRole("checkbox", { name: /^Let search engines find it/ }).check();
  await save("#public");
  const robots = await page.request.get(`${reader.home.web}/robots.txt`);
  expect(await robots.text()).toContain("Allow: /@");
  await page.getByRole("checkbox", { name: /^Let search engines find it/ }).uncheck();
  await save("#public");
  await page.getByRole("combobox", { name: "Send to them" }).selectOption("none");
  await save("#backup");

  // The pages speak what was chosen, whatever the browser asks for, and so does what scripts say.
  await page.getByRole("combobox", { name: "What these pages speak" }).selectOption("de");
  await save("#language");
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await reader.visit("/");
  await expect(page.locator("body")).toHaveAttribute("data-words", /Kopiert/);
  await expect(page.getByRole("navigation", { name: "Hauptnavigation" }).getByRole("link", { name: "Start" })).toBeVisible();
  await reader.visit("/settings");
  await expect(page.getByRole("heading", { name: "Einstellungen" })).toBeVisible();
  await page.locator("#language").getByRole("combobox").selectOption("automatic");
  await save("#language");
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  for (const name of ["post.audience", "access.days", "page.language"]) {
    await alice.ask("settings", name, "--unset");
  }
});

test("a friend gets room here, and what is new goes to friends", async ({ reader, village }) => {
  const { page } = reader;
  await reader.visit("/backup");
  await page.getByRole("combobox", { name: "Friend" }).selectOption({ label: "Bob" });
  await page.getByRole("textbox", { name: "Space" }).fill("much");
  reader.refusals += 1;
  await page.getByRole("button", { name: "Pledge", exact: true }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByRole("combobox", { name: "Friend" }).selectOption({ label: "Bob" });
  await page.getByRole("textbox", { name: "Space" }).fill("2 GB");
  await page.getByRole("button", { name: "Pledge", exact: true }).click();
  await expect(page.getByText("Pledged. Your friend is told.")).toBeVisible();
  await expect(page.getByText(/of 2(\.0)? GB/).first()).toBeVisible();
  await expect.poll(async () => JSON.stringify(await village.bob.ask("guardians")), { timeout: 60_000 }).toContain(village.keys.alice);
  await page.getByRole("button", { name: "Back up now" }).click();
  await expect(page.getByText("What is new goes to your friends now.")).toBeVisible();
  await reader.check("backup-pledged");
});

test("a profile is changed, with a picture, and others see it", async ({ reader, village }) => {
  const { page } = reader;
  const bio = `Bread and birds ${Date.now().toString(36)}`;
  await reader.visit("/profile");
  await page.getByRole("textbox", { name: "About you" }).fill(bio);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.locator(".notice.good")).toBeVisible();
  await page.getByLabel("Choose a picture").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: picture(320, 320, [120, 80, 160]) });
  await page.getByRole("button", { name: "Save the picture" }).click();
  await expect(page.getByRole("button", { name: "Take the picture away" })).toBeVisible();
  await reader.visit(`/person/${village.keys.alice}`);
  await expect(page.getByText(bio)).toBeVisible();
  await expect.poll(() => page.locator("section.person img").first().evaluate((image) => image.naturalWidth)).toBeGreaterThan(0);
  await expect.poll(async () => JSON.stringify(await village.bob.ask("following")), { timeout: 60_000 }).toContain("Alice");
  await reader.visit("/profile");
  await page.getByRole("button", { name: "Take the picture away" }).click();
  await expect(page.getByRole("button", { name: "Take the picture away" })).toHaveCount(0);
});
