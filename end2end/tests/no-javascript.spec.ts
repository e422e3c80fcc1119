import { expect, fresh, test } from "../fixtures";

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
