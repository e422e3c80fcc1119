import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Chat, expect, fresh, NETWORK, test } from "../fixtures";

test("the server dies mid-answer, comes back, and the answer goes on", async ({ chat, fake, squad, allow }) => {
  test.slow();
  allow(...NETWORK);
  const question = fresh("Crash");
  const shown = "A beginning that is long enough to be kept when everything falls over. ".repeat(5);
  await fake.script(question, [{ text: shown }, { hold: question }, { text: "never" }]);
  await fake.script("", [{ text: "And the end." }]);
  await chat.open();
  await chat.send(question);
  await fake.reached(question);
  await expect(chat.lastBody).toContainText("falls over");
  await squad.kill();
  await expect(chat.at("presence")).toHaveAttribute("data-state", "reconnecting");
  await squad.again();
  await expect(chat.at("presence")).toHaveAttribute("data-state", "online", { timeout: 20_000 });
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "complete", { timeout: 60_000 });
  await expect(chat.lastBody).toContainText("And the end.");
  await expect(chat.lastAnswer.locator("[data-badge=resumed]")).toBeVisible();
  const live = await chat.html();
  await chat.reload();
  expect(await chat.html()).toBe(live);
  await fake.release(question);
});

test("a failed answer is a card, and Retry answers", async ({ chat, fake, isMobile }) => {
  const question = fresh("Fail");
  await fake.script(question, [{ status: 400, body: { type: "error", error: { type: "invalid_request_error", message: "no" } } }]);
  await chat.open();
  await chat.send(question);
  await expect(chat.at("error-card")).toBeVisible();
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "failed");
  await expect(chat.questions.last()).toContainText(question);
  await fake.script(question, [{ text: "Now it works." }]);
  await chat.at("retry").click();
  if (!isMobile) await expect(chat.composer).toBeFocused();
  await chat.finished();
  await expect(chat.lastBody).toHaveText("Now it works.");
  await expect(chat.at("error-card")).toHaveCount(0);
  await expect(chat.messages).toHaveCount(2);
  await chat.reload();
  await expect(chat.messages).toHaveCount(2);
});

test("a failed answer can be given by another model, one that broke off says so", async ({ chat, fake, page }) => {
  const question = fresh("Fail twice");
  const half = "Half of an answer, long enough to be kept when the connection is cut. ".repeat(5).trim();
  await fake.script(question, [{ text: half }, { cut: true }]);
  // going on from there is refused
  await fake.script("", [{ status: 400 }]);
  await chat.open();
  await chat.send(question);
  await expect(chat.at("error-card")).toContainText("The answer stopped half-way.");
  await expect(chat.lastBody).toHaveText(half);
  await chat.at("error-card").getByRole("button", { name: "Another model" }).click();
  await chat.at("model-select").getByRole("radio", { name: "claude-haiku-4-5" }).check();
  await page.keyboard.press("Escape");
  await fake.script(question, [{ text: "By another one." }]);
  await chat.at("retry").click();
  await chat.finished();
  await expect(chat.lastBody).toHaveText("By another one.");
  const models = (await fake.calls(question)).map((call) => (call.body as { model: string }).model);
  expect(models.at(0)).toBe("claude-haiku-5-5");
  expect(models.at(-1)).toBe("claude-haiku-4-5");
});

test("without a network Retry waits for it", async ({ chat, context, fake, allow }) => {
  allow(...NETWORK);
  const question = fresh("Fail offline");
  await fake.script(question, [{ status: 400 }]);
  await chat.open();
  await chat.send(question);
  await expect(chat.at("error-card")).toBeVisible();
  await context.setOffline(true);
  await expect(chat.at("presence")).toHaveAttribute("data-state", "offline");
  await chat.at("retry").click();
  await context.setOffline(false);
  await chat.finished();
  await expect(chat.at("error-card")).toHaveCount(0);
});

