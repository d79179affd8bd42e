import { defineConfig } from "@playwright/test";
import process from "node:process";

const isRoot = process.getuid?.() === 0;
const desktop = { viewport: { width: 1280, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const light = { colorScheme: "light" };
const dark = { colorScheme: "dark" };
const pages = /pages\.test\.js/;
const stories = /tests\/(?!pages|plain)[a-z-]+\.test\.js/;
const plain = /plain\.test\.js/;

export default defineConfig({
  testDir: "tests",
  outputDir: "results/failed",
  reporter: process.env.CI ? [["dot"]] : [["list"]],
  workers: Number(process.env.WORKERS ?? 2),
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // Real nodes on a machine that may have much else to do.
  timeout: 300_000,
  expect: { timeout: 20_000 },
  use: {
    browserName: "chromium",
    locale: "en-GB",
    // One test is about it; elsewhere it would only stand between a page and its node.
    serviceWorkers: "block",
    timezoneId: "UTC",
    screenshot: "only-on-failure",
    trace: process.env.TRACE ? "retain-on-failure" : "off",
    actionTimeout: 20_000,
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      // Chromium refuses its sandbox to root.
      chromiumSandbox: !isRoot,
      args: ["--disable-gpu", "--disable-quic"],
    },
  },
  projects: [
    { name: "desktop-light", use: { ...desktop, ...light }, testMatch: [pages, stories] },
    { name: "desktop-dark", use: { ...desktop, ...dark }, testMatch: pages },
    { name: "phone-light", use: { ...phone, ...light }, testMatch: pages },
    { name: "phone-dark", use: { ...phone, ...dark }, testMatch: [pages, stories] },
    { name: "without-scripts", use: { ...phone, ...light, javaScriptEnabled: false }, testMatch: plain },
  ],
});
