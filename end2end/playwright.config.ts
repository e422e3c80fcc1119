import { defineConfig } from "@playwright/test";
import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";
import type { Options } from "./fixtures";

/**
 * The page in a browser, against the real program and a fake model provider (see `fixtures.ts`).
 * Phone and desktop, with JavaScript and without. Where Playwright has no browser of its own, Debian's is taken.
 */
const own = existsSync(chromium.executablePath());
const debian = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const desktop = { viewport: { width: 1440, height: 900 } };
const noScript = /no-javascript\.spec\.ts/;

export default defineConfig<Options>({
  testDir: "tests",
  outputDir: "test-results",
  fullyParallel: false,
  workers: 1,
  // a shared machine may stall; a test that passes only the second time is reported as flaky
  retries: process.env.CI ? 1 : 0,
  timeout: 45_000,
  expect: { timeout: 10_000 },
  reporter: process.env.CI ? [["list"], ["html", { open: "never" }]] : "list",
  use: {
    // in a locale that knows ASCII only, Chromium names a file "download" rather than with an accent
    launchOptions: { ...(own ? {} : debian), env: { ...process.env, LC_ALL: "C.UTF-8" } as Record<string, string> },
    locale: "en-GB",
    timezoneId: "Europe/Paris",
    // every test reads what the server says now; `installed.spec.ts` lets it in
    serviceWorkers: "block",
    trace: "retain-on-failure",
  },
  projects: [
    { name: "desktop", use: desktop, testIgnore: noScript },
    { name: "phone", use: phone, testIgnore: noScript },
    { name: "desktop without JavaScript", use: { ...desktop, javaScriptEnabled: false }, testMatch: noScript },
    { name: "phone without JavaScript", use: { ...phone, javaScriptEnabled: false }, testMatch: noScript },
  ],
});
