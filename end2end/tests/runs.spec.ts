import type { Page } from "@playwright/test";
import { faults } from "../axe";
import { expect, fresh, test, type Fake } from "../fixtures";

const TOKEN = "the-token-of-the-owner-of-the-tests";

/** An answer that stands at a hold, asked by this browser. */
async function held(page: Page, fake: Fake, question: string) {
  await fake.script(question, [{ text: "So far." }, { hold: question }, { text: " The rest." }]);
  const started = await (await page.request.post("/api/chat/generate", { data: { message: question } })).json();
  await fake.reached(question);
  return started.generation_id as string;
}

async function whole(page: Page, fake: Fake, question: string, coach = "luke") {
  await fake.script(question, [{ text: "A whole answer." }]);
  return (await (await page.request.post("/api/chat", { data: { message: question, coach } })).json()).generation_id as string;
}

const row = (page: Page, id: string) => page.locator(`[data-testid=run][data-id="${id}"]`);
const line = (page: Page, kind: string) => page.locator(`.run-line[data-kind=${kind}]`);

test("the list shows a new run by itself, and a run its story while it is written", async ({ page, fake }) => {
  const first = await whole(page, fake, fresh("Run before"));
  await page.goto("/runs");
  await expect(row(page, first)).toHaveAttribute("data-state", "completed");
  const question = fresh("Run live");
  const id = await held(page, fake, question);
  await expect(row(page, id)).toHaveAttribute("data-state", "running");
  await row(page, id).click();
  await expect(page).toHaveURL(`/runs/${id}`);
  const story = page.getByTestId("run-story");
  await expect(story).toHaveAttribute("data-state", "running");
  await expect(page.getByTestId("run-progress")).toHaveAttribute("aria-valuetext", /^7 characters in /);
  for (const kind of ["queued", "claimed", "first_token", "checkpoint"]) await expect(line(page, kind)).toBeVisible();
  await fake.release(question);
  await expect(story).toHaveAttribute("data-state", "completed");
  await expect(line(page, "completed")).toBeVisible();
  await expect(page.getByTestId("run-progress")).toHaveCount(0);
  await expect(page.getByTestId("run-cancel")).toHaveCount(0);
  await expect(page.getByTestId("run-figures")).toContainText("17 characters");
});

test("a run is stopped from its page", async ({ page, fake }) => {
  const id = await held(page, fake, fresh("Run to stop"));
  await page.goto(`/runs/${id}`);
  await page.getByTestId("run-cancel").click();
  await expect(page.getByTestId("run-story")).toHaveAttribute("data-state", "cancelled");
  await expect(line(page, "cancelled")).toBeVisible();
});

test("a filter is applied as it is chosen", async ({ page, fake }) => {
  const mine = await whole(page, fake, fresh("Run of Luke"), "luke");
  const other = await whole(page, fake, fresh("Run of April"), "april");
  await page.goto("/runs");
  await expect(row(page, other)).toBeVisible();
  await page.getByTestId("filter-coach").selectOption("luke");
  await expect(page).toHaveURL(/coach=luke/);
  await expect(row(page, mine)).toBeVisible();
  await expect(row(page, other)).toHaveCount(0);
});

test("the owner sees everybody's runs and nobody's words", async ({ page, fake, browser, squad }) => {
  const stranger = await browser.newContext({ baseURL: squad.url });
  const question = fresh("Run of a stranger");
  const id = await held(await stranger.newPage(), fake, question);
  await page.goto("/runs");
  await expect(row(page, id)).toHaveCount(0);
  await page.locator(".owner summary").click();
  await page.getByTestId("owner-token").fill(TOKEN);
  await page.getByTestId("owner-enter").click();
  await expect(row(page, id)).toBeVisible();
  expect(await page.content()).not.toContain(question);
  await row(page, id).click();
  await expect(page.getByTestId("run-story")).toHaveAttribute("data-state", "running");
  expect(await page.content()).not.toContain("So far");
  await fake.release(question);
  await expect(page.getByTestId("run-story")).toHaveAttribute("data-state", "completed");
  await page.goto("/runs");
  await page.getByTestId("owner-leave").click();
  await expect(row(page, id)).toHaveCount(0);
  await stranger.close();
});

test("a wrong token is told where it was written", async ({ page, allow }) => {
  allow(/Failed to load resource.*403/);
  await page.goto("/runs");
  await page.locator(".owner summary").click();
  await page.getByTestId("owner-token").fill("not the token");
  await page.getByTestId("owner-enter").click();
  await expect(page.getByRole("alert")).toHaveText("That is not the token.");
  await expect(page.getByTestId("owner-token")).toBeFocused();
  // its address is no page of its own
  await page.goto("/owner");
  await expect(page).toHaveURL(/\/runs$/);
});

test("nothing stands in the way of the runs", async ({ page, fake }) => {
  test.slow();
  const done = await whole(page, fake, fresh("Run to look at"));
  const question = fresh("Run to look at live");
  const live = await held(page, fake, question);
  for (const path of ["/runs", `/runs/${done}`, `/runs/${live}`]) {
    await page.goto(path);
    if (path === "/runs") await page.locator(".owner summary").click();
    for (const theme of ["dark", "light"]) {
      await page.evaluate((theme) => document.documentElement.setAttribute("data-theme", theme), theme);
      expect(await faults(page), `${path} ${theme}`).toEqual([]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  }
  await fake.release(question);
});
