// Somebody with a phrase: a second machine becomes them, is cut off, and both being lost, a friend gives everything back.
import { befriend, Home, until } from "../helpers/home.js";
import { Reader, expect, test } from "../helpers/suite.js";
import { card, write, words } from "../helpers/words.js";

test.use({ atHome: false });

const PATIENCE_MS = 120_000;

/** A browser before the first page of a node in which nobody lives yet. */
async function atTheDoor(browser, name, info) {
  const home = await Home.make(name);
  const link = await home.begin();
  const context = await browser.newContext();
  const reader = new Reader(await context.newPage(), home, info);
  await reader.page.goto(link);
  return reader;
}

/** What was chosen there stands on a page that reloads until its node is somebody. */
async function untilHome(reader, path, shown) {
  await expect(async () => {
    // A node that begins anew refuses for a moment.
    reader.refusals += 1;
    await reader.page.goto(reader.home.web + path);
    await expect(shown(reader.page)).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: PATIENCE_MS });
  reader.refusals = 0;
  reader.complaints.length = 0;
}

test("a second machine joins and is cut off; both lost, the phrase and a friend bring all back", async ({ browser, village, dora }, info) => {
  test.slow();
  const { phrase } = dora.ready;
  expect(phrase.split(" ")).toHaveLength(24);
  const text = words("Before the flood");
  const homes = [];
  const context = await browser.newContext();
  const reader = new Reader(await context.newPage(), dora, info);
  const { page } = reader;
  try {
    await befriend(dora, village.bob);
    await reader.signIn();
    await write(page, text);
    await dora.put({ "deed.txt": "The meadow behind the mill.\n" });

    // Another machine.
    await reader.visit("/devices/add");
    await page.getByLabel("What to call it").fill("The laptop");
    await page.getByLabel("Your phrase").fill("one two three");
    reader.refusals += 1;
    await page.getByRole("button", { name: "Make its link" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await reader.check("device-add-refused", { isServed: false });
    await page.getByLabel("What to call it").fill("The laptop");
    await page.getByLabel("Your phrase").fill(phrase);
    await page.getByRole("button", { name: "Make its link" }).click();
    // The link is the device: no picture of it is kept.
    const link = await page.getByLabel("Device link", { exact: true }).inputValue();

    const second = await atTheDoor(browser, "Laptop", info);
    homes.push(second.home);
    await second.page.getByRole("link", { name: "I have another device" }).click();
    await second.check("first-run-device");
    await second.page.getByLabel("Device link").fill(link);
    await second.page.getByRole("button", { name: "Join" }).click();
    await untilHome(second, "/", (there) => card(there, text));

    await reader.visit("/devices");
    await expect(page.getByText("The laptop")).toBeVisible();
    await reader.check("devices-two");
    // Before the words are typed: there is no picture of them.
    await reader.visit(await page.getByRole("link", { name: "Take out" }).getAttribute("href"));
    await reader.check("device-remove");
    await reader.visit("/devices");
    await page.getByRole("link", { name: "Take out" }).click();
    await page.getByRole("radio", { name: /^It was stolen/ }).check();
    await page.getByLabel("Your phrase").fill(phrase);
    await page.getByRole("button", { name: "Take it out" }).click();
    await expect(page.locator(".notice.good")).toContainText("Cut off");
    await reader.visit("/devices");
    await expect(page.getByText(/^Cut off/)).toBeVisible();

    // Bob keeps all of it.
    const bobsLink = (await village.bob.ask("link")).link;
    await village.bob.ask("pledge", await dora.identity(), "100MB");
    await until("Bob's pledge is known", async () => JSON.stringify(await dora.ask("guardians")).includes(village.keys.bob));
    await dora.ask("backup", "now", "--wait");
    await reader.visit("/backup");
    await expect(page.getByText("your one friend must stay")).toBeVisible();
    await dora.end();
    await second.home.end();

    const third = await atTheDoor(browser, "Dora again", info);
    homes.push(third.home);
    await third.page.getByRole("link", { name: "I have a phrase" }).click();
    await third.check("first-run-restore");
    await third.page.getByLabel("Your phrase").fill(phrase.replace(/^\w+/, "xylophone"));
    await third.page.getByLabel("A friend’s link").fill(bobsLink);
    third.refusals += 1;
    await third.page.getByRole("button", { name: "Bring me back" }).click();
    await expect(third.page.getByRole("alert")).toBeVisible();
    await expect(third.page.getByLabel("A friend’s link")).toHaveValue(bobsLink);
    await third.page.getByLabel("Your phrase").fill(phrase);
    await third.page.getByRole("checkbox", { name: /^My old machine was stolen/ }).check();
    await third.page.getByRole("button", { name: "Bring me back" }).click();
    await untilHome(third, "/restore", (there) => there.getByText(/^Everything is back/));
    await third.check("restore-done");
    await third.visit("/");
    await expect(card(third.page, text)).toBeVisible();
    await third.visit("/files");
    await third.page.getByRole("link", { name: /^deed\.txt/ }).click();
    await expect(third.page.getByText("The meadow behind the mill.")).toBeVisible();
  } finally {
    for (const home of homes) await home.end();
    await context.close();
  }
});
