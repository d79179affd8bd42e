// The checks themselves find what they are for.
import { expect, test } from "../helpers/suite.js";

const fault = (body, head = "<title>A page</title>") => `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">${head}</head><body><main><h1>A page</h1>${body}</main></body></html>`;
const faults = {
  "a field without a label": [fault("<input type=\"text\">"), /label/],
  "pale words": [fault("<p style=\"color: #ccc; background: #fff\">Pale</p>"), /contrast/],
  "what is too wide": [fault("<div style=\"width: 3000px\">Wide</div>"), /wider than the window/],
  "a text without room": [fault("<article><div class=\"text\" style=\"width: 60px\">Squeezed</div></article>"), /words without room/],
  "what is hidden in a fold": [fault("<details><summary>More</summary><img src=\"data:,\"></details>"), /alternative text/],
};

for (const [name, [html, said]] of Object.entries(faults)) {
  test(name, async ({ reader }) => {
    await reader.page.route("**/faulty", (route) => route.fulfill({ contentType: "text/html", body: html }));
    await reader.page.goto(`${reader.home.web}/faulty`);
    await expect(reader.check("faulty", { isServed: false })).rejects.toThrow(said);
  });
}

test("HTML that isn't valid", async ({ reader }) => {
  expect(await reader.faultsOf(fault("<p><div>In a paragraph</div></p>"))).not.toEqual([]);
  expect(await reader.faultsOf(fault("<p>Fine.</p>"))).toEqual([]);
});

test("a script that the policy forbids", async ({ reader }) => {
  const { page } = reader;
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "1";
    document.body.append(script);
  });
  await expect.poll(() => reader.complaints.join()).toContain("Content Security Policy");
  reader.complaints.length = 0;
});
