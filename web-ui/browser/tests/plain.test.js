// The same by a browser that runs no script: what is essential works by links and forms.
import { writeFile } from "node:fs/promises";
import { expect, test } from "../helpers/suite.js";

let told = 0;
const words = (about) => `${about} (${Date.now().toString(36)}${(told += 1)})`;
const card = (page, text) => page.getByRole("article").filter({ hasText: text });

test("one writes, changes and deletes", async ({ reader }) => {
  const { page } = reader;
  const [first, second] = [words("Tea"), words("Coffee")];
  await page.getByRole("textbox", { name: "What is on your mind?" }).fill(first);
  await page.getByRole("button", { name: /^Post/ }).click();
  await expect(card(page, first)).toBeVisible();
  await card(page, first).getByText("More", { exact: true }).click();
  await card(page, first).getByRole("link", { name: "Edit" }).click();
  await page.getByRole("textbox", { name: "The post's text" }).fill(second);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(card(page, second)).toContainText("edited");
  await card(page, second).getByText("More", { exact: true }).click();
  await card(page, second).getByRole("link", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await reader.visit("/");
  await expect(card(page, second)).toHaveCount(0);
});

test("one answers, reacts and keeps", async ({ reader, village }) => {
  const { page } = reader;
  const [asked, answer] = [words("Who has a saw?"), words("The neighbours")];
  await village.bob.post(asked);
  await village.alice.reads(asked);
  await reader.visit("/");
  await card(page, asked).getByText("React", { exact: true }).first().click();
  await card(page, asked).getByRole("button", { name: "Heart" }).click();
  await expect(card(page, asked).getByRole("button", { pressed: true })).toContainText("1");
  await card(page, asked).getByText("More", { exact: true }).click();
  await card(page, asked).getByRole("button", { name: "Bookmark" }).click();
  await expect(card(page, asked)).toContainText("bookmarked");
  await card(page, asked).getByRole("link", { name: "Reply" }).click();
  await page.getByRole("textbox", { name: "Reply to Bob" }).fill(answer);
  await page.getByRole("button", { name: /^Reply/ }).click();
  await expect(card(page, answer)).toBeVisible();
  await village.bob.reads(answer);
});

test("one begins a space and signs out", async ({ reader }) => {
  const { page } = reader;
  const name = words("House");
  await reader.visit("/spaces");
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("button", { name: "Begin it" }).click();
  await expect(page.getByRole("heading", { name })).toBeVisible();
  await reader.visit("/profile");
  await page.getByRole("button", { name: "Sign out" }).click();
  await reader.visit("/", 401);
});

test("one chooses something, and brings in an old post", async ({ reader, village }) => {
  const { page } = reader;
  await reader.visit("/settings");
  await page.locator("#public").getByRole("button", { name: "Save" }).click();
  await expect(page.locator("#public").getByRole("status")).toHaveText("Saved.");
  const file = village.alice.file("old.jsonl");
  await writeFile(file, `${JSON.stringify({ time_ms: Date.now() - 1e11, text: words("Long ago") })}\n`);
  await reader.visit("/import");
  await page.getByLabel("A file with posts").setInputFiles(file);
  await page.getByRole("button", { name: "Look what is in it" }).click();
  await expect(page.getByText(/^One post from/)).toBeVisible();
  await page.getByRole("button", { name: "Bring in one post" }).click();
  // Without a script one looks again.
  await expect(async () => {
    await reader.visit("/import");
    await expect(page.getByText("One post came in.")).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await page.getByRole("button", { name: "Another file" }).click();
});

test("one stores a file, removes it and brings it back", async ({ reader }) => {
  const { page } = reader;
  const folder = words("Shelf");
  await reader.visit("/files");
  await page.getByText("New folder", { exact: true }).click();
  await page.getByRole("textbox", { name: "Name of the new folder" }).fill(folder);
  await page.getByRole("button", { name: "Make it" }).click();
  await expect(page.getByRole("heading", { name: folder })).toBeVisible();
  const address = page.url().split("?")[0];
  const send = async (text, what) => {
    // What was said of the last one stands here no more.
    await page.goto(address);
    await page.getByLabel("Choose files").setInputFiles({ name: "list.txt", mimeType: "text/plain", buffer: Buffer.from(text) });
    await page.getByRole("radio", { name: what }).check();
    await page.getByRole("button", { name: "Upload" }).click();
    await expect(page.getByText("Your files are here now.")).toBeVisible();
  };
  await send("Flour", "Keep both");
  await send("Flour and salt", "Replace it");
  await page.getByRole("link", { name: /^list\.txt/ }).click();
  await expect(page.getByText("Flour and salt")).toBeVisible();
  await page.getByRole("button", { name: "Bring back version 1" }).click();
  await expect(page.getByText("It’s back.")).toBeVisible();
  await expect(page.getByText("Flour", { exact: true })).toBeVisible();
  await page.getByRole("link", { name: "Remove", exact: true }).click();
  await page.getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("list.txt was removed.")).toBeVisible();
  await page.getByRole("button", { name: "Bring it back" }).click();
  await expect(page.getByRole("heading", { name: "list.txt" })).toBeVisible();
});

for (const [name, path] of Object.entries({
  home: () => "/",
  thread: ({ answer }) => `/thread/${answer}`,
  person: ({ keys }) => `/person/${keys.bob}`,
  people: () => "/people",
  profile: () => "/profile",
  settings: () => "/settings",
  backup: () => "/backup",
  files: () => "/files",
})) {
  test(`the page ${name} is whole`, async ({ reader, village }) => {
    await reader.visit(path(village));
    await reader.check(name);
  });
}
