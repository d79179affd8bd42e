// Two people at two nodes: a community with its members and links, and a conversation of two.
import { expect, test } from "../helpers/suite.js";
import { card, looksUntil, words } from "../helpers/words.js";

test.use({ atHome: false });

test("a community is founded, joined by a link, run by two and left", async ({ reader, neighbour, village }) => {
  test.slow();
  const [mine, theirs] = [reader.page, neighbour.page];
  const [first, name] = [words("Orchard"), words("Old orchard")];
  const [said, answer] = [words("The apples are ripe"), words("I bring the ladder")];

  await reader.visit("/spaces");
  await mine.getByRole("textbox", { name: "Name" }).fill(first);
  await mine.getByRole("button", { name: "Begin it" }).click();
  await expect(mine.getByRole("heading", { name: first })).toBeVisible();
  const space = new URL(mine.url()).pathname;
  await mine.getByRole("link", { name: "Members and links" }).click();
  await mine.getByRole("textbox", { name: "Name of the space" }).fill(name);
  await mine.getByRole("button", { name: "Rename" }).click();
  await expect(mine.getByText("The space has its new name.")).toBeVisible();

  // A number that no link can have is refused in words.
  reader.refusals += 1;
  await mine.getByRole("spinbutton", { name: "For how many" }).evaluate((field) => { field.type = "text"; field.value = "0"; });
  await mine.getByRole("button", { name: "Make a link" }).click();
  await expect(mine.getByText("A link is for 1 to 1,000 people")).toBeVisible();
  await mine.getByRole("spinbutton", { name: "For how many" }).fill("3");
  await mine.getByRole("combobox", { name: "Works for" }).selectOption({ label: "a day" });
  await mine.getByRole("button", { name: "Make a link" }).click();
  await expect(mine.getByText("The link is below.")).toBeVisible();
  const link = await mine.getByLabel("0 of 3 joined by this").inputValue();

  await neighbour.visit("/spaces");
  await theirs.getByRole("textbox", { name: "Join by an invitation link" }).fill("hearth:nothing");
  neighbour.refusals += 1;
  await theirs.getByRole("button", { name: "Join", exact: true }).click();
  await expect(theirs.locator("#join-problem")).toBeVisible();
  await theirs.getByRole("textbox", { name: "Join by an invitation link" }).fill(link);
  await theirs.getByRole("button", { name: "Join", exact: true }).click();
  await expect(theirs.locator(".notice.good")).toBeVisible();
  await looksUntil(neighbour, "/spaces", (page) => page.getByRole("link", { name }));
  await theirs.getByRole("link", { name }).click();
  await expect(theirs.getByText("You are a member")).toBeVisible();
  await expect(theirs.locator(".posts[data-watch]")).toBeAttached();

  // What is said there comes to an open page, and goes to nobody else.
  await reader.visit(space);
  await mine.getByRole("textbox", { name: "Write to everybody in this space" }).fill(said);
  await mine.getByRole("button", { name: /^Post/ }).click();
  await expect(card(mine, said).locator(".audience")).toContainText(name);
  await looksUntil(neighbour, space, (page) => card(page, said));
  await card(theirs, said).getByRole("link", { name: "Reply" }).click();
  await theirs.getByRole("textbox", { name: "Reply to Alice" }).fill(answer);
  await theirs.getByRole("button", { name: /^Reply/ }).click();
  await expect(card(theirs, answer).locator(".audience")).toContainText(name);
  const news = mine.getByRole("link", { name: "1 new post" });
  await expect(news).toBeVisible({ timeout: 60_000 });
  await news.click();
  await expect(card(mine, answer)).toBeVisible();
  await mine.getByText("Who reads here").click();
  await expect(mine.locator("section.person").getByRole("link", { name: /Bob/ })).toBeVisible();
  await reader.check("community");

  await reader.visit(`${space}/members`);
  await expect(mine.getByLabel("1 of 3 joined by this")).toBeVisible();
  await mine.locator("details.power summary").click();
  await reader.check("community-members");
  await reader.visit(`${space}/members`);
  await mine.locator("details.power summary").click();
  await mine.getByRole("button", { name: "Make admin" }).click();
  await expect(mine.getByText("They are an admin now.")).toBeVisible();
  await mine.getByRole("button", { name: "Take back" }).click();
  await expect(mine.getByText("The link no longer works.")).toBeVisible();
  await expect(mine.getByLabel("1 of 3 joined by this")).toHaveCount(0);

  // The timeline has it too, alone by its name.
  await reader.visit("/");
  await mine.getByRole("navigation", { name: "What to read" }).getByRole("link", { name }).click();
  await expect(card(mine, answer)).toBeVisible();

  await looksUntil(neighbour, `${space}/members`, (page) => page.getByRole("button", { name: "Rename" }));
  await theirs.getByText("Leave this space…").click();
  await theirs.getByRole("button", { name: "Leave", exact: true }).click();
  await expect(theirs.getByText("You left the space.")).toBeVisible();
  await expect.poll(async () => {
    const { members } = await village.alice.ask("space", "show", space.split("/").at(-1));
    return JSON.stringify(members).includes(village.keys.bob);
  }, { timeout: 60_000 }).toBe(false);
  await reader.visit(`${space}/members`);
  await expect(mine.locator("details.power")).toHaveCount(0);
});

