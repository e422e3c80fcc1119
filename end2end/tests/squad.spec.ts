import { expect, fresh, NETWORK, test } from "../fixtures";

test("a hand-over is shown and can be taken back", async ({ chat, fake }) => {
  await chat.open();
  await chat.ask(fresh("Hello"));
  await expect(chat.at("handoff")).toHaveCount(0);
  const question = fresh("How do I grow on Instagram and TikTok with reels and stories?");
  await chat.ask(question);
  await expect(chat.at("handoff")).toContainText("Marty → Peter");
  await expect(chat.at("current-coach")).toHaveAttribute("data-coach", "peter");
  await fake.script(question, [{ text: "Marty stays." }]);
  await chat.at("handoff-undo").click();
  await expect(chat.lastAnswer).toHaveAttribute("data-coach", "marty");
  await chat.finished();
  await expect(chat.lastBody).toHaveText("Marty stays.");
  await expect(chat.at("current-coach")).toHaveAttribute("data-coach", "marty");
  // behind the newer version the way back is taken already
  await chat.at("branch-prev").click();
  await expect(chat.at("handoff")).toContainText("Marty → Peter");
  await expect(chat.at("handoff-undo")).toHaveCount(0);
});

test("the artist picks who answers", async ({ chat, allow }) => {
  allow(...NETWORK);
  await chat.open();
  await chat.at("current-coach").click();
  await chat.page.locator("[data-testid=coach-option][data-coach=luke]").click();
  await expect(chat.at("coach-picker")).toBeHidden();
  await expect(chat.at("current-coach")).toHaveAttribute("data-coach", "luke");
  await chat.ask(fresh("Hello"));
  await expect(chat.lastAnswer).toHaveAttribute("data-coach", "luke");
  await chat.at("current-coach").click();
  await chat.page.locator("[data-testid=coach-option][data-coach=april]").click();
  await expect(chat.at("current-coach")).toHaveAttribute("data-coach", "april");
  await chat.ask(fresh("And now"));
  await expect(chat.lastAnswer).toHaveAttribute("data-coach", "april");
  await expect(chat.at("handoff")).toHaveCount(0);
  // whatever the message speaks of; and at once, however long the server takes to hear of the pick
  for (const slow of [false, true]) {
    if (slow) await chat.page.route("**/fn/coach", (route) => route.abort());
    await chat.at("current-coach").click();
    await chat.page.locator("[data-testid=coach-option][data-coach=luke]").click();
    await expect(chat.at("current-coach")).toHaveAttribute("data-coach", "luke");
    await chat.ask(fresh("How do I grow on Instagram and TikTok with reels and stories?"));
    await expect(chat.lastAnswer).toHaveAttribute("data-coach", "luke");
    await expect(chat.at("handoff")).toHaveCount(0);
    await chat.at("current-coach").click();
    await chat.page.locator("[data-testid=coach-option][data-coach=april]").click();
    await chat.ask(fresh("And now"));
    await expect(chat.lastAnswer).toHaveAttribute("data-coach", "april");
  }
});

test("a coach who is called by name answers, whoever was picked before", async ({ chat, page }) => {
  await chat.open();
  const pick = async (coach: string) => {
    await chat.at("current-coach").click();
    await page.locator(`[data-testid=coach-option][data-coach=${coach}]`).click();
    await expect(chat.at("current-coach")).toHaveAttribute("data-coach", coach);
  };
  for (const [picked, named] of [
    ["luke", "clarice"],
    ["peter", "april"],
  ]) {
    await pick(picked);
    await chat.ask(`@${named} ${fresh("hello")}`);
    await expect(chat.lastAnswer).toHaveAttribute("data-coach", named);
  }
});

test("a coach's card starts a conversation with that coach", async ({ chat }) => {
  await chat.open();
  await expect(chat.at("coach-card")).toHaveCount(6);
  await chat.page.locator("[data-testid=coach-card][data-coach=clarice]").click();
  await chat.address();
  await expect(chat.lastAnswer).toHaveAttribute("data-coach", "clarice");
  await chat.finished();
  await expect(chat.at("coach-card")).toHaveCount(0);
});