test("Stop without a network stops the answer when there is one again", async ({ chat, context, fake, allow }) => {
  allow(...NETWORK);
  const question = fresh("Stop offline");
  await fake.script(question, [{ text: "Half" }, { hold: question }, { text: " and whole." }]);
  await chat.open();
  await chat.send(question);
  await expect(chat.lastBody).toHaveText("Half");
  await context.setOffline(true);
  await expect(chat.at("presence")).toHaveAttribute("data-state", "offline");
  await chat.at("stop").click();
  await expect(chat.page.locator(".bar")).toContainText("The answer stops when you are back.");
  await chat.page.waitForTimeout(1_000);
  await expect(chat.page.getByRole("alert").filter({ hasText: /./ })).toHaveCount(0);
  await context.setOffline(false);
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "stopped");
  await fake.release(question);
  await chat.reload();
  await expect(chat.lastBody).toHaveText("Half");
});

test("the bar says what waits for the network", async ({ chat, context, page, allow }) => {
  allow(...NETWORK);
  await chat.open();
  await chat.ask(fresh("Before"));
  await context.setOffline(true);
  const bar = page.locator(".bar", { hasText: "You are offline." });
  await expect(bar).toContainText("What you send waits here.");
  for (const [text, words] of [
    [fresh("One"), "1 message waits here."],
    [fresh("Two"), "2 messages wait here."],
  ]) {
    await chat.send(text);
    await expect(bar).toContainText(words);
  }
  await context.setOffline(false);
  await expect(bar).toHaveCount(0);
  await expect(chat.answers).toHaveCount(3);
  await chat.finished();
});

test("without a network a thumb that cannot be kept is refused, once and in other words than the bar's", async ({ chat, context, page, allow }) => {
  allow(...NETWORK);
  await chat.open();
  await chat.ask(fresh("Before"));
  await context.setOffline(true);
  await expect(page.locator(".bar", { hasText: "You are offline." })).toBeVisible();
  await chat.at("feedback-up").click();
  const said = page.locator(".composer-problem");
  await expect(said).toHaveText("Not possible offline.");
  await expect(chat.at("feedback-up")).toHaveAttribute("aria-pressed", "false");
  await context.setOffline(false);
  await expect(said).toHaveText("");
});

test("what waits for the network can be taken back into the composer", async ({ chat, context, fake, allow }) => {
  allow(...NETWORK);
  await chat.open();
  await chat.ask(fresh("Before"));
  await context.setOffline(true);
  const [kept, unsaid] = [fresh("Stays"), fresh("Better not")];
  await chat.send(kept);
  await chat.send(unsaid);
  await expect(chat.questions.last()).toHaveAttribute("data-state", "queued");
  await chat.questions.last().getByTestId("take-back").click();
  await expect(chat.composer).toHaveValue(unsaid);
  await expect(chat.questions).toHaveCount(2);
  // for good
  await chat.reload().catch(() => {});
  await context.setOffline(false);
  await chat.reload();
  await expect(chat.composer).toHaveValue(unsaid);
  await expect(chat.questions.last()).toContainText(kept);
  await expect(chat.answers).toHaveCount(2);
  await chat.finished();
  await expect(chat.questions).toHaveCount(2);
  expect(await fake.calls(unsaid)).toHaveLength(0);
});

test("what one tab takes back no other one sends", async ({ chat, context, page, fake, allow }) => {
  allow(...NETWORK);
  await chat.open();
  await chat.ask(fresh("Before"));
  await context.route("**/fn/send", (route) => route.abort("internetdisconnected"));
  const unsaid = fresh("Better not");
  await chat.send(unsaid);
  await expect(chat.questions.last()).toHaveAttribute("data-state", "queued");
  const other = new Chat(await context.newPage());
  await other.page.goto(page.url());
  await expect(other.questions.last()).toContainText(unsaid);
  await expect(other.questions.last()).toHaveAttribute("data-state", "queued");
  await chat.questions.last().getByTestId("take-back").click();
  await expect(chat.composer).toHaveValue(unsaid);
  await expect(other.questions).toHaveCount(1);
  await context.unroute("**/fn/send");
  // what is said next is the next one
  const said = fresh("After");
  await other.send(said);
  await other.finished();
  expect(await fake.calls(said)).toHaveLength(1);
  expect(await fake.calls(unsaid)).toHaveLength(0);
  await expect(other.questions).toHaveCount(2);
});

