// Passkeys under the server's two names: its own in the world, behind a web server with TLS, and localhost.
import { chromium } from "@playwright/test";
import { addAuthenticator } from "../helpers/authenticator.js";
import { PublicName } from "../helpers/public-name.js";
import { expect, Reader, test } from "../helpers/suite.js";
import { Home } from "../helpers/home.js";

test("a passkey lets in under the name that it was made for, in the world and at home", async ({}, info) => {
  const home = await Home.make("Dora");
  const name = await PublicName.open("dora.example", () => home.ready.web);
  const { launchOptions, contextOptions, ...use } = info.project.use;
  let browser;
  try {
    await home.up({ args: ["--public-url", name.origin] });
    browser = await chromium.launch({ ...launchOptions, args: [...launchOptions.args, ...name.chromium] });
    const context = await browser.newContext({ ...use, ...contextOptions });
    const page = await context.newPage();
    await addAuthenticator(page);
    const button = (label) => page.getByRole("button", { name: label, exact: true });
    const passkeys = page.locator("li").filter({ has: page.getByText("Remove this passkey") });
    const comeIn = async (origin) => {
      const link = new URL(await home.signInLink());
      await page.goto(origin + link.pathname + link.search);
      await expect(page).toHaveURL(`${origin}/`);
      await page.goto(`${origin}/settings/sign-in`);
    };
    const comeBack = async (origin) => {
      await page.goto(`${origin}/profile`);
      await button("Sign out").click();
      await button("Sign in with a passkey").click();
      await expect(page).toHaveURL(`${origin}/`);
      await expect(page.getByRole("textbox", { name: "What is on your mind?" })).toBeVisible();
    };

    await comeIn(name.origin);
    await button("Make a passkey").click();
    await expect(passkeys).toHaveCount(1);
    await expect(passkeys).not.toContainText("Only for");
    const cookies = await context.cookies(name.origin);
    expect(cookies.length).toBeGreaterThan(0);
    expect(cookies.map(({ secure }) => secure)).toEqual(cookies.map(() => true));
    await comeBack(name.origin);

    // At home it is another name: none is asked for there before one was made.
    const local = home.web.replace("127.0.0.1", "localhost");
    home.web = local;
    const reader = new Reader(page, home, info);
    reader.refusals += 1;
    await page.goto(`${local}/`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(button("Sign in with a passkey")).toHaveCount(0);
    await comeIn(local);
    await expect(passkeys).toContainText("Only for dora.example");
    await button("Make a passkey").click();
    await expect(passkeys).toHaveCount(2);
    await expect(passkeys.last()).toContainText("Only for localhost");
    await reader.check("settings-sign-in-two-names");
    await comeBack(local);
    await comeBack(name.origin);

    // Where browsers allow none, the page leads to where they do.
    const figures = local.replace("localhost", "127.0.0.1");
    await comeIn(figures);
    await page.getByRole("link", { name: "Open this page as dora.example" }).click();
    await expect(page).toHaveURL(`${name.origin}/`);
  } finally {
    await browser?.close();
    await name.close();
    await home.end();
  }
});
