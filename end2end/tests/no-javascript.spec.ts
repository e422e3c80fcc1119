import type { Page } from "@playwright/test";
import { expect, fresh, test, type Fake } from "../fixtures";

// Nothing uses what the page loads early.
test.beforeEach(({ allow }) => allow(/preloaded using link preload/));

/** A conversation whose answer stands at a hold, opened. */
async function running(page: Page, fake: Fake, question: string) {
  await fake.script(question, [{ text: "So far." }, { hold: question }, { text: " The rest." }]);
  const started = await (await page.request.post("/api/chat/generate", { data: { message: question } })).json();
  await fake.reached(question);
  const address = `/chat/${started.conversation_id}`;
  await page.goto(address);
  return address;
}

test("the form sends, waits for the answer and a reload sends nothing", async ({ chat, fake, page }) => {
  await page.goto("/chat");
  const question = fresh("Plain form");
  await fake.script(question, [{ text: "A **plain** answer." }]);
  await chat.composer.fill(question);
  await chat.at("send").click();
  await chat.address();
  await expect(chat.questions.last()).toContainText(question);
  await expect(chat.lastBody).toHaveText("A plain answer.");
  await page.reload();
  await expect(chat.questions).toHaveCount(1);
  const second = fresh("Second");
  await chat.composer.fill(second);
  await chat.at("send").click();
  await expect(chat.questions).toHaveCount(2);
  expect(await fake.calls(question)).not.toHaveLength(0);
});

test("a coach's card starts a conversation", async ({ chat, page }) => {
  await page.goto("/chat");
  await page.locator("[data-testid=coach-card][data-coach=luke]").click();
  await chat.address();
  await expect(chat.lastAnswer).toHaveAttribute("data-coach", "luke");
});

test("a coach of the first page answers the first message", async ({ chat, page }) => {
  await page.goto("/");
  await page.getByRole("main").getByRole("link", { name: "Luke" }).click();
  await expect(page).toHaveURL(/\/chat\?coach=luke$/);
  await expect(chat.at("current-coach")).toHaveAttribute("data-coach", "luke");
  await chat.composer.fill(fresh("Hello"));
  await chat.at("send").click();
  await chat.address();
  await expect(chat.lastAnswer).toHaveAttribute("data-coach", "luke");
  // nobody has this name
  await page.goto("/chat?coach=nobody");
  await expect(chat.at("current-coach")).toHaveAttribute("data-coach", "marty");
});

test("a failure shows the error card and keeps the text", async ({ chat, fake, page }) => {
  await page.goto("/chat");
  const question = fresh("Plain failure");
  await fake.script(question, [{ status: 400 }]);
  await chat.composer.fill(question);
  await chat.at("send").click();
  await chat.address();
  await expect(chat.at("error-card")).toBeVisible();
  await expect(chat.questions.last()).toContainText(question);
});

test("an answer that takes longer comes by itself", async ({ chat, fake, page }) => {
  test.slow();
  await page.goto("/chat");
  const question = fresh("Plain patience");
  await fake.script(question, [{ text: "So far." }, { hold: question }, { text: " The rest." }]);
  await chat.composer.fill(question);
  await chat.at("send").click({ timeout: 40_000 });
  // After 25 s the page comes all the same.
  await page.waitForURL(/\/chat\/[0-9a-f-]{36}$/, { timeout: 40_000 });
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "streaming");
  await expect(chat.lastBody).toHaveText("So far.");
  const refresh = page.locator('noscript meta[http-equiv="refresh"]');
  await expect(refresh).toHaveAttribute("content", "5");
  await fake.release(question);
  await expect(chat.lastBody).toHaveText("So far. The rest.");
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "complete");
  await expect(refresh).toHaveCount(0);
  await expect(chat.questions).toHaveCount(1);
});

test("a long question stands there whole", async ({ chat, page }) => {
  await page.goto("/chat");
  const question = `${"A line of a long text\n".repeat(30)}${fresh("Plain length")}`;
  await chat.composer.fill(question);
  await chat.at("send").click();
  await page.waitForURL(/\/chat\/[0-9a-f-]{36}$/);
  const body = chat.questions.last().getByTestId("message-body");
  expect((await body.boundingBox())!.height).toBeGreaterThan(600);
  await expect(chat.at("fold")).toBeHidden();
});