test("a short cut is not shown, a longer one after two seconds", async ({ chat, page, allow }) => {
  allow(...NETWORK);
  await page.addInitScript(() => {
    const Real = WebSocket;
    const sockets: WebSocket[] = [];
    Object.assign(window, {
      WebSocket: class extends Real {
        constructor(url: string) {
          super((window as { cut?: boolean } & Window).cut ? url.replace("/feed", "/nothing") : url);
          sockets.push(this);
        }
      },
      sockets,
    });
  });
  await chat.open();
  await chat.ask(fresh("Before"));
  const presence = chat.at("presence");
  const seen = presence.evaluate(
    (node) =>
      new Promise<number>((done) => {
        const start = performance.now();
        new MutationObserver(() => {
          if (node.getAttribute("data-state") === "reconnecting") done(performance.now() - start);
        }).observe(node, { attributes: true });
        Object.assign(window, { cut: true });
        (window as unknown as { sockets: WebSocket[] }).sockets.forEach((socket) => socket.close());
      }),
  );
  expect(await seen).toBeGreaterThan(1_900);
  await expect(presence).toHaveText("reconnecting");
  await page.evaluate(() => Object.assign(window, { cut: false }));
  await expect(presence).toHaveAttribute("data-state", "online", { timeout: 20_000 });
});

test("a squad that can be reached again is not said to be away", async ({ chat, page, squad, allow }) => {
  allow(...NETWORK);
  const away = page.getByRole("alert").filter({ hasText: "The squad cannot be reached right now." });
  await chat.open();
  await chat.ask(fresh("Good"));
  await squad.kill();
  await chat.at("feedback-up").last().click();
  await expect(away).toBeVisible();
  await squad.again();
  await expect(chat.at("presence")).toHaveAttribute("data-state", "online", { timeout: 20_000 });
  await expect(away).toHaveCount(0);
});

test("nothing at this address", async ({ chat, page, context, browser, allow }) => {
  allow(/404/);
  const asked: string[] = [];
  page.on("request", (request) => request.url().includes("/fn/") && asked.push(request.url()));
  for (const path of ["/chat/nonsense", "/chat/019ab3c6-0000-7000-8000-000000000000", "/nowhere"]) {
    expect((await page.goto(path))?.status(), path).toBe(404);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(/Nothing at this address|Rien à cette adresse/);
    await chat.live();
  }
  expect(asked, "what the page said is not asked for again").toEqual([]);
  await chat.open();
  await chat.ask(fresh("Mine"));
  const address = await chat.address();
  const stranger = await (await browser.newContext()).newPage();
  expect((await stranger.goto(new URL(address, page.url()).href))?.status()).toBe(404);
  await stranger.context().close();
  expect((await context.request.get(address)).status()).toBe(200);
});

test("a tab that was closed before it heard that its message is there shows it once when it comes back", async ({
  chat,
  context,
  fake,
  page,
}) => {
  const question = fresh("Closed too early");
  await fake.script(question, [{ text: "A whole answer." }]);
  await chat.open();
  await chat.ask(fresh("First"));
  const address = await chat.address();
  await page.route("**/fn/send", async (route) => void (await route.fetch()));
  await chat.composer.fill(question);
  await chat.at("send").click();
  const messages = `/api/conversations/${address.split("/").pop()}/messages`;
  const statuses = async () => {
    const { messages: all } = await (await context.request.get(messages)).json();
    return all.map((message: { status: string }) => message.status);
  };
  await expect.poll(statuses).toEqual(["complete", "complete", "complete", "complete"]);
  await page.close();
  const back = await context.newPage();
  await back.addInitScript(() => {
    const seen = { most: 0, emptied: false };
    Object.assign(window, { seen });
    const look = () => {
      const answers = [...document.querySelectorAll<HTMLElement>("[data-role=assistant]")];
      seen.most = Math.max(seen.most, document.querySelectorAll("[data-role=user]").length);
      seen.emptied ||= answers.length > 1 && answers.at(-1)!.dataset.state !== "complete";
    };
    document.addEventListener("DOMContentLoaded", () =>
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true }),
    );
  });
  const told = back.waitForResponse("**/fn/send");
  await back.goto(address);
  await (await told).finished();
  await back.waitForTimeout(500);
  await expect(back.locator("[data-role=user]")).toHaveCount(2);
  expect(await back.evaluate(() => (window as unknown as { seen: object }).seen)).toEqual({ most: 2, emptied: false });
});

