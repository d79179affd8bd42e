// Lighthouse on home, a person's page and a conversation, as a phone sees them: `npm run lighthouse`.
// It is large and asks for a newer Node.js than the rest, so it isn't installed with it: npm install --no-save lighthouse@12
import { chromium } from "@playwright/test";
import process from "node:process";
import { makeVillage } from "./helpers/village.js";

const SCORE_MIN = 95;
const PORT = 9_333;
const CATEGORIES = ["performance", "accessibility", "best-practices"];

const { default: lighthouse } = await import("lighthouse");

/** A session's cookie, by a one-time link. */
async function cookieOf(home) {
  const answer = await fetch(await home.signInLink(), { redirect: "manual" });
  return answer.headers.get("set-cookie").split(";")[0];
}

const isRoot = process.getuid?.() === 0;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  chromiumSandbox: !isRoot,
  args: ["--disable-gpu", "--disable-quic", `--remote-debugging-port=${PORT}`],
});
const village = await makeVillage();
try {
  const { alice } = village;
  const pages = { home: "/", person: `/person/${village.keys.bob}`, thread: `/thread/${village.asked}` };
  const extraHeaders = { Cookie: await cookieOf(alice) };
  for (const [name, path] of Object.entries(pages)) {
    const { lhr } = await lighthouse(alice.web + path, { port: PORT, onlyCategories: CATEGORIES, extraHeaders, logLevel: "error" });
    const scores = CATEGORIES.map((category) => [category, Math.round(100 * lhr.categories[category].score)]);
    console.log(name, scores.map(([category, score]) => `${category} ${score}`).join(", "));
    if (lhr.finalDisplayedUrl !== alice.web + path) throw new Error(`it saw ${lhr.finalDisplayedUrl}`);
    for (const [category, score] of scores) {
      if (score >= SCORE_MIN) continue;
      process.exitCode = 1;
      const weak = lhr.categories[category].auditRefs.filter(({ id, weight }) => weight > 0 && lhr.audits[id].score < 1);
      for (const { id } of weak) console.log(`  ${id}: ${lhr.audits[id].title} ${lhr.audits[id].displayValue ?? ""}`);
    }
  }
} finally {
  await village.end();
  await browser.close();
}
