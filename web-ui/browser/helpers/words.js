// What people say in stories, and where it is found again.
import { expect } from "./suite.js";

let told = 0;

/** Words that nobody said before in this run. */
export const words = (about) => `${about} ${mark()}`;

/** A word that nobody said before in this run. */
export const mark = () => `${Date.now().toString(36)}${(told += 1)}x`;

/** A post as a card. */
export const card = (page, text) => page.getByRole("article").filter({ hasText: text });

/** The box on the home page. */
export const box = (page) => page.getByRole("textbox", { name: "What is on your mind?" });

/** Says something on the home page. */
export async function write(page, text) {
  await box(page).fill(text);
  await page.getByRole("button", { name: /^Post/ }).click();
  await expect(page.locator(".notice.good")).toBeVisible();
}

/** Looks at a page again and again until it shows something. */
export async function looksUntil(reader, path, shown) {
  await expect(async () => {
    await reader.visit(path);
    await expect(shown(reader.page)).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
}
