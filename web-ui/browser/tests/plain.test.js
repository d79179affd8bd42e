// The same by a browser that runs no script: what is essential works by links and forms.
import { writeFile } from "node:fs/promises";
import { Home } from "../helpers/home.js";
import { picture } from "../helpers/picture.js";
import { Reader, expect, test } from "../helpers/suite.js";
import { box, card, words, write } from "../helpers/words.js";

test("one writes, changes and deletes", async ({ reader }) => {
  const { page } = reader;
  const [first, second] = [words("Tea"), words("Coffee")];
  await page.getByRole("textbox", { name: "What is on your mind?" }).fill(first);
  await page.getByRole("button", { name: /^Post/ }).click();
  await expect(card(page, first)).toBeVisible();
  await card(page, first).getByText("More", { exact: true }).click();
  await card(page, first).getByRole("link", { name: "Edit" }).click();
  await page.getByRole("textbox", { name: "The post’s text" }).fill(second);
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

test("one begins a space, invites, leaves it, and signs out", async ({ reader }) => {
  const { page } = reader;
  const name = words("House");
  await reader.visit("/spaces");
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("button", { name: "Begin it" }).click();
  await expect(page.getByRole("heading", { name })).toBeVisible();
  await page.getByRole("link", { name: "Members and links" }).click();
  await page.getByRole("button", { name: "Make a link" }).click();
  await expect(page.getByLabel("0 of 1 joined by this")).toHaveValue(/^hearth:/);
  await reader.check("space-members");
  await page.getByRole("button", { name: "Take back" }).click();
  await expect(page.getByText("The link no longer works.")).toBeVisible();
  await page.getByText("Leave this space…").click();
  await page.getByRole("button", { name: "Leave", exact: true }).click();
  await expect(page.getByText("You left the space.")).toBeVisible();
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

test("one begins by a password, without a script", async ({ page }, info) => {
  const home = await Home.make("Dora");
  try {
    const link = await home.begin();
    const reader = new Reader(page, home, info);
    await page.goto(link);
    await reader.check("first-run-welcome");
    await page.getByRole("link", { name: "I have a phrase" }).click();
    await page.getByLabel("Your phrase").fill("never heard");
    reader.refusals += 1;
    await page.getByRole("button", { name: "Bring me back" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await page.getByRole("link", { name: "Back" }).click();
    await page.getByRole("link", { name: "I’m new here" }).click();
    await page.getByLabel("Your name").fill("Dora");
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByLabel("New password").fill("four small wooden boats");
    await page.getByLabel("Once more").fill("four small wooden boats");
    await page.getByRole("button", { name: "Set the password" }).click();
    await expect(page.getByText("Your password is set.")).toBeVisible();
    await page.getByRole("link", { name: "Next", exact: true }).click();
    const phrase = await page.locator("ol.words > li").allTextContents();
    await page.getByRole("link", { name: "I have written them down" }).click();
    for (const field of await page.getByLabel(/^Word number/).all()) {
      const label = await page.locator(`label[for="${await field.getAttribute("id")}"]`).textContent();
      await field.fill(phrase[Number(label.match(/\d+/)[0]) - 1].trim());
    }
    await page.getByRole("button", { name: "That’s them" }).click();
    await page.getByRole("link", { name: "Go on without" }).click();
    await write(page, "Hello without a script");
    await expect(card(page, "Hello without a script")).toBeVisible();
    await reader.visit("/profile");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Password", { exact: true }).fill("four small wooden boats");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page).toHaveURL(`${home.web}/`);
    reader.isContent();
  } finally {
    await home.end();
  }
});

test("one posts a photo behind a warning, and finds it", async ({ reader }) => {
  const { page } = reader;
  const [text, warning] = [words("The old boat"), words("A wreck")];
  await box(page).fill(text);
  await page.locator("input[type=file][multiple]").setInputFiles({ name: "boat.png", mimeType: "image/png", buffer: picture(400, 300, [90, 110, 140]) });
  await page.getByText("Warning", { exact: true }).click();
  await page.getByRole("textbox", { name: "What to know before one looks" }).fill(warning);
  reader.refusals += 1;
  await page.getByRole("button", { name: /^Post/ }).click();
  // Without a script the photos are described in a second step, at which the first one arrives.
  await page.getByLabel(/^Photo 1: what is on it/).fill("A boat on its side");
  await reader.check("photo-described");
  await page.getByRole("button", { name: /^Post/ }).click();
  const post = card(page, warning);
  await expect(post.getByAltText("A boat on its side")).toBeHidden();
  await post.getByText("Show", { exact: true }).click();
  await expect(post.getByAltText("A boat on its side")).toBeVisible();
  await post.locator("a.photo").click();
  await expect(page).toHaveURL(/\/photo\//);
  await page.goBack();
  // How browsers frame a lone picture is their own style, which the policy of pictures doesn't let in.
  reader.complaints.length = 0;

  await reader.visit("/search");
  await page.getByRole("searchbox").fill(`${text} has:photo`);
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.locator("article.found")).toHaveCount(1);
  await expect(page.locator("article.found").getByText(warning)).toBeVisible();
  await reader.check("search-found");
});

test("one calls somebody otherwise, lists, mutes, and reads what is told", async ({ reader, village }) => {
  const { page } = reader;
  const { alice, bob, keys } = village;
  const [text, alone] = [words("Look up"), words("For your eyes")];
  await reader.visit(`/person/${keys.bob}`);
  await page.getByText("Your name for them").click();
  await page.getByRole("textbox", { name: /^What you call them/ }).fill("Bobby");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Bobby" })).toBeVisible();
  await page.getByText("Your name for them").click();
  await page.getByRole("textbox", { name: /^What you call them/ }).fill("");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Bob", exact: true })).toBeVisible();
  await page.getByText("Mute or block").click();
  await page.getByRole("button", { name: "Mute", exact: true }).click();
  await reader.visit("/quiet");
  await page.getByRole("button", { name: "Unmute Bob" }).click();
  await expect(page.locator(".notice.good")).toContainText("Their posts show again");

  await bob.post(`@${keys.alice} ${text}`, "--public");
  await bob.post(alone, "--to", keys.alice);
  await alice.reads(text);
  await alice.reads(alone);
  await reader.visit("/notifications?only=mentions");
  await expect(page.locator("li.note").filter({ hasText: text })).toHaveCount(1);
  await page.getByRole("button", { name: "Mark all as read" }).click();
  await expect(page.locator("li.note.unread")).toHaveCount(0);
  await reader.visit("/conversations");
  const row = page.locator("li.talk").filter({ hasText: alone });
  await row.getByRole("link").click();
  await expect(card(page, alone)).toBeVisible();
  await page.getByRole("button", { name: "Mark as read" }).click();
  await expect(row.getByText(/unread$/)).toHaveCount(0);
  await reader.check("conversations");
});

test("one takes everything along, signs another browser out, and keeps a backup with friends", async ({ reader, browser, village }, info) => {
  const { page } = reader;
  await reader.visit("/export");
  const coming = page.waitForEvent("download", { timeout: 60_000 });
  await page.getByRole("button", { name: "Download it" }).click();
  expect((await coming).suggestedFilename()).toBe("hearth.tar");
  await reader.visit("/backup");
  await page.getByRole("button", { name: "Back up now" }).click();
  await expect(page.getByText("What is new goes to your friends now.")).toBeVisible();
  await village.alice.ask("backup", "now", "--wait");
  await reader.visit("/backup");
  await page.getByRole("link", { name: /Without them\?.*Bob/ }).click();
  await expect(page.locator("#circle-said")).toContainText("Without Bob");
  const context = await browser.newContext();
  const other = new Reader(await context.newPage(), village.alice, info);
  await other.comeIn();
  await reader.visit("/settings/sessions");
  await page.getByRole("button", { name: "Sign out all others" }).click();
  await other.visit("/people", 401);
  await context.close();
  await reader.check("sessions");
});
