// Strings that were made to break pages, in a browser: none runs, none opens a window, and the pages stay valid.
import { readFile } from "node:fs/promises";
import { Home } from "../helpers/home.js";
import { Reader, expect, test } from "../helpers/suite.js";

const NAUGHTY = new URL("../../../node/tests/suite/naughty.json", import.meta.url);

test("whatever is written, nothing of it runs", async ({ page }, info) => {
  test.skip(info.project.name !== "desktop-light", "once is enough: the node suite looks at every page");
  // A home of its own, and many pages.
  test.slow();
  const strings = JSON.parse(await readFile(NAUGHTY, "utf8")).filter((text) => text.trim() && !text.includes("\0"));
  const home = await Home.make("Nora");
  const dialogs = [];
  page.on("dialog", (dialog) => { dialogs.push(dialog.message()); dialog.dismiss(); });
  try {
    await home.up();
    for (let at = 0; at < strings.length; at += 12) await home.post(strings.slice(at, at + 12).join("\n\n"), "--public");
    const reader = new Reader(page, home, info);
    await reader.signIn();
    await reader.check("naughty");
    await reader.visit("/@nora");
    await reader.check("naughty-public");
    for (const text of ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>"]) {
      await reader.visit(`/search?q=${encodeURIComponent(text)}`);
      await expect(page.locator("#q")).toHaveValue(text);
    }
    expect(dialogs).toEqual([]);
  } finally {
    await home.end();
  }
});