test("two talk alone", async ({ reader, neighbour, village }) => {
  test.slow();
  const [mine, theirs] = [reader.page, neighbour.page];
  const [first, second, third] = [words("Shall we meet at six?"), words("At the mill"), words("Bring a lamp")];
  const row = theirs.locator("li.talk").filter({ hasText: "Alice" });

  await reader.visit(`/person/${village.keys.bob}`);
  await mine.getByRole("link", { name: "Write to them alone" }).click();
  await expect(mine.getByText("Nobody but you two can read what is here")).toBeVisible();
  await mine.getByRole("textbox", { name: "Write to them" }).fill(first);
  await mine.getByRole("button", { name: /^Post/ }).click();
  await expect(card(mine, first).locator(".audience")).toContainText("You and Bob");

  await looksUntil(neighbour, "/conversations", () => row.getByText(first));
  await expect(row.getByText(/unread$/)).toBeAttached();
  await neighbour.check("conversations-unread");
  // Looking at it is reading it.
  const noted = theirs.waitForResponse((answer) => answer.url().endsWith("/conversations/read"));
  await neighbour.visit(`/with/${village.keys.alice}`);
  await expect(card(theirs, first)).toBeVisible();
  await noted;
  await neighbour.visit("/conversations");
  await expect(row.getByRole("button", { name: /^Mark what Alice/ })).toHaveCount(0);

  await expect(mine.locator(".posts[data-watch]")).toBeAttached();
  await village.bob.post(second, "--to", village.keys.alice);
  await village.alice.reads(second);
  await expect(mine.locator("#news")).toContainText("1 new post", { timeout: 60_000 });
  await village.bob.post(third, "--to", village.keys.alice);
  await village.alice.reads(third);
  await expect(mine.locator("#news")).toContainText("2 new posts", { timeout: 60_000 });
  await mine.locator("#news").click();
  await expect(card(mine, third)).toBeVisible();
  await reader.check("conversation");

  // From the list it is marked without opening it.
  const fourth = words("And the key");
  await village.bob.post(fourth, "--to", village.keys.alice);
  await village.alice.reads(fourth);
  const own = mine.locator("li.talk").filter({ hasText: "Bob" });
  await looksUntil(reader, "/conversations", () => own.getByText(fourth));
  await own.getByRole("button", { name: "Mark what Bob wrote as read" }).click();
  await expect(own.getByText(/unread$/)).toHaveCount(0);
  await expect(mine.getByRole("heading", { name: "Messages" })).toBeVisible();
});

