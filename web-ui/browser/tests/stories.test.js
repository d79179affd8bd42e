// What people do, by hand, in a browser with scripts. Each story begins with a signed-in reader and may change the village:
// it says things that no other story says, and doesn't count what was there before.
import { Home } from "../helpers/home.js";
import { expect, test } from "../helpers/suite.js";

let told = 0;
/** Words that nobody said before in this run. */
const words = (about) => `${about} (${Date.now().toString(36)}${(told += 1)})`;
const card = (page, text) => page.getByRole("article").filter({ hasText: text });

async function write(page, text) {
  await page.getByRole("textbox", { name: "What is on your mind?" }).fill(text);
  await page.getByRole("button", { name: /^Post/ }).click();
  await expect(page.locator(".notice.good")).toBeVisible();
}

test("a post is written, changed and deleted", async ({ reader }) => {
  const { page } = reader;
  const [first, second] = [words("Snow on the roof"), words("Much snow on the roof")];
  await write(page, first);
  await expect(card(page, first)).toBeVisible();

  await card(page, first).getByText("More", { exact: true }).click();
  await card(page, first).getByRole("link", { name: "Edit" }).click();
  await page.getByRole("textbox", { name: "The post's text" }).fill(second);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(card(page, second)).toContainText("edited");
  await expect(card(page, first)).toHaveCount(0);

  await card(page, second).getByText("More", { exact: true }).click();
  await card(page, second).getByRole("link", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.locator(".notice.good")).toBeVisible();
  await reader.visit("/");
  await expect(card(page, second)).toHaveCount(0);
});

test("whom a post is for is chosen where it is written", async ({ reader, village }) => {
  const { page } = reader;
  const text = words("For everybody");
  const button = page.getByRole("button", { name: /^Post/ });
  await expect(button).toHaveText("Post to friends", { useInnerText: true });
  await page.getByRole("combobox", { name: "Who may read this" }).selectOption("public");
  await expect(page.getByText("Everybody may read this, now and later.")).toBeVisible();
  await expect(button).toHaveText("Post to everybody", { useInnerText: true });
  await write(page, text);
  await expect(card(page, text).locator(".audience")).toContainText("Public");
  expect((await village.bob.reads(text)).text).toBe(text);
});

test("a friend is answered, and reads it", async ({ reader, village }) => {
  const { page } = reader;
  const [asked, answer] = [words("Has anybody a ladder?"), words("I have one")];
  const id = await village.bob.post(asked);
  await village.alice.reads(asked);
  await reader.visit("/");
  await card(page, asked).getByRole("link", { name: "Reply" }).click();
  await page.getByRole("textbox", { name: "Reply to Bob" }).fill(answer);
  await page.getByRole("button", { name: /^Reply/ }).click();
  await expect(card(page, answer)).toContainText("In reply to");
  expect((await village.bob.reads(answer)).reply_to).toBe(id);
});

test("a reaction is given and taken back", async ({ reader, village }) => {
  const { page } = reader;
  const text = words("The owl is back");
  await village.bob.post(text);
  await village.alice.reads(text);
  await reader.visit("/");
  await card(page, text).getByText("React", { exact: true }).first().click();
  await card(page, text).getByRole("button", { name: "Thumbs up" }).click();
  const mine = card(page, text).getByRole("button", { pressed: true });
  await expect(mine).toContainText("👍 1");
  await mine.click();
  await expect(card(page, text).getByRole("button", { pressed: true })).toHaveCount(0);
});

test("a bookmarked post is found again", async ({ reader, village }) => {
  const { page } = reader;
  const text = words("The recipe for the soup");
  await village.bob.post(text);
  await village.alice.reads(text);
  await reader.visit("/");
  await card(page, text).getByText("More", { exact: true }).click();
  await card(page, text).getByRole("button", { name: "Bookmark" }).click();
  await expect(card(page, text)).toContainText("bookmarked");
  await reader.visit("/bookmarks");
  await card(page, text).getByText("More", { exact: true }).click();
  await card(page, text).getByRole("button", { name: "Take out of bookmarks" }).click();
  await expect(card(page, text)).toHaveCount(0);
});

test("news is told, and comes when it is asked for", async ({ reader, village }) => {
  const { page } = reader;
  const text = words("News from the lake");
  await expect(page.locator("#timeline[data-live]")).toBeAttached();
  await page.waitForTimeout(500);
  await village.bob.post(text);
  const news = page.getByRole("link", { name: "1 new post" });
  await expect(news).toBeVisible();
  await expect(card(page, text)).toHaveCount(0);
  await expect(page).toHaveTitle(/^\(1\) /);
  await news.click();
  await expect(card(page, text)).toBeFocused();
  await expect(news).toBeHidden();
});

test("a draft outlives a reload, and goes once it is sent", async ({ reader }) => {
  const { page } = reader;
  const text = words("Half a thought");
  const box = page.getByRole("textbox", { name: "What is on your mind?" });
  await box.fill(text);
  await page.getByRole("combobox", { name: "Who may read this" }).selectOption("private");
  await page.reload();
  await expect(box).toHaveValue(text);
  await expect(page.getByRole("combobox", { name: "Who may read this" })).toHaveValue("private");
  await write(page, text);
  await expect(box).toHaveValue("");
  await page.reload();
  await expect(box).toHaveValue("");
});

test("somebody is followed by their link", async ({ reader, village }) => {
  const { page } = reader;
  const dora = await Home.make("Dora");
  try {
    await dora.up();
    await dora.post("I am new here.", "--public");
    const { link } = await dora.ask("link");
    await reader.visit("/people");
    await page.getByRole("textbox", { name: "Follow somebody by their key or link" }).fill(link);
    await page.getByRole("button", { name: "Follow", exact: true }).click();
    await expect(page.locator(".notice.good")).toBeVisible();
    await village.alice.reads("I am new here.");
    await reader.visit("/");
    await expect(card(page, "I am new here.")).toContainText("Dora");
    await reader.visit(`/person/${await dora.identity()}`);
    await page.getByRole("button", { name: "Unfollow" }).click();
    await expect(page.getByRole("button", { name: "Follow", exact: true })).toBeVisible();
  } finally {
    await dora.end();
  }
});

test("a space is begun, and a friend let in", async ({ reader, village }) => {
  const { page } = reader;
  const [name, text] = [words("Choir"), words("We sing on Monday")];
  await reader.visit("/spaces");
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("button", { name: "Begin it" }).click();
  await expect(page.getByRole("heading", { name })).toBeVisible();
  await page.getByRole("link", { name: "Members and links" }).click();
  await page.getByRole("combobox", { name: "Add somebody by their key" }).fill(village.keys.bob);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByRole("main").getByText("Bob").first()).toBeVisible();
  await reader.visit("/spaces");
  await page.getByRole("link", { name: new RegExp(name.replace(/[()]/g, "\\$&")) }).click();
  await page.getByRole("textbox", { name: "Write to everybody in this space" }).fill(text);
  await page.getByRole("button", { name: /^Post/ }).click();
  await expect(card(page, text).locator(".audience")).toContainText(name);
  expect((await village.bob.reads(text)).text).toBe(text);
});

test("who signs out is out", async ({ reader }) => {
  const { page } = reader;
  await reader.visit("/profile");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await reader.visit("/people", 401);
  await expect(page.locator("pre")).toHaveText("hearth open");
});
