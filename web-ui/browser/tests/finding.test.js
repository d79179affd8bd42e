// What is looked for, and what is told: search with each of its filters, names and tags offered while one writes, activity.
import { writeFile } from "node:fs/promises";
import { picture } from "../helpers/picture.js";
import { expect, test } from "../helpers/suite.js";
import { box, card, looksUntil, mark, words } from "../helpers/words.js";

test("search finds by words, people, spaces, kinds and times", async ({ reader, village }) => {
  test.slow();
  const { page } = reader;
  const { alice, bob } = village;
  const one = mark();
  const blue = `The blue kettle whistles, ${one}: https://kettle.example/blue #tea${one}`;
  const red = `A red kettle, ${one}`;
  const seen = `Kéttle on the stove, ${one}`;
  const photo = alice.file(`${one}.png`);
  await writeFile(photo, picture(320, 200, [180, 90, 60]));
  await bob.post(blue, "--public");
  await alice.post(red, "--private", "--warning", "Something hot");
  await alice.post(seen, "--public", "--photo", `${photo}:A kettle`);
  await alice.reads(blue);
  await alice.put({ [`kettle-${one}.txt`]: "Descale it.\n" });

  // Typed as people do.
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox")).toBeFocused();
  await page.getByRole("searchbox").fill(`kettle ${one}`);
  await page.getByRole("searchbox").press("Enter");
  const found = page.locator("article.found");
  await expect(found).toHaveCount(3);
  await expect(found.first().locator("mark").first()).toHaveText(/k[eé]ttle/i);
  // What is behind a warning stays there.
  await expect(found.getByText("Something hot")).toBeVisible();
  await expect(found.getByText("A red")).toBeHidden();

  const asked = {
    [`${one} from:Bob`]: [blue],
    [`${one} from:me`]: [red, seen],
    [`${one} is:mine has:photo`]: [seen],
    [`${one} in:private`]: [red],
    [`${one} in:public`]: [blue, seen],
    [`${one} has:link`]: [blue],
    [`${one} has:photo`]: [seen],
    [`#tea${one}`]: [blue],
    [`"red kettle" ${one}`]: [red],
    [`kettle -blue -red ${one}`]: [seen],
    [`${one} after:2020-01`]: [blue, red, seen],
    [`${one} before:2020`]: [],
  };
  for (const [query, texts] of Object.entries(asked)) {
    await reader.visit(`/search?q=${encodeURIComponent(query)}`);
    await expect(found, query).toHaveCount(texts.length);
    for (const text of texts) await expect(found.filter({ hasText: text.split(",")[0] }), query).toHaveCount(1);
    if (texts.length === 0) await expect(page.getByText("Nothing found")).toBeVisible();
  }

  // People and files by their names, beside posts.
  await reader.visit(`/search?q=${encodeURIComponent(`kettle ${one}`)}`);
  await expect(page.getByRole("link", { name: new RegExp(`kettle-${one}\\.txt`) })).toBeVisible();
  await reader.check("search-filters");
  await found.filter({ hasText: "blue" }).locator("a.excerpt").click();
  await expect(card(page, blue.split(",")[0])).toBeVisible();
  await reader.visit("/search?q=bob");
  await expect(page.locator("main").getByRole("link", { name: "Bob", exact: true }).first()).toBeVisible();

  for (const wrong of ["has:cats", "after:soon", "from:"]) {
    await reader.visit(`/search?q=${encodeURIComponent(wrong)}`);
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(page.getByRole("searchbox")).toHaveValue(wrong);
  }
  await reader.check("search-problem");
});

