// What people do, by hand, in a browser with scripts. Each story begins with a signed-in reader and may change the village:
// it says things that no other story says, and doesn't count what was there before.
import { expect, test } from "../helpers/suite.js";
import { card, words, write } from "../helpers/words.js";

test("a post is written, changed and deleted", async ({ reader }) => {
  const { page } = reader;
  const [first, second] = [words("Snow on the roof"), words("Much snow on the roof")];
  await write(page, first);
  await expect(card(page, first)).toBeVisible();

  await card(page, first).getByText("More", { exact: true }).click();
  await card(page, first).getByRole("link", { name: "Edit" }).click();
  await page.getByRole("textbox", { name: "The post’s text" }).fill(second);
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

test("whoever answers more widely than was asked is asked whether they mean it", async ({ reader, village }) => {
  const { page } = reader;
  const [asked, answer] = [words("Who has a key to the hall?"), words("Everybody may know: I have")];
  const id = await village.bob.post(asked);
  await village.alice.reads(asked);
  await reader.visit(`/thread/${id}`);
  await page.getByRole("textbox", { name: "Reply to Bob" }).fill(answer);
  await page.getByRole("combobox", { name: "Who may read this" }).selectOption("public");
  await page.getByRole("button", { name: /^Reply/ }).click();
  await expect(page.getByRole("heading", { name: /^Shall more people read your reply/ })).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Your reply" })).toHaveValue(answer);
  await reader.check("wider", { isServed: false });
  await page.getByRole("button", { name: "Reply: Public" }).click();
  await expect(card(page, answer).locator(".audience")).toContainText("Public");
  expect((await village.bob.reads(answer)).reply_to).toBe(id);
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
  const texts = [words("News from the lake"), words("More news"), words("The latest news")];
  // Once the page listens it looks for what came before it did.
  const listens = page.waitForResponse((answer) => answer.url().includes("/fragment/home"));
  await page.reload();
  await listens;
  for (const text of texts) await village.bob.post(text);
  const news = page.getByRole("link", { name: "3 new posts" });
  await expect(news).toBeVisible({ timeout: 60_000 });
  for (const text of texts) await expect(card(page, text)).toHaveCount(0);
  await expect(page).toHaveTitle(/^\(3\) /);
  await news.click();
  await expect(card(page, texts[2])).toBeFocused();
  await expect(card(page, texts[0])).toBeVisible();
  await expect(news).toBeHidden();

  const last = words("One more");
  await village.bob.post(last);
  await expect(page.getByRole("link", { name: "1 new post" })).toBeVisible({ timeout: 60_000 });
  await page.keyboard.press(".");
  await expect(card(page, last)).toBeFocused();
});

test("what may hurt is read only by who wants to, and what it said before can be looked up", async ({ reader, village }) => {
  const { page } = reader;
  const [warning, text] = [words("A spider"), words("It has eight legs")];
  await page.getByText("Warning", { exact: true }).click();
  await page.getByRole("textbox", { name: "What to know before one looks" }).fill(warning);
  await write(page, text);
  const post = card(page, warning);
  const said = post.getByText(text, { exact: true });
  await expect(post).toHaveCount(1);
  await expect(said).toBeHidden();
  await post.getByText("Show", { exact: true }).click();
  await expect(said).toBeVisible();
  const id = (await post.getAttribute("id")).replace("post-", "");
  await page.goto(`${reader.home.web}/thread/${id}#post-${id}`);
  await expect(said).toBeHidden();
  await page.keyboard.press("x");
  await expect(said).toBeVisible();
  expect((await village.bob.reads(text)).warning).toBe(warning);

  await village.alice.ask("edit", id, `${text}, or six`);
  await village.alice.ask("edit", id, `${text}, or none`);
  await reader.visit(`/thread/${id}`);
  await post.getByRole("link", { name: "edited" }).click();
  const texts = page.locator("li.past");
  await expect(texts).toHaveCount(3);
  await expect(texts.nth(0)).toContainText("As it is now");
  await expect(texts.getByText("or none")).toBeHidden();
  for (const fold of await texts.getByText("Show", { exact: true }).all()) await fold.click();
  await expect(texts.nth(0).getByText("or none")).toBeVisible();
  await expect(texts.nth(1)).toContainText("or six");
  await expect(texts.nth(2)).toContainText("At first");
  await reader.check("history-of-three");
  await page.getByRole("link", { name: "Back to the post by Alice" }).click();
  await expect(post).toBeVisible();
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

test("a draft outlives its tab, and goes when one signs out", async ({ reader, context }) => {
  const { page, home } = reader;
  const text = words("Half a thought, and the tab closes");
  await page.getByRole("textbox", { name: "What is on your mind?" }).fill(text);
  const another = await context.newPage();
  const box = another.getByRole("textbox", { name: "What is on your mind?" });
  await another.goto(`${home.web}/`);
  await expect(box).toHaveValue(text);
  await page.close();
  await another.reload();
  await expect(box).toHaveValue(text);
  await another.goto(`${home.web}/profile`);
  await another.getByRole("button", { name: "Sign out" }).click();
  await expect(another).toHaveURL(/\/sign-in$/);
  await another.goto(await home.signInLink());
  await expect(another).toHaveURL(`${home.web}/`);
  await expect(box).toHaveValue("");
  expect(await another.evaluate(() => localStorage.length)).toBe(0);
});

test("who signs out is out", async ({ reader }) => {
  const { page } = reader;
  await reader.visit("/profile");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await reader.visit("/people", 401);
  await expect(page.locator("pre")).toHaveText("hearth open");
});