test("rename, delete, undo", async ({ chat, page }) => {
  await chat.open();
  await chat.ask(fresh("To rename"));
  const address = await chat.address();
  const id = address.split("/").pop()!;
  const list = await chat.list();
  const row = list.locator(`[data-testid=conversation][data-id="${id}"]`);
  await row.hover();
  await row.getByTestId("conversation-menu").click();
  await chat.at("conversation-rename").click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("My first single");
  await page.keyboard.press("Enter");
  await expect(row).toContainText("My first single");
  await row.hover();
  await row.getByTestId("conversation-menu").click();
  await chat.at("conversation-delete").click();
  await expect(row).toHaveCount(0);
  await expect(page).toHaveURL(/\/chat$/);
  await chat.at("undo").click();
  await expect(page).toHaveURL(new RegExp(address));
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "complete");
  await chat.reload();
  await chat.list();
  await expect(row).toContainText("My first single");
});

test("both languages and both themes, kept", async ({ chat, page, isMobile }) => {
  await chat.open();
  const html = page.locator("html");
  await expect(html).toHaveAttribute("lang", "en");
  await expect(html).toHaveAttribute("data-theme", "dark");
  // the switch shows what it gives, a sun (with its circle) or a moon; so does the landing page's
  const sun = chat.at("theme-toggle").locator("svg circle");
  await chat.menu();
  await expect(sun).toHaveCount(1);
  await chat.at("theme-toggle").click();
  await expect(html).toHaveAttribute("data-theme", "light");
  await expect(sun).toHaveCount(0);
  // a phone has no room for it there
  if (!isMobile) {
    await page.goto("/");
    await expect(sun).toHaveCount(0);
    await chat.at("theme-toggle").press("Enter");
    await expect(html).toHaveAttribute("data-theme", "dark");
    await expect(sun).toHaveCount(1);
    await chat.at("theme-toggle").press("Enter");
    await expect(html).toHaveAttribute("data-theme", "light");
    await chat.open();
  }
  if (!(await chat.at("lang-toggle").isVisible())) await chat.menu();
  await chat.at("lang-toggle").click();
  await expect(html).toHaveAttribute("lang", "fr");
  await chat.live();
  const first = await (await page.request.get("/chat")).text();
  expect(first).toMatch(/<html lang="fr" data-theme="light">/);
  await expect(chat.at("presence")).toHaveText("en ligne");
  await chat.ask(fresh("Bonjour"));
});

test("an answer in the background is unread, then read", async ({ chat, fake, page, isMobile }) => {
  const question = fresh("Background");
  await fake.script(question, [{ hold: question }, { text: "Done meanwhile." }]);
  await chat.open();
  await chat.send(question);
  const id = (await chat.address()).split("/").pop()!;
  await chat.list();
  await chat.at("new-chat").click();
  // On a phone the sheet goes first.
  if (isMobile) await expect(chat.at("conversation-list")).toBeHidden();
  await fake.release(question);
  const list = await chat.list();
  const row = list.locator(`[data-testid=conversation][data-id="${id}"]`);
  await expect(row).toHaveAttribute("data-unread", "true");
  await row.getByRole("link").click();
  await expect(chat.lastBody).toHaveText("Done meanwhile.");
  await page.goto("/chat");
  await chat.live();
  await chat.list();
  await expect(row).toHaveAttribute("data-unread", "false");
});

test("a coach of the first page answers there", async ({ chat, page }) => {
  await page.goto("/");
  await page.getByRole("main").getByRole("link", { name: "April" }).click();
  await chat.live();
  await expect(chat.at("current-coach")).toHaveAttribute("data-coach", "april");
  await chat.ask(fresh("Hello from outside"));
  await expect(chat.lastAnswer).toHaveAttribute("data-coach", "april");
  // the next new one is the manager's again
  await chat.page.keyboard.press("Control+Shift+O");
  await expect(chat.at("coach-card")).toHaveCount(6);
  await expect(chat.at("current-coach")).toHaveAttribute("data-coach", "marty");
});

test.describe("in Britain", () => {
  test.use({ locale: "en-GB" });
  test("the clock counts to 24", async ({ chat, page }) => {
    await chat.open();
    await chat.ask(fresh("What time is it"));
    await chat.open();
    await expect(page.locator(".continue-line")).toHaveText(/today\s\d\d:\d\d$/);
  });
});