test("Stop stops, and what was being written stays in the box", async ({ chat, fake, page }) => {
  const question = fresh("Plain stop");
  const address = await running(page, fake, question);
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "streaming");
  await chat.composer.fill("Half a thought");
  await chat.at("stop").click();
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "stopped");
  await expect(chat.lastBody).toHaveText("So far.");
  await expect(chat.composer).toHaveValue("Half a thought");
  await expect(chat.at("stop")).toHaveCount(0);
  await expect(chat.questions).toHaveCount(1);
  expect(new URL(page.url()).pathname).toBe(address);
  await expect.poll(async () => (await fake.calls(question))[0].disconnected).toBe(true);
});

test("Retry asks again and gives the answer the place of the failed one", async ({ chat, fake, page }) => {
  await page.goto("/chat");
  const question = fresh("Plain retry");
  await fake.script(question, [{ status: 400 }]);
  await chat.composer.fill(question);
  await chat.at("send").click();
  await expect(chat.at("error-card")).toBeVisible();
  await fake.script(question, [{ text: "The second time." }]);
  await chat.at("retry").click();
  await expect(chat.lastBody).toHaveText("The second time.");
  await expect(chat.at("error-card")).toHaveCount(0);
  await expect(chat.messages).toHaveCount(2);
  await page.reload();
  await expect(chat.messages).toHaveCount(2);
});

test("a hand-over is taken back", async ({ chat, fake, page }) => {
  await page.goto("/chat");
  await chat.composer.fill(fresh("Hello"));
  await chat.at("send").click();
  await chat.address();
  const question = fresh("How do I grow on Instagram and TikTok with reels and stories?");
  await chat.composer.fill(question);
  await chat.at("send").click();
  await expect(chat.at("handoff")).toContainText("Marty → Peter");
  await fake.script(question, [{ text: "Marty stays." }]);
  await chat.at("handoff-undo").click();
  await expect(chat.lastBody).toHaveText("Marty stays.");
  await expect(chat.lastAnswer).toHaveAttribute("data-coach", "marty");
  await expect(chat.at("current-coach")).toHaveAttribute("data-coach", "marty");
  await expect(chat.questions).toHaveCount(2);
});

test("the artist picks who answers, before the first message and later", async ({ chat, page }) => {
  const pick = async (coach: string) => {
    await chat.at("current-coach").click();
    await page.locator(`[data-testid=coach-option][data-coach=${coach}]`).click();
    await expect(chat.at("current-coach")).toHaveAttribute("data-coach", coach);
  };
  await page.goto("/chat");
  await chat.composer.fill("Typed before the pick");
  await pick("luke");
  await expect(chat.composer).toHaveValue("Typed before the pick");
  await expect(chat.questions).toHaveCount(0);
  await chat.at("send").click();
  await chat.address();
  await expect(chat.lastAnswer).toHaveAttribute("data-coach", "luke");
  await pick("april");
  await chat.composer.fill("Typed before the second pick");
  await pick("riplay");
  await expect(chat.composer).toHaveValue("Typed before the second pick");
  await expect(chat.questions).toHaveCount(1);
  await chat.at("send").click();
  await expect(chat.answers).toHaveCount(2);
  await expect(chat.lastAnswer).toHaveAttribute("data-coach", "riplay");
  await expect(chat.at("handoff")).toHaveCount(0);
});

test("language and theme work by form", async ({ chat, page }) => {
  await page.goto("/chat");
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await chat.at("menu").click();
  await chat.at("lang-toggle").click();
  await expect(page.locator("html")).toHaveAttribute("lang", "fr");
  await chat.at("menu").click();
  await chat.at("theme-toggle").click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
});

test("an unknown address is not found", async ({ allow, page }) => {
  allow(/404/);
  expect((await page.goto("/chat/nonsense"))?.status()).toBe(404);
});

test("the runs are a list with filters, a story and a button", async ({ fake, page }) => {
  const question = fresh("Plain run");
  await running(page, fake, question);
  await page.goto("/runs");
  await page.getByTestId("filter-status").selectOption("running");
  await page.getByTestId("filter-show").click();
  await expect(page).toHaveURL(/status=running/);
  await page.getByTestId("run").first().click();
  await expect(page.getByTestId("run-story")).toHaveAttribute("data-state", "running");
  await page.getByTestId("run-cancel").click();
  await expect(page.getByTestId("run-story")).toHaveAttribute("data-state", "cancelled");
});
