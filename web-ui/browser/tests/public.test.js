// What visitors find who have no account: a page, posts, photos, a feed, what is told to machines; and nothing that isn't public.
import { Reader, expect, test } from "../helpers/suite.js";
import { words } from "../helpers/words.js";

test.use({ atHome: false });

test("a visitor reads what is public, and machines are told what it is", async ({ page, village }, info) => {
  const { alice } = village;
  const [open, closed] = [words("For the whole world"), words("For friends alone")];
  await alice.post(open, "--public");
  await alice.post(closed);
  const visitor = new Reader(page, alice, info);
  await visitor.visit("/@alice");
  const etag = visitor.answer.headers().etag;
  expect(visitor.answer.headers()["cache-control"]).toMatch(/public|max-age/);
  expect(visitor.answer.headers()["x-robots-tag"]).toContain("noindex");
  expect(await page.context().cookies()).toEqual([]);
  await expect(page.getByText(open)).toBeVisible();
  await expect(page.getByText(closed)).toHaveCount(0);
  await expect(page.getByText("What do we read next?")).toHaveCount(0);
  const said = (property) => page.locator(`meta[property="${property}"]`).getAttribute("content");
  expect(await said("og:title")).toContain("Alice");
  if (etag) {
    const again = await page.request.get(`${alice.web}/@alice`, { headers: { "if-none-match": etag } });
    expect(again.status()).toBe(304);
  }

  const feed = await page.request.get(alice.web + await page.locator("link[type='application/atom+xml']").getAttribute("href"));
  expect(feed.headers()["content-type"]).toMatch(/^application\/atom\+xml/);
  const entries = await feed.text();
  expect(entries).toContain(open);
  expect(entries).not.toContain(closed);
  const robots = await page.request.get(`${alice.web}/robots.txt`);
  expect(await robots.text()).toContain("User-agent");

  // A post by its own address.
  await page.getByRole("article").filter({ hasText: open }).getByRole("link").filter({ has: page.locator("time") }).click();
  await expect(page).toHaveURL(/\/@alice\/.+/);
  expect(await said("og:description")).toContain(open);
  await page.getByRole("link", { name: "All public posts" }).click();
  await expect(page.getByText(open)).toBeVisible();
  await visitor.visit("/@nobody", 404);
  await visitor.check("public-missing");
  // Whoever isn't signed in gets no further.
  await visitor.visit("/people", 401);
});

test("who came by is written down, for the owner alone", async ({ reader, page, browser, village }, info) => {
  const context = await browser.newContext({ userAgent: "Mozilla/5.0 (X11; OpenBSD amd64; rv:140.0) Gecko/20100101 Firefox/140.0" });
  const visitor = new Reader(await context.newPage(), village.alice, info);
  await visitor.visit("/@alice");
  await context.close();
  await expect(async () => {
    await reader.visit("/access");
    await expect(page.getByText(/^A visitor, in Firefox/).first()).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  await page.getByRole("link", { name: "7 days" }).click();
  await page.getByRole("link", { name: "Visitors" }).click();
  await expect(page).toHaveURL(/who=visitors/);
  await expect(page.getByText(/^A visitor, in Firefox/).first()).toBeVisible();
  await expect(page.getByText(/’s node$/)).toHaveCount(0);
  await page.getByText("As a table").click();
  await expect(page.getByRole("table")).toBeVisible();

  // Kept for as long as the owner says, and not at all if they say so.
  await page.getByRole("combobox", { name: "Keep it for" }).selectOption({ label: "not at all" });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("The access log is switched off")).toBeVisible();
  await reader.check("access-off");
  await page.goto(`${reader.home.web}/access`);
  await page.getByRole("combobox", { name: "Keep it for" }).selectOption({ label: "30 days" });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("The access log is switched off")).toHaveCount(0);
  await village.alice.ask("settings", "access.days", "--unset");
});