test("whoever knocks becomes a friend, is called, listed, muted and blocked", async ({ reader, village, dora }) => {
  test.slow();
  const { page } = reader;
  const [hello, quiet] = [words("I am new here."), words("A loud word")];
  await dora.post(hello, "--public");
  const { link } = await village.alice.ask("link");
  await dora.ask("knock", link, "We met at the mill.");
  await looksUntil(reader, "/people", (here) => here.getByRole("heading", { name: "Somebody knocks" }));
  await expect(page.getByText("We met at the mill.")).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: /People/ })).toContainText("1");
  await reader.check("people-knock");
  await page.getByRole("button", { name: "Accept" }).click();
  await expect(page.getByText("You follow each other now.")).toBeVisible();

  const person = `/person/${await dora.identity()}`;
  await looksUntil(reader, person, (here) => here.getByText("You are friends: you follow each other"));
  await village.alice.reads(hello);
  await page.getByText("Your name for them").click();
  await page.getByRole("textbox", { name: /^What you call them/ }).fill("Dora from the mill");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Dora from the mill", level: 1 })).toBeVisible();
  await expect(page.getByText("Calls themselves Dora")).toBeVisible();
  await page.getByText("Lists", { exact: true }).click();
  await page.getByRole("textbox", { name: "Put them on a list" }).fill("Mill");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.locator(".notice.good")).toHaveText("Your list is changed.");
  await reader.check("person-called");
  await reader.visit("/?list=Mill");
  await expect(card(page, hello)).toContainText("Dora from the mill");
  await reader.visit(person);
  await page.getByText("Lists", { exact: true }).click();
  await page.getByRole("button", { name: /^✓?\s*Mill/ }).click();
  await expect(page.locator(".notice.good")).toHaveText("Your list is changed.");

  // Muted: nothing on the timeline, all of it on their page.
  await page.getByText("Mute or block").click();
  await page.getByRole("button", { name: "Mute", exact: true }).click();
  await expect(page.locator(".notice.good")).toContainText("Muted");
  await dora.post(quiet, "--public");
  await looksUntil(reader, person, (here) => card(here, quiet));
  await reader.visit("/");
  await expect(card(page, hello)).toHaveCount(0);
  await expect(card(page, quiet)).toHaveCount(0);
  await reader.visit("/quiet");
  await page.getByRole("button", { name: "Unmute Dora from the mill" }).click();
  await expect(page.locator(".notice.good")).toContainText("Their posts show again");
  await reader.visit("/");
  await expect(card(page, quiet)).toBeVisible();

  // Blocked: nowhere, and no friend any more.
  await reader.visit(person);
  await page.getByText("Mute or block").click();
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await expect(page.locator(".notice.good")).toContainText("Blocked");
  await expect(card(page, quiet)).toHaveCount(0);
  await reader.check("person-blocked");
  await reader.visit(`/search?q=${encodeURIComponent(quiet)}`);
  await expect(page.getByText("Nothing found")).toBeVisible();
  await reader.visit("/quiet");
  await reader.check("quiet-blocked");
  await page.getByRole("button", { name: "Unblock Dora from the mill" }).click();
  await expect(page.locator(".notice.good")).toContainText("No longer blocked");

  // Followed again, by a link; a wrong one is said to be.
  await reader.visit("/people");
  const field = page.getByRole("textbox", { name: "Follow somebody by their key or link" });
  await field.fill("hearth1nobody");
  reader.refusals += 1;
  await page.getByRole("button", { name: "Follow", exact: true }).click();
  await expect(page.locator("#follow-problem")).toBeVisible();
  await field.fill((await dora.ask("link")).link);
  await page.getByRole("button", { name: "Follow", exact: true }).click();
  await expect(page.locator(".notice.good")).toBeVisible();
  await looksUntil(reader, person, (here) => card(here, hello));
  await page.getByRole("button", { name: "Unfollow" }).click();
  await expect(page.getByRole("button", { name: /^Follow( back)?$/ })).toBeVisible();
});

test("posts are boosted, seen by whom, and taken back", async ({ reader, village }) => {
  const { page } = reader;
  const text = words("The bakery opens again");
  const id = await village.bob.post(text, "--public");
  await village.alice.reads(text);
  await reader.visit("/");
  await card(page, text).getByRole("button", { name: "Boost" }).click();
  await expect(card(page, text).first().getByRole("button", { name: /Boosted/ })).toBeVisible();
  await expect.poll(async () => JSON.stringify(await village.bob.ask("notifications", "--only", "reactions")), { timeout: 60_000 }).toContain(id);
  await reader.visit(`/thread/${id}`);
  await card(page, text).getByRole("button", { name: /Boosted/ }).click();
  await expect(card(page, text).getByRole("button", { name: /Boosted/ })).toHaveCount(0);
});