test("names and tags are offered while one writes, and who is named is told", async ({ reader, village }) => {
  const { page } = reader;
  const text = words("come to the jetty");
  const area = box(page);
  const offers = page.getByRole("listbox");
  await area.pressSequentially("Dear @Bo");
  await expect(offers.getByRole("option", { name: /^Bob/ })).toHaveAttribute("aria-selected", "true");
  await expect(area).toHaveAttribute("aria-activedescendant", /./);
  await reader.check("offers", { isServed: false });
  await area.press("ArrowDown");
  await area.press("ArrowUp");
  await area.press("Enter");
  await expect(area).toHaveValue(`Dear @${village.keys.bob} `);
  await expect(offers).toHaveCount(0);

  await area.pressSequentially("and @Bo");
  await expect(offers.getByRole("option", { name: /^Bob/ })).toBeVisible();
  await area.press("Escape");
  await expect(offers).toHaveCount(0);
  await expect(area).toHaveValue(/and @Bo$/);

  await area.fill(`Dear @${village.keys.bob} ${text} `);
  await area.press("End");
  await area.pressSequentially("#la");
  const tag = offers.getByRole("option", { name: "#lake" });
  await tag.click();
  await expect(area).toHaveValue(/ #lake $/);
  await expect(area).toBeFocused();
  await area.press("Control+Enter");
  await expect(card(page, text).getByRole("link", { name: "@Bob" })).toHaveAttribute("href", `/person/${village.keys.bob}`);
  await card(page, text).getByRole("link", { name: "#lake" }).click();
  await expect(page).toHaveURL(/\/search\?q=%23lake/);
  await expect(page.locator("article.found").filter({ hasText: text })).toBeVisible();
  await expect.poll(async () => JSON.stringify(await village.bob.ask("notifications", "--only", "mentions")), { timeout: 60_000 }).toContain(text);
});

test("what others do is told, by kinds, until it is read", async ({ reader, village }) => {
  test.slow();
  const { page } = reader;
  const { alice, bob } = village;
  const [text, answer, named] = [words("The stove smokes"), words("Open the flue"), words("ask Bob")];
  const badge = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: /^Activity/ }).locator(".asks");
  await alice.ask("notifications", "--read");
  await reader.visit("/people");
  await expect(badge).toHaveCount(0);

  // Told on the page that is open.
  const id = await alice.post(text, "--public");
  await bob.reads(text);
  await bob.post(answer, "--reply-to", id);
  await expect(badge).toContainText(/\d/, { timeout: 60_000 });
  await bob.ask("react", id, "🎉");
  await bob.ask("boost", id);
  await bob.post(`@${village.keys.alice} **${named}**`, "--public");
  await expect.poll(async () => (await alice.ask("notifications", "--unread")).items.length, { timeout: 60_000 }).toBe(4);

  await page.goto(`${reader.home.web}/notifications`);
  const rows = page.locator("li.note");
  const unread = page.locator("li.note.unread");
  await expect(unread).toHaveCount(4);
  await expect(badge).toContainText("4 unread");
  await expect(page.locator("main .asks"), "the badge stands in the navigation alone").toHaveCount(0);
  await reader.check("notifications-rows");
  const kinds = {
    mentions: ["Mentions", "Bob mentioned you", `@Alice ${named}`],
    replies: ["Replies", "Bob answered you", answer],
    reactions: ["Reactions", "Bob reacted 🎉 to what you wrote", text],
    people: ["People", "You and Bob are friends now", null],
  };
  for (const [kind, [chip, sentence, quote]] of Object.entries(kinds)) {
    await page.getByRole("navigation", { name: "What is shown" }).getByRole("link", { name: chip }).click();
    await expect(page).toHaveURL(new RegExp(`only=${kind}$`));
    const row = rows.filter({ hasText: sentence }).filter({ hasText: quote ?? sentence });
    await expect(row, kind).toHaveCount(1);
  }
  await page.getByRole("navigation", { name: "What is shown" }).getByRole("link", { name: "Reactions" }).click();
  await expect(rows.filter({ hasText: "Bob boosted what you wrote" }).filter({ hasText: text })).toHaveCount(1);

  await page.getByRole("navigation", { name: "What is shown" }).getByRole("link", { name: "Replies" }).click();
  await rows.filter({ hasText: answer }).getByRole("link", { name: /answered you/ }).click();
  await expect(page).toHaveURL(/\/thread\/.+#post-/);
  await expect(card(page, answer).first()).toBeVisible();
  await looksUntil(reader, "/notifications", (here) => here.getByRole("button", { name: "Mark all as read" }));
  await page.getByRole("button", { name: "Mark all as read" }).click();
  await expect(unread).toHaveCount(0);
  await expect(badge).toHaveCount(0);
});
