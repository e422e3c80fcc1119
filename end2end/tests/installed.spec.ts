import { expect, fresh, NETWORK, test } from "../fixtures";

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
    await chat.open();
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    await chat.ask(question);
    const address = await chat.address();
    await chat.open(address);
    const read = await chat.html();
    await expect.poll(() => page.evaluate(async (path) => !!(await (await caches.open("pages")).match(path)), address)).toBe(true);
    await squad.kill();
    await chat.open(address);
    await expect(chat.questions.last()).toContainText(question);
    expect(await chat.html()).toBe(read);
    await expect(chat.at("presence")).toHaveAttribute("data-state", "reconnecting");
    await squad.again();
    await expect(chat.at("presence")).toHaveAttribute("data-state", "online", { timeout: 20_000 });
    await chat.ask(fresh("And on"));
    await expect(chat.messages).toHaveCount(4);
  });

  test("each answer is kept for reading, with the page left alone", async ({ chat, page, squad, allow }) => {
    test.slow();
    allow(...NETWORK);
    await chat.open();
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    await chat.reload();
    await chat.ask(fresh("First"));
    const address = await chat.address();
    await chat.ask(fresh("Second"));
    const read = await chat.html();
    const kept = async (path: string) => (await (await (await caches.open("pages")).match(path))?.text())?.split('data-role="assistant"').length;
    await expect.poll(() => page.evaluate(kept, address)).toBe(3);
    await squad.kill();
    await chat.reload();
    await expect(chat.messages).toHaveCount(4);
    expect(await chat.html()).toBe(read);
    await squad.again();
  });

  test("a conversation that is not kept waits for the server, and so does what is written to it", async ({ chat, page, fake, squad, allow }) => {
    test.slow();
    allow(...NETWORK);
    await chat.open();
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
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
    await expect(chat.questions).toHaveCount(0);
    await expect(chat.at("coach-card")).toHaveCount(0);
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