test("the same words, said again much later, wait in view", async ({ chat, fake, page, allow }) => {
  allow(...NETWORK);
  const question = fresh("Again");
  await chat.open();
  await chat.ask(question);
  const id = crypto.randomUUID();
  const conversation = (await chat.address()).split("/").pop();
  // ten minutes from now, as the page would keep it
  await page.evaluate(([key, kept]) => localStorage.setItem(key!, kept!), [
    `squad.outbox.${id}`,
    `message ${id} ${Date.now() + 600_000} in ${conversation} \n${question}`,
  ]);
  await page.route("**/fn/send", (route) => route.abort());
  await chat.reload();
  await expect(chat.questions).toHaveCount(2);
  await expect(chat.questions.last()).toHaveAttribute("data-state", "queued");
  await page.unrouteAll();
  await expect(chat.answers).toHaveCount(2);
  await chat.finished();
  await expect(chat.questions).toHaveCount(2);
  expect(await fake.calls(question)).toHaveLength(2);
});

test("code that does not come at once comes later", async ({ chat, page, allow }) => {
  allow(...NETWORK, /Failed to fetch/);
  const lost = ["**/*.wasm", "**/squad*.js", "**/__wasm_split*.js"];
  for (const file of lost) await page.route(file, (route) => route.abort(), { times: 1 });
  await page.goto("/chat");
  await chat.live();
  await chat.ask(fresh("Late code"));
});

test("Enter sends before the page is live, too", async ({ chat, fake, page, isMobile }) => {
  test.skip(isMobile, "there Enter breaks the line");
  const release = await chat.codeWaits();
  await page.goto("/chat");
  const question = fresh("Early");
  await chat.composer.fill(question);
  await chat.composer.press("Shift+Enter");
  await chat.composer.press("Enter");
  await chat.address();
  release();
  await chat.live();
  await chat.finished();
  await expect(chat.questions).toHaveCount(1);
  expect(await fake.calls(question)).toHaveLength(1);
});

test("a page that comes slower than its code is taken over when it is whole; what is typed meanwhile looks written", async ({
  chat,
  page,
  baseURL,
  allow,
}) => {
  allow(...NETWORK);
  let release!: () => void;
  const rest = new Promise<void>((resolve) => (release = resolve));
  // between page and program, without the feed
  const line = createServer(async (request, response) => {
    const answer = await fetch(baseURL + request.url!);
    const body = Buffer.from(await answer.arrayBuffer());
    const passed = ["content-type", "content-security-policy", "set-cookie"];
    const headers = [...answer.headers].filter(([name]) => passed.includes(name));
    response.writeHead(answer.status, Object.fromEntries(headers));
    if (request.url !== "/chat") return response.end(body);
    const end = body.lastIndexOf("</form>") + "</form>".length;
    response.write(body.subarray(0, end));
    await rest;
    response.end(body.subarray(end));
  });
  await new Promise<void>((resolve) => line.listen(0, "127.0.0.1", resolve));
  try {
    const address = `http://127.0.0.1:${(line.address() as AddressInfo).port}/chat`;
    // its code is kept by the browser from the first time
    const code = page.waitForResponse(/\.wasm$/);
    await page.goto(address, { waitUntil: "commit" });
    await (await code).finished();
    await page.waitForTimeout(500);
    await chat.composer.fill("Before the page is whole");
    await expect(chat.composer).toHaveCSS("color", await page.evaluate(() => getComputedStyle(document.body).color));
    await expect(page.locator("body")).not.toHaveAttribute("data-hydrated");
    release();
    await chat.live();
    await expect(chat.composer).toHaveValue("Before the page is whole");
  } finally {
    line.closeAllConnections();
    line.close();
  }
});
