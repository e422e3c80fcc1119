import type { Page } from "@playwright/test";
import { expect, fresh, NETWORK, test, type Chat } from "../fixtures";

/** What of the next pages stands in the header before their code runs. */
async function firstPresence(page: Page) {
  await page.addInitScript(() =>
    addEventListener("DOMContentLoaded", () => {
      const presence = document.querySelector<HTMLElement>("[data-testid=presence]");
      Object.assign(window, { first: [presence?.dataset.state, presence?.textContent] });
    }),
  );
  return () => page.evaluate(() => (window as unknown as { first: string[] }).first);
}

/** The worker has this page now, and in it this text. */
const keptWith = (page: Page, path: string, text: string) =>
  page.evaluate(
    async ([path, text]) => {
      navigator.serviceWorker.controller?.postMessage({ keep: path });
      return !!(await (await (await caches.open("pages")).match(path))?.text())?.includes(text);
    },
    [path, text],
  );

/** The worker has this page, without being asked for it. */
const isKept = (page: Page, path: string) =>
  page.evaluate(async (path) => !!(await (await caches.open("pages")).match(path)), path);

/** Opens the page, with its service worker at work. */
async function installed(chat: Chat, page: Page) {
  await chat.open();
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
}

test.describe("with its service worker", () => {
  test.use({ serviceWorkers: "allow" });

  test("the page can be installed", async ({ chat, page, context }) => {
    await chat.open();
    const manifest = await page.locator("link[rel=manifest]").getAttribute("href");
    const { start_url, icons } = await (await context.request.get(manifest ?? "")).json();
    expect(start_url).toBe("/chat");
    for (const { src, type } of icons) {
      const answer = await context.request.get(src);
      expect([answer.status(), answer.headers()["content-type"]]).toEqual([200, type]);
    }
    expect((await context.request.get("/sw.js")).headers()["cache-control"]).toBe("no-cache");
  });

  test("without the server the last conversation still opens for reading", async ({ chat, page, squad, allow }) => {
    test.slow();
    allow(...NETWORK);
    const question = fresh("Keep me");
    await installed(chat, page);
    await chat.ask(question);
    const address = await chat.address();
    await chat.open(address);
    const read = await chat.html();
    await expect.poll(() => page.evaluate(async (path) => !!(await (await caches.open("pages")).match(path)), address)).toBe(true);
    await squad.kill();
    const first = await firstPresence(page);
    await chat.open(address);
    await expect(chat.questions.last()).toContainText(question);
    expect(await chat.html()).toBe(read);
    expect(await first()).toEqual(["offline", "offline"]);
    await expect(chat.at("presence")).toHaveText("offline");
    await expect(chat.at("presence")).toHaveAttribute("data-state", "offline");
    const bar = page.locator(".bar", { hasText: "You are offline." });
    await expect(bar).toHaveText(/You are reading a copy \(today\s\d\d:\d\d\)\. What you send waits here\./);
    await squad.again();
    await expect(chat.at("presence")).toHaveAttribute("data-state", "online", { timeout: 20_000 });
    await chat.ask(fresh("And on"));
    await expect(chat.messages).toHaveCount(4);
  });

  test("without the server all of the page's code is there, and a form leads back to its page", async ({
    chat,
    page,
    squad,
    allow,
  }) => {
    test.slow();
    allow(...NETWORK);
    await installed(chat, page);
    const parts = () =>
      page.evaluate(async () => {
        const kept = await (await caches.open("files")).keys();
        return kept.filter(({ url }) => /split_\w+\.[\w-]+\.wasm$/.test(url)).length;
      });
    await expect.poll(parts).toBe(2);
    await chat.reload();
    await squad.kill();
    await chat.menu();
    await chat.at("shortcuts").click();
    await expect(page.locator("dialog[open]")).toBeVisible();
    await page.keyboard.press("Escape");
    await chat.composer.fill("Said before");
    await chat.menu();
    await chat.at("lang-toggle").click();
    await expect(page.getByText("You are reading a copy")).toBeVisible();
    await chat.live();
    expect(new URL(page.url()).pathname).toBe("/chat");
    await expect(chat.composer).toHaveValue("Said before");
    await squad.again();
  });

  test("the list of a copy knows the conversation of a first visit", async ({ chat, page, squad, allow }) => {
    allow(...NETWORK);
    await installed(chat, page);
    const question = fresh("On the first visit");
    await chat.ask(question);
    const address = await chat.address();
    const listed = () =>
      page.evaluate(async () => (await (await (await caches.open("pages")).match("/chat"))?.text()) ?? "");
    await expect.poll(listed).toContain(address);
    await squad.kill();
    await chat.open("/chat");
    await expect(chat.at("presence")).toHaveAttribute("data-state", "offline");
    await chat.list();
    await expect(chat.at("conversation-list").locator(`a[href="${address}"]`)).toBeVisible();
    await squad.again();
  });

  test("each answer is kept for reading, with the page left alone", async ({ chat, page, squad, allow }) => {
    test.slow();
    allow(...NETWORK);
    await installed(chat, page);
    await chat.reload();
    await chat.ask(fresh("First"));
    const address = await chat.address();
    await chat.ask(fresh("Second"));
    // not the first one still
    await expect(chat.answers).toHaveCount(2);
    await chat.finished();
    const read = await chat.html();
    const kept = async (path: string) => (await (await (await caches.open("pages")).match(path))?.text())?.split('data-role="assistant"').length;
    await expect.poll(() => page.evaluate(kept, address)).toBe(3);
    await squad.kill();
    await chat.reload();
    await expect(chat.messages).toHaveCount(4);
    expect(await chat.html()).toBe(read);
    await squad.again();
  });

  test("a copy of an answer that was being written shows nothing that only the server can know", async ({ chat, page, fake, squad, allow }) => {
    test.slow();
    allow(...NETWORK);
    await installed(chat, page);
    await chat.reload();
    const question = fresh("In the middle");
    await fake.script(question, [{ hold: question }, { text: "Said at last." }], 2);
    await chat.send(question);
    const address = await chat.address();
    await expect(chat.at("typing")).toBeVisible();
    await expect.poll(() => keptWith(page, address, 'data-state="streaming"')).toBe(true);
    await squad.kill();
    const first = await firstPresence(page);
    await chat.open(address);
    expect(await first()).toEqual(["offline", "offline"]);
    await expect(chat.questions.last()).toContainText(question);
    await expect(page.getByText("You are reading a copy")).toBeVisible();
    await expect(chat.at("stop")).toBeHidden();
    await expect(chat.at("typing")).toBeHidden();
    await expect(page.locator("[data-string=thinking]")).toBeHidden();
    await expect(chat.at("send")).toBeVisible();
    await fake.release(question);
    await squad.again();
    await expect(chat.at("presence")).toHaveAttribute("data-state", "online", { timeout: 20_000 });
    await expect(page.getByText("You are reading a copy")).toHaveCount(0);
    await fake.release(question);
    await expect(chat.lastBody).toHaveText("Said at last.", { timeout: 30_000 });
    await chat.finished();
  });

  test("what a copy lacks comes with the network, above all that was written meanwhile", async ({ chat, page, squad, allow }) => {
    test.slow();
    allow(...NETWORK);
    await installed(chat, page);
    await chat.reload();
    const questions = ["First", "Not in the copy", "Written without a network", "And one more"].map(fresh);
    await chat.ask(questions[0]);
    const address = await chat.address();
    await expect.poll(() => keptWith(page, address, questions[0])).toBe(true);
    await page.goto("about:blank");
    const conversation_id = address.split("/").pop();
    const answer = await page.request.post("/api/chat", { data: { message: questions[1], conversation_id } });
    expect(answer.ok()).toBeTruthy();
    await squad.kill();
    await chat.open(address);
    await expect(chat.messages).toHaveCount(2);
    await chat.send(questions[2]);
    await expect(chat.questions).toHaveCount(2);
    await chat.send(questions[3]);
    await expect(chat.questions).toHaveCount(3);
    await squad.again();
    await expect(chat.messages).toHaveCount(8, { timeout: 30_000 });
    expect(await chat.questions.getByTestId("message-body").allInnerTexts()).toEqual(questions);
  });

  test("without the server the empty page says so too, and a kept conversation opens from its list", async ({ chat, page, squad, allow }) => {
    test.slow();
    allow(...NETWORK);
    await installed(chat, page);
    const [question, other] = [fresh("Kept"), fresh("Kept too")];
    await chat.ask(question);
    const address = await chat.address();
    await chat.open();
    await chat.ask(other);
    const second = await chat.address();
    for (const path of ["/chat", address, second]) await expect.poll(() => keptWith(page, path, other)).toBe(true);
    await squad.kill();
    // the first page was never seen: its way into the chat is taken
    await page.goto("/");
    await expect(page).toHaveURL(/\/chat$/);
    const first = await firstPresence(page);
    await chat.open("/chat");
    expect(await first()).toEqual(["offline", "offline"]);
    await expect(chat.at("presence")).toHaveAttribute("data-state", "offline");
    await chat.list();
    await chat.at("conversation-list").locator(`a[href="${address}"]`).click();
    await expect(chat.questions.last()).toContainText(question);
    await expect(page.getByText("You are reading a copy")).toBeVisible();
    await expect(chat.at("not-kept")).toHaveCount(0);
    await squad.again();
    await expect(chat.at("presence")).toHaveAttribute("data-state", "online", { timeout: 20_000 });
  });

  test("a conversation that was deleted and brought back is kept again once it is read", async ({ chat, page }) => {
    await installed(chat, page);
    const question = fresh("Deleted by mistake");
    await chat.ask(question);
    const address = await chat.address();
    await expect.poll(() => isKept(page, address)).toBe(true);
    await chat.menu();
    await chat.at("delete-this").click();
    await expect.poll(() => isKept(page, address)).toBe(false);
    await chat.at("undo").click();
    await expect(chat.at("undo")).toHaveCount(0);
    await chat.list();
    await chat.at("conversation-list").locator(`a[href="${address}"]`).click();
    await expect(chat.questions).toContainText(question);
    await expect.poll(() => isKept(page, address)).toBe(true);
  });

  test("a conversation that is not kept waits for the server, and so does what is written to it", async ({ chat, page, fake, squad, allow }) => {
    test.slow();
    allow(...NETWORK);
    await installed(chat, page);
    const [question, late] = [fresh("Not kept"), fresh("Written without a server")];
    await chat.ask(question);
    const address = await chat.address();
    // the answer's end has it kept, at any moment now
    const forget = async (path: string) => {
      const pages = await caches.open("pages");
      await pages.delete(path);
      await new Promise((later) => setTimeout(later, 700));
      return !!(await pages.match(path));
    };
    await expect.poll(() => page.evaluate(forget, address)).toBe(false);
    await fake.script(late, [{ text: "I am back." }]);
    await squad.kill();
    await chat.open(address);
    await expect(chat.at("not-kept")).toContainText("This conversation isn’t kept on this device.");
    await expect(page.locator(".composer-problem")).toHaveText("");
    await expect(chat.questions).toHaveCount(0);
    await expect(chat.at("coach-card")).toHaveCount(0);
    await expect(chat.at("current-coach")).toContainText("Marty");
    await expect(page.getByText("You are reading a copy")).toHaveCount(0);
    await chat.send(late);
    await expect(chat.questions.last()).toContainText(late);
    await chat.reload();
    await expect(chat.questions.last()).toContainText(late);
    await squad.again();
    await expect(chat.messages).toHaveCount(4, { timeout: 30_000 });
    await expect(chat.questions.first()).toContainText(question);
    await expect(chat.lastBody).toHaveText("I am back.");
    await expect(page.locator(".composer-problem")).toHaveText("");
    expect(await chat.address()).toBe(address);
  });
});

test("a page of an older build loads itself anew, unless somebody writes in it", async ({ chat, page }) => {
  await chat.open();
  await chat.ask(fresh("Before the update"));
  let loads = 0;
  page.on("load", () => (loads += 1));
  let updated = true;
  await page.routeWebSocket(/\/feed/, (socket) => {
    if (!updated) return void socket.connectToServer();
    socket.send("outdated");
    void socket.close();
  });
  await chat.reload();
  await expect.poll(() => loads, { timeout: 20_000 }).toBe(2);
  await chat.live();
  const text = fresh("I am writing this");
  await chat.composer.fill(text);
  await expect(chat.at("outdated")).toBeVisible({ timeout: 20_000 });
  expect(loads).toBe(2);
  updated = false;
  await chat.at("outdated").getByRole("link").click();
  await expect.poll(() => loads).toBe(3);
  await chat.live();
  await expect(chat.composer).toHaveValue(text);
  await expect(chat.at("outdated")).toHaveCount(0);
});
