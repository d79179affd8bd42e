// Who comes in and who doesn't: browsers, passwords, forms from elsewhere, other names, other sites.
import http from "node:http";
import { Reader, expect, test } from "../helpers/suite.js";
import { words } from "../helpers/words.js";

test.use({ atHome: false });

/** The answer to a request as no browser sends it: its status, its headers. */
function sent(web, path, { method = "GET", headers = {}, body = "" } = {}) {
  const { hostname, port } = new URL(web);
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, path, method, headers }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

test("a browser is listed, and signed out from another one", async ({ reader, browser, village }, info) => {
  const { page } = reader;
  const context = await browser.newContext({ userAgent: "Mozilla/5.0 (X11; OpenBSD amd64; rv:140.0) Gecko/20100101 Firefox/140.0" });
  const other = new Reader(await context.newPage(), village.alice, info);
  await other.comeIn();
  await other.visit("/people");
  await reader.visit("/settings/sessions");
  const row = page.getByRole("listitem").filter({ hasText: "Firefox" });
  await expect(page.getByText("This one")).toHaveCount(1);
  await row.getByRole("button", { name: /^Sign it out/ }).first().click();
  await expect(page.locator(".notice.good")).toHaveText("Signed out there.");
  await other.visit("/people", 401);
  await other.comeIn();
  await other.visit("/people");
  await reader.visit("/settings/sessions");
  await page.getByRole("button", { name: "Sign out all others" }).click();
  await expect(page.locator(".notice.good")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Sign it out/ })).toHaveCount(0);
  await other.visit("/people", 401);
  await reader.check("sessions-alone");
  await context.close();
});

test("a password is set, lets in, and is taken away; who guesses has to wait", async ({ reader, village }) => {
  test.slow();
  const { page } = reader;
  const secret = "four small wooden boats";
  const tryPassword = async (password, refused) => {
    reader.refusals += refused ? 1 : 0;
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
  };
  try {
    await reader.visit("/settings/sign-in");
    await page.getByLabel("New password").fill(secret);
    await page.getByLabel("Once more").fill(`${secret}!`);
    reader.refusals += 1;
    await page.getByRole("button", { name: "Set a password" }).click();
    await expect(page.getByText("These two aren’t the same")).toBeVisible();
    await page.getByLabel("New password").fill(secret);
    await page.getByLabel("Once more").fill(secret);
    await page.getByRole("button", { name: "Set a password" }).click();
    await expect(page.getByText("A password is set.")).toBeVisible();
    await reader.check("password-set");

    await reader.visit("/profile");
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page).toHaveURL(/\/sign-in$/);
    await reader.check("sign-in-by-password");
    await page.goto(`${reader.home.web}/sign-in`);
    await tryPassword("four large wooden boats", true);
    await expect(page.getByText("That isn’t the password.")).toBeVisible();
    await tryPassword(secret, false);
    await expect(page).toHaveURL(`${reader.home.web}/`);

    await reader.visit("/settings/sign-in");
    await page.getByText("Remove the password").first().click();
    await page.locator("#now-removing").fill(secret);
    await page.getByRole("button", { name: "Remove the password" }).click();
    await expect(page.getByText("No password is set.")).toBeVisible();

    // Set again, and guessed.
    await page.getByLabel("New password").fill(secret);
    await page.getByLabel("Once more").fill(secret);
    await page.getByRole("button", { name: "Set a password" }).click();
    await expect(page.getByText("A password is set.")).toBeVisible();
    await page.context().clearCookies();
    reader.refusals += 1;
    await page.goto(`${reader.home.web}/`);
    for (let tries = 0; tries < 12 && !(await page.getByText("Too many passwords were tried.").isVisible()); tries += 1) {
      await tryPassword("open sesame, please", true);
      await expect(page.getByRole("alert")).toBeVisible();
    }
    await expect(page.getByText("Too many passwords were tried.")).toBeVisible();
    await reader.check("sign-in-wait");
    // Links let in all the same.
    await reader.comeIn();
    await reader.visit("/people");
  } finally {
    await village.alice.ask("sessions", "no-password");
  }
});

test("what another site, another name or nobody sends does nothing", async ({ reader, village }) => {
  const { page } = reader;
  const { web } = reader.home;
  const text = words("Sent from elsewhere");
  await reader.visit("/");
  const csrf = await page.locator("form.writing input[name=csrf]").inputValue();
  const [session] = await page.context().cookies();
  expect(session).toMatchObject({ httpOnly: true, sameSite: "Lax" });
  const policy = reader.answer.headers()["content-security-policy"];
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain("unsafe");

  const body = new URLSearchParams({ csrf, text, audience: "public" }).toString();
  const own = {
    cookie: `${session.name}=${session.value}`,
    "content-type": "application/x-www-form-urlencoded",
    "content-length": Buffer.byteLength(body),
  };
  const post = (headers, of = body) => sent(web, "/post", { method: "POST", headers: { ...own, "content-length": Buffer.byteLength(of), ...headers }, body: of });
  expect((await post({ origin: "https://elsewhere.example" })).status).toBe(403);
  expect((await post({ "sec-fetch-site": "cross-site" })).status).toBe(403);
  expect((await post({}, body.replace(/csrf=[^&]+/, "csrf=0000"))).status).toBe(403);
  expect((await post({ cookie: "" })).status).toBe(401);
  expect((await post({ host: "elsewhere.example" })).status).toBe(421);
  expect((await sent(web, "/", { headers: { host: "elsewhere.example" } })).status).toBe(421);
  expect((await sent(web, "/api/status", { method: "POST" })).status).toBe(401);
  expect(JSON.stringify(await village.alice.ask("timeline"))).not.toContain(text);

  // A page whose session is over says so, and keeps what was written.
  await page.locator("form.writing input[name=csrf]").evaluate((field) => { field.value = "0000"; });
  await page.getByRole("textbox", { name: "What is on your mind?" }).fill(text);
  reader.refusals += 1;
  await page.getByRole("button", { name: /^Post/ }).click();
  await expect(page.getByText("This form doesn’t belong to your present session.")).toBeVisible();
  await reader.check("error-foreign-form");
  await reader.visit("/");
  await expect(page.getByRole("textbox", { name: "What is on your mind?" })).toHaveValue(text);
  await page.getByRole("textbox", { name: "What is on your mind?" }).fill("");

  // Nothing asks anybody but this node.
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  for (const path of ["/", `/person/${village.keys.bob}`, "/search?q=lake", "/backup", "/@alice"]) await reader.visit(path);
  for (const url of asked.filter((one) => !one.startsWith("data:"))) expect(new URL(url).origin).toBe(web);
});
