// What every test begins with: `test` with a village and a signed-in reader, and the checks that each page must pass.
//
//     test("a story", async ({ reader, village }) => {
//       await reader.visit("/people");
//       await reader.page.getByRole("button", { name: "Follow" }).click();
//       await reader.check("people-after-following");
//     });
import { expect, test as base } from "@playwright/test";
import axe from "axe-core";
import { HtmlValidate } from "html-validate";
import { Home } from "./home.js";
import { makeVillage } from "./village.js";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** A narrow phone, and a desktop window at 200 % zoom. */
const NARROW = [320, 640];
/** A column of text that is narrower can't be read, in px. */
const TEXT_WIDTH_MIN = 140;
/** No picture is higher. */
const HEIGHT_MAX = 4_000;

const validator = new HtmlValidate({
  extends: ["html-validate:recommended"],
  rules: {
    // A matter of taste, not of validity: how maud writes.
    "void-style": "off",
    "no-trailing-whitespace": "off",
    "long-title": "off",
    "attribute-boolean-style": "off",
    "attribute-empty-style": "off",
    "no-implicit-button-type": "error",
  },
});

/** A browser's page, signed in to somebody's node. */
export class Reader {
  constructor(page, home, info) {
    this.page = page;
    this.home = home;
    this.info = info;
    /** Answers that the test expects to be refusals: browsers report them in the console. */
    this.refusals = 0;
    this.complaints = [];
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() !== "error") return;
      if (/^Failed to load resource: .* status of 4\d\d/.test(message.text()) && this.refusals > 0) this.refusals -= 1;
      else this.complaints.push(`${message.text()} (${message.location().url})`);
    });
  }

  get hasScripts() {
    return this.info.project.use.javaScriptEnabled !== false;
  }

  async signIn() {
    await this.page.goto(await this.home.signInLink());
    await expect(this.page).toHaveURL(`${this.home.web}/`);
  }

  /** The same without looking at any page. */
  async comeIn() {
    const answer = await this.page.request.get(await this.home.signInLink());
    expect(answer.status(), "signed in").toBe(200);
  }

  /** Opens a page of the node; `status` is what it must answer. */
  async visit(path, status = 200) {
    if (status >= 400) this.refusals += 1;
    // Going to another place of the same page is no visit.
    this.answer = await this.page.goto(this.home.web + path) ?? await this.page.reload();
    expect(this.answer.status(), path).toBe(status);
  }

  /** Everything that holds of each page; a picture of it goes to results/screens. */
  async check(name, { isServed = true } = {}) {
    const { page } = this;
    if (isServed) await this.#picture(name);
    await this.#fits(name);
    if (isServed && this.info.project.name === "desktop-light") await this.#isValid(name);
    await page.evaluate(() => { for (const one of document.querySelectorAll("details")) one.open = true; });
    await this.#fits(`${name}, all unfolded`);
    // Axe needs scripts; the pages say the same without.
    if (this.hasScripts) expect((await this.#barriers()).join("\n"), `${name}: accessibility`).toBe("");
    if (this.info.project.name === "desktop-light") await this.#fitsWhenNarrow(name);
    this.isContent();
  }

  /** The whole page; in a window as high as it, so that bars stand where they belong. */
  async #picture(name) {
    const size = this.page.viewportSize();
    const height = await this.page.evaluate(() => document.documentElement.scrollHeight);
    await this.page.setViewportSize({ ...size, height: Math.max(size.height, Math.min(height, HEIGHT_MAX)) });
    await this.page.screenshot({ path: `results/screens/${this.info.project.name}/${name}.png`, animations: "disabled" });
    await this.page.setViewportSize(size);
  }

  /** Nothing in the console so far. */
  isContent() {
    expect(this.complaints, "complaints in the console").toEqual([]);
  }

  async #barriers() {
    await this.#readThrough();
    // The page's own rules let no other script in; what the debugger evaluates isn't under them.
    await this.page.evaluate(axe.source);
    return this.page.evaluate(async (tags) => {
      const { violations } = await globalThis.axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
      const where = ({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`;
      return violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(where).join("\n")}`);
    }, RULES);
  }

  /** Down to the end and up again, as a reader goes: what is out of sight has its real height only once it was seen. */
  async #readThrough() {
    await this.page.evaluate(async () => {
      const drawn = () => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)));
      for (let top = 0; top < document.documentElement.scrollHeight; top += innerHeight) {
        scrollTo({ top, behavior: "instant" });
        await drawn();
      }
      scrollTo({ top: 0, behavior: "instant" });
      await drawn();
    });
  }

  async #fits(name) {
    const [wide, room] = await this.page.evaluate(() =>
      [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    expect(wide, `${name}: wider than the window`).toBeLessThanOrEqual(room);
    const squeezed = await this.page.evaluate((widthMin) => {
      const texts = [...document.querySelectorAll("article .text")]
        .filter((text) => text.checkVisibility() && text.clientWidth < widthMin);
      const labels = [...document.querySelectorAll("nav .item > span:not(.asks)")].filter((label) => {
        const range = document.createRange();
        range.selectNodeContents(label);
        return new Set([...range.getClientRects()].map(({ top }) => top)).size > 1;
      });
      return [...texts, ...labels].map((element) => element.textContent.trim());
    }, TEXT_WIDTH_MIN);
    expect(squeezed, `${name}: words without room`).toEqual([]);
  }

  async #fitsWhenNarrow(name) {
    const size = this.page.viewportSize();
    for (const width of NARROW) {
      await this.page.setViewportSize({ width, height: 800 });
      await this.#fits(`${name} at ${width} px`);
    }
    await this.page.setViewportSize(size);
  }

  /** What the server sent, not what scripts made of it. */
  async #isValid(name) {
    const answer = await this.page.context().request.get(this.page.url(), { failOnStatusCode: false });
    expect(await this.faultsOf(await answer.text()), `${name}: HTML`).toEqual([]);
  }

  /** What is wrong with a document, by html-validate. */
  async faultsOf(html) {
    const { results } = await validator.validateString(html);
    const faults = results.flatMap(({ messages }) => messages);
    return faults.map(({ ruleId, message, line, column }) => `${ruleId} ${line}:${column} ${message}`);
  }
}

export const test = base.extend({
  /** Whether the reader begins on the home page; else a test says where. */
  atHome: [true, { option: true }],

  /** Three friends (Alice, Bob, Carol), shared by the tests of one worker. */
  village: [async ({}, use) => {
    const village = await makeVillage();
    await use(village);
    await village.end();
  }, { scope: "worker", timeout: 120_000 }],

  /** Alice's browser, signed in. */
  reader: async ({ page, village, atHome }, use, info) => {
    const reader = new Reader(page, village.alice, info);
    await (atHome ? reader.signIn() : reader.comeIn());
    await use(reader);
    reader.isContent();
  },

  /** Bob's browser, signed in to his node, on no page yet. */
  neighbour: async ({ browser, village }, use, info) => {
    const context = await browser.newContext();
    const neighbour = new Reader(await context.newPage(), village.bob, info);
    await neighbour.comeIn();
    await use(neighbour);
    neighbour.isContent();
    await context.close();
  },

  /** A node of somebody whom nobody knows yet. */
  dora: async ({}, use) => {
    const dora = await Home.make("Dora");
    try {
      await dora.up();
      await use(dora);
    } finally {
      await dora.end();
    }
  },
});

export { expect };
