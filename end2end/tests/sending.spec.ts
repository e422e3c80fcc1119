import { expect, fresh, NETWORK, test } from "../fixtures";

test("a double press is one message", async ({ chat, fake, page, isMobile }) => {
  await chat.open();
  const question = fresh("Twice");
  await chat.composer.fill(question);
  await chat.at("send").dblclick();
  await chat.finished();
  if (!isMobile) {
    const other = fresh("Enter twice");
    await chat.composer.fill(other);
    await chat.composer.press("Enter");
    await chat.composer.press("Enter");
    await expect(chat.answers).toHaveCount(2);
    await chat.finished();
    expect(await fake.calls(other)).toHaveLength(1);
    await expect(chat.questions).toHaveCount(2);
  }
  await page.reload();
  await expect(chat.questions).toHaveCount(isMobile ? 1 : 2);
});

test("a press that was meant for Send does not stop the answer", async ({ chat, fake, page }) => {
  const question = fresh("Impatient");
  await fake.script(question, [{ tokens: 3 }, { hold: question }, { tokens: 3 }]);
  await chat.open();
  await chat.composer.fill(question);
  const { x, y, width, height } = (await chat.at("send").boundingBox())!;
  await chat.at("send").click();
  await expect(chat.at("stop")).toBeVisible();
  await page.mouse.click(x + width / 2, y + height / 2);
  await fake.reached(question);
  await expect(chat.lastBody).toContainText("word2");
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "streaming");
  // a moment later it does
  await chat.at("stop").click();
  await chat.finished("stopped");
  await fake.release(question);
});

test("words of a script that runs from the right stand in its order", async ({ chat }) => {
  const question = `مرحبا Spotify شكرا ${Date.now()}`;
  await chat.open();
  const places = (element: Element) => {
    const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode() as Text;
    const at = (from: number, to: number) => {
      const range = document.createRange();
      range.setStart(text, from);
      range.setEnd(text, to);
      return range.getBoundingClientRect().left;
    };
    return [at(0, 1), at(14, 15)];
  };
  await chat.ask(question);
  const [first, last] = await chat.questions.last().getByTestId("message-body").evaluate(places);
  expect(first).toBeGreaterThan(last);
});

test("what is typed while a message is on its way stays", async ({ chat, page }) => {
  await chat.open();
  let let_go = () => {};
  const gate = new Promise<void>((go) => (let_go = go));
  await page.route("**/fn/send", async (route) => {
    await gate;
    await route.continue();
  });
  const question = fresh("On its way");
  await chat.send(question);
  await expect(chat.questions.last()).toHaveAttribute("data-state", "sending");
  await expect(chat.composer).toHaveValue(question);
  await chat.at("send").click();
  await expect(chat.questions).toHaveCount(1);
  await chat.composer.press("End");
  await chat.composer.pressSequentially(" and more");
  let_go();
  await expect(chat.composer).toHaveValue(" and more");
  await expect(chat.questions.last()).toHaveAttribute("data-state", "complete");
  await expect(chat.questions).toHaveCount(1);
});

test("a refused message goes, its text stays", async ({ chat, page, allow }) => {
  allow(/Failed to load resource.*fn\/send/);
  await chat.open();
  const question = "not\u0000stored";
  await chat.send(question);
  await expect(page.getByRole("alert")).not.toBeEmpty();
  await expect(chat.questions).toHaveCount(0);
  await expect(chat.composer).toHaveValue(question);
});

test("offline: queued, over a reload, sent once", async ({ chat, context, fake, page, allow }) => {
  allow(...NETWORK);
  await chat.open();
  await chat.ask(fresh("Before"));
  await context.setOffline(true);
  await expect(chat.at("presence")).toHaveAttribute("data-state", "offline");
  const question = fresh("While away");
  await chat.send(question);
  await expect(chat.questions.last()).toHaveAttribute("data-state", "queued");
  await expect(chat.composer).toHaveValue("");
  await context.setOffline(false);
  await expect(chat.at("presence")).toHaveAttribute("data-state", "online");
  await expect(chat.answers).toHaveCount(2);
  await chat.finished();
  expect(await fake.calls(question)).toHaveLength(1);
  await chat.reload();
  await expect(chat.questions).toHaveCount(2);
});

test("the outbox outlives the page", async ({ chat, fake, page, allow }) => {
  allow(...NETWORK);
  await chat.open();
  await chat.ask(fresh("Before"));
  await page.route("**/fn/send", (route) => route.abort("internetdisconnected"));
  const question = fresh("Kept");
  await chat.send(question);
  await expect(chat.questions.last()).toHaveAttribute("data-state", "queued");
  await chat.reload();
  await expect(chat.questions.last()).toContainText(question);
  await expect(chat.questions.last()).toHaveAttribute("data-state", "queued");
  await page.unroute("**/fn/send");
  await expect(chat.answers).toHaveCount(2, { timeout: 20_000 });
  await chat.finished();
  expect(await fake.calls(question)).toHaveLength(1);
});

test("an answer that got lost on the way back does not send twice", async ({ chat, fake, page, allow }) => {
  allow(...NETWORK);
  await chat.open();
  let lost = 0;
  await page.route("**/fn/send", async (route) => {
    if (lost++ > 0) return route.continue();
    await route.fetch();
    await route.abort("connectionreset");
  });
  const question = fresh("Lost");
  await chat.send(question);
  await chat.address();
  await chat.finished();
  expect(lost).toBeGreaterThan(1);
  expect(await fake.calls(question)).toHaveLength(1);
  await chat.reload();
  await expect(chat.questions).toHaveCount(1);
});

test("drafts are kept for each conversation", async ({ chat, page }) => {
  await chat.open();
  await chat.ask(fresh("Draft"));
  const address = await chat.address();
  await chat.composer.fill("half a thought");
  await chat.list();
  await chat.at("new-chat").click();
  await expect(chat.composer).toHaveValue("");
  await chat.composer.fill("another one");
  await page.goto(address);
  await chat.live();
  await expect(chat.composer).toHaveValue("half a thought");
  await page.goto("/chat");
  await chat.live();
  await expect(chat.composer).toHaveValue("another one");
});

test("text typed before the page woke up is kept", async ({ chat, page }) => {
  const let_go = await chat.codeWaits();
  await page.goto("/chat", { waitUntil: "commit" });
  await chat.composer.fill("typed early");
  let_go();
  await chat.live();
  await expect(chat.composer).toHaveValue("typed early");
  await chat.at("send").click();
  await expect(chat.questions.last()).toContainText("typed early");
  await chat.finished();
});

test("with a keyboard one types at once, before the page woke up", async ({ chat, page, isMobile }) => {
  const let_go = await chat.codeWaits();
  await page.goto("/chat", { waitUntil: "domcontentloaded" });
  // a finger's keyboard does not come unasked
  if (isMobile) await expect(chat.composer).not.toBeFocused();
  else await page.keyboard.type("typed at once");
  let_go();
  await chat.live();
  await expect(chat.composer).toHaveValue(isMobile ? "" : "typed at once");
});

test("what is sent before the page woke up is sent once and leaves the field", async ({ chat, fake, page }) => {
  const question = fresh("Early");
  await fake.script(question, [{ text: "There" }, { hold: question }, { text: " you are." }]);
  const come = await chat.codeWaits();
  let pass = () => {};
  const sent = new Promise<void>((go) => (pass = go));
  await page.route("**/chat", async (route) => {
    if (route.request().method() === "POST") await sent;
    await route.continue();
  });
  await page.goto("/chat", { waitUntil: "commit" });
  await chat.composer.fill(question);
  // by the page's own timers: a test waits for the end of a navigation that has begun
  const busy = await page.evaluate(() => {
    const send = document.querySelector<HTMLButtonElement>("[data-testid=send]")!;
    send.click();
    setTimeout(() => send.click(), 3_000);
    return send.form!.ariaBusy;
  });
  expect(busy).toBe("true");
  come();
  await new Promise((go) => setTimeout(go, 4_000));
  pass();
  await expect(page).toHaveURL(/\/chat\/[\da-f-]{36}$/);
  await chat.live();
  await expect(chat.lastBody).toHaveText("There");
  await fake.release(question);
  await chat.finished();
  await expect(chat.lastBody).toHaveText("There you are.");
  await expect(chat.questions).toHaveCount(1);
  await expect(chat.composer).toHaveValue("");
  await page.goto("/chat");
  await chat.live();
  await expect(chat.composer).toHaveValue("");
  await expect(chat.at("conversation-list").locator("[data-id]").filter({ hasText: question })).toHaveCount(1);
});

test("a page that is loaded anew while its first message is on its way shows that message", async ({ chat, page }) => {
  const question = fresh("Reloaded at once");
  const gate = () => {
    let open = () => {};
    const opened = new Promise<void>((go) => (open = go));
    return { open, opened };
  };
  const [told, anew] = [gate(), gate()];
  await chat.open();
  await page.route("**/fn/send", async (route) => {
    const response = await route.fetch();
    await told.opened;
    await route.fulfill({ response });
  });
  await page.route("**/chat", async (route) => {
    await anew.opened;
    await route.continue();
  });
  await chat.send(question);
  await page.evaluate(() => void setTimeout(() => location.reload()));
  await new Promise((go) => setTimeout(go, 500));
  told.open();
  await new Promise((go) => setTimeout(go, 500));
  anew.open();
  await expect(page).toHaveURL(/\/chat\/[\da-f-]{36}$/);
  await chat.live();
  await chat.finished();
  await expect(chat.questions).toHaveCount(1);
  await expect(chat.questions.first()).toContainText(question);
  await chat.reload();
  await expect(chat.questions).toHaveCount(1);
});

test("what is typed before the page woke up outlives it and stands behind the draft", async ({ allow, chat, page }) => {
  allow(/net::ERR_/, /Failed to fetch/);
  await chat.open();
  await chat.composer.fill("a draft");
  await page.route("**/*.wasm", (route) => route.abort());
  for (const more of ["and more", "and more", "in the end"]) {
    await page.goto("/chat");
    await chat.composer.fill(more);
  }
  await page.unrouteAll();
  await chat.live();
  await expect(chat.composer).toHaveValue("a draft\nand more\nin the end");
  await page.reload();
  await chat.live();
  await expect(chat.composer).toHaveValue("a draft\nand more\nin the end");
});

test("what is sent into a lost network before the page woke up is still there", async ({ allow, chat, context, page }) => {
  allow(/net::ERR_/, /Failed to fetch/);
  await chat.open();
  await chat.composer.fill("half a draft");
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto("/chat");
  await chat.composer.fill("Is anybody there?");
  await context.setOffline(true);
  await chat.at("send").click();
  await expect(page).toHaveURL(/chrome-error/);
  await context.setOffline(false);
  await page.unrouteAll();
  await page.goto("/chat");
  await chat.live();
  await expect(page).toHaveURL(/\/chat\/[\da-f-]{36}$/);
  await chat.finished();
  await expect(chat.questions).toHaveCount(1);
  await expect(chat.questions.first()).toContainText("Is anybody there?");
  await expect(chat.composer).toHaveValue("half a draft");
  await page.goto("/chat");
  await chat.live();
  await expect(chat.composer).toHaveValue("");
});

test("what is typed before the page woke up is kept by every other button of it", async ({ allow, chat, page }) => {
  allow(/net::ERR_/, /Failed to fetch/);
  await chat.open();
  await chat.composer.fill("a draft");
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto("/chat");
  await chat.composer.fill("and more");
  await chat.menu();
  await chat.at("lang-toggle").click();
  await expect(page.locator("html")).toHaveAttribute("lang", "fr");
  await page.unrouteAll();
  await chat.reload();
  await expect(chat.composer).toHaveValue("a draft\nand more");
});

test("what is typed behind a draft before the page woke up stands there once when a coach is picked", async ({ allow, chat, page }) => {
  allow(/net::ERR_/, /Failed to fetch/);
  await chat.open();
  await chat.composer.fill("a draft");
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto("/chat");
  await chat.composer.fill("and more");
  await chat.at("current-coach").click();
  await chat.at("coach-option").nth(1).click();
  await expect(chat.at("current-coach")).toHaveAttribute("data-coach", "luke");
  await expect(chat.composer).toHaveValue("and more");
  await page.unrouteAll();
  await chat.live();
  await expect(chat.composer).toHaveValue("a draft\nand more");
});

test("another message from the same copy of a page, before it woke up, does not take the place of the first", async ({ allow, chat, page }) => {
  allow(/net::ERR_/, /Failed to fetch/);
  const [first, second] = [fresh("The first of a copy"), fresh("The second of a copy")];
  await chat.open();
  await chat.ask(fresh("Somebody"));
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto("/chat");
  // what the first press left, of which nobody has heard
  await page.evaluate((words) => {
    const id = document.querySelector<HTMLInputElement>(".composer [name=client_message_id]")!.value;
    localStorage[`squad.outbox.${id}`] = `message ${id} ${Date.now()} new ${id} \n${words}`;
  }, first);
  await chat.composer.fill(second);
  await chat.at("send").click();
  await expect(chat.questions).toContainText([second]);
  await page.unrouteAll();
  await page.goto("/chat");
  await chat.live();
  await expect(chat.questions).toContainText([first]);
  await chat.finished();
  await chat.list();
  const rows = chat.at("conversation-list").locator("[data-id]");
  for (const words of [first, second]) await expect(rows.filter({ hasText: words })).toHaveCount(1);
});

test("a message whose answer got lost before the page woke up is not sent twice", async ({ allow, chat, fake, page }) => {
  allow(/net::ERR_/, /Failed to fetch/);
  const question = fresh("Lost on the way back");
  await fake.script(question, [{ text: "Found." }]);
  await chat.open();
  await chat.ask(fresh("Somebody"));
  await page.route("**/*.wasm", (route) => route.abort());
  await page.route("**/chat", async (route) => {
    const request = route.request();
    if (request.method() !== "POST") return route.continue();
    const { cookie, "content-type": type } = await request.allHeaders();
    const headers = { cookie: cookie!, "content-type": type! };
    // its cookies get lost with it
    const answer = await fetch(request.url(), { method: "POST", headers, body: request.postData(), redirect: "manual" });
    expect(answer.status).toBe(303);
    await route.abort();
  });
  await page.goto("/chat");
  await chat.composer.fill(question);
  await chat.at("send").click();
  await expect(page).toHaveURL(/chrome-error/);
  await page.unrouteAll();
  await page.goto("/chat");
  await chat.live();
  await expect(page).toHaveURL(/\/chat\/[\da-f-]{36}$/);
  await chat.finished();
  await expect(chat.lastBody).toHaveText("Found.");
  await expect(chat.questions).toHaveCount(1);
  await expect(chat.composer).toHaveValue("");
  await expect(chat.at("conversation-list").locator("[data-id]").filter({ hasText: question })).toHaveCount(1);
});

test("what was answered before the page woke up does not come back in a new conversation", async ({ allow, chat, page }) => {
  allow(/net::ERR_/, /Failed to fetch/);
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto("/chat");
  await chat.composer.fill(fresh("Answered"));
  await chat.at("send").click();
  await expect(page).toHaveURL(/\/chat\/[\da-f-]{36}$/);
  await page.goto("/chat");
  await page.unrouteAll();
  await chat.live();
  await expect(chat.composer).toHaveValue("");
  await expect(chat.messages).toHaveCount(0);
  expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("squad.")))).toEqual([]);
});

test("a message refused before the page woke up stands in the field, once", async ({ allow, chat, page }) => {
  allow(/net::ERR_/, /Failed to fetch/, /status of 422/);
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto("/chat");
  const long = "too long ".repeat(4_000).trim();
  await chat.composer.fill(long);
  await chat.at("send").click();
  await expect(page.locator(".composer-problem")).not.toBeEmpty();
  await page.unrouteAll();
  await chat.live();
  await expect(chat.composer).toHaveValue(long);
  await expect(chat.messages).toHaveCount(0);
  await expect(page.locator(".composer-problem")).toContainText("Not sent.");
});

test("where the page's code cannot run, an answer is waited for", async ({ allow, chat, fake, page }) => {
  allow(/WebAssembly/);
  const question = fresh("Without WebAssembly");
  await fake.script(question, [{ text: "Whole." }, { delay_ms: 1_500 }, { text: " Answer." }]);
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, "WebAssembly"));
  await page.goto("/chat");
  await chat.composer.fill(question);
  await chat.at("send").click();
  await expect(page).toHaveURL(/\/chat\/[\da-f-]{36}$/);
  await expect(chat.lastBody).toHaveText("Whole. Answer.");
  await expect(page.locator("body")).not.toHaveAttribute("data-hydrated");
});

test("a press anywhere in the composer's box is one in its field", async ({ chat, page, isMobile }) => {
  test.skip(isMobile, "a finger's press is led to the nearest field");
  await chat.open();
  const { x, y, height } = (await chat.composer.boundingBox())!;
  for (const at of [3, 8, height - 3]) {
    await chat.composer.blur();
    await page.mouse.click(x + 60, y + at);
    await expect(chat.composer).toBeFocused();
  }
});

test("Enter sends, Shift+Enter breaks the line, an input method keeps its Enter", async ({ chat, isMobile }) => {
  await chat.open();
  await chat.composer.fill("one");
  await chat.composer.press("Shift+Enter");
  await chat.composer.pressSequentially("two");
  await expect(chat.composer).toHaveValue("one\ntwo");
  for (const init of [{ key: "Enter", keyCode: 229 }, { key: "Enter", isComposing: true }]) {
    await chat.composer.dispatchEvent("keydown", { ...init, bubbles: true, cancelable: true });
  }
  await chat.composer.dispatchEvent("compositionstart");
  await chat.composer.dispatchEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
  await chat.composer.dispatchEvent("compositionend");
  await expect(chat.messages).toHaveCount(0);
  await chat.composer.press("Enter");
  if (isMobile) {
    await expect(chat.composer).toHaveValue("one\ntwo\n");
    await chat.at("send").click();
  }
  await expect(chat.questions).toHaveCount(1);
  await expect(chat.questions.first().getByTestId("message-body")).toHaveText("one\ntwo", { useInnerText: true });
});

test("the field grows and then scrolls", async ({ chat, isMobile }) => {
  await chat.open();
  const height = async () => (await chat.composer.boundingBox())!.height;
  const one = await height();
  await chat.composer.fill("a\nb\nc");
  const three = await height();
  expect(three).toBeGreaterThan(one * 1.5);
  await chat.composer.fill(Array(30).fill("line").join("\n"));
  const most = await height();
  expect(most).toBeLessThan(24 * (isMobile ? 4 : 8) + 40);
  await chat.composer.fill("");
  expect(await height()).toBeCloseTo(one, 0);
});

test("what is written on a phone held sideways, above its keyboard, can be sent", async ({ chat, page, isMobile }) => {
  test.skip(!isMobile, "a phone");
  await chat.open();
  await page.setViewportSize({ width: 844, height: 170 });
  await chat.composer.fill(Array(6).fill("line").join("\n"));
  await expect(chat.at("send")).toBeInViewport({ ratio: 1 });
  await chat.ask(fresh("Sideways"));
});

test("spaces alone are nothing to send", async ({ chat, page }) => {
  await chat.open();
  const colour = () => chat.at("send").evaluate((send) => getComputedStyle(send).backgroundColor);
  const pale = await colour();
  await chat.composer.fill("a word");
  await expect.poll(colour).not.toBe(pale);
  await chat.composer.fill(" \n ");
  await expect.poll(colour).toBe(pale);
  await chat.at("send").click();
  await expect(chat.composer).toHaveValue(" \n ");
  await expect(page).toHaveURL(/\/chat$/);
});

test("a long text is counted, too long a text is not sent, nothing is cut", async ({ chat, page, isMobile }) => {
  await chat.open();
  const counter = chat.at("composer-counter");
  await chat.composer.fill("x".repeat(8_999));
  await expect(counter).toHaveCount(0);
  const box = (await page.locator(".composer").boundingBox())!;
  await chat.composer.fill("x".repeat(9_000));
  await expect(counter).toHaveText("1,000 left");
  expect(await page.locator(".composer").boundingBox()).toEqual(box);
  const place = (await counter.boundingBox())!;
  const field = (await chat.composer.boundingBox())!;
  const send = (await chat.at("send").boundingBox())!;
  expect(place.x, "beside the text").toBeGreaterThanOrEqual(field.x + field.width - 1);
  expect(place.y + place.height, "above Send").toBeLessThanOrEqual(send.y);
  const long = `${"x".repeat(10_000)}🎙️!`;
  await chat.composer.fill(long);
  await expect(counter).toHaveText("3 characters too many, 10,000 at most");
  await expect(chat.composer).toHaveAttribute("aria-invalid", "true");
  if (isMobile) await chat.at("send").click();
  else await chat.composer.press("Enter");
  await expect(page.getByRole("alert")).toContainText("The message is too long.");
  await expect(chat.questions).toHaveCount(0);
  await expect(chat.composer).toHaveValue(long);
  await chat.reload();
  await expect(chat.composer).toHaveValue(long);
  await chat.composer.fill("x".repeat(10_000));
  await expect(counter).toHaveText("0 left");
  await expect(page.getByRole("alert")).toHaveCount(0);
  await chat.at("send").click();
  await expect(chat.questions).toHaveCount(1);
  await chat.finished();
  await expect(counter).toHaveCount(0);
});

test("a long paste keeps the caret in view and all of the text", async ({ chat, page, context, isMobile }) => {
  test.skip(isMobile, "a keyboard");
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await chat.open();
  const text = Array.from({ length: 120 }, (_, line) => `line ${line}`).join("\n");
  await page.evaluate((text) => navigator.clipboard.writeText(text), text);
  await chat.composer.fill("before  after");
  await chat.composer.evaluate((field: HTMLTextAreaElement) => field.setSelectionRange(7, 7));
  await chat.composer.press("Control+v");
  await expect(chat.composer).toHaveValue(`before ${text} after`);
  const seen = await chat.composer.evaluate((field: HTMLTextAreaElement) => ({
    below: field.scrollHeight - field.clientHeight - field.scrollTop,
    height: field.clientHeight,
    caret: field.selectionStart,
  }));
  expect(seen.caret).toBe(`before ${text}`.length);
  // the caret stands in the last line
  expect(seen.below).toBeLessThanOrEqual(16);
  expect(seen.height).toBeLessThanOrEqual(8 * 24 + 28);
});

test("an answer that is an error leaves the words in the box, and nothing waits", async ({ chat, page, allow }) => {
  allow(...NETWORK);
  await chat.open();
  await chat.ask(fresh("Before"));
  for (const answer of [
    { status: 500, body: "" },
    { status: 503, contentType: "text/html", body: "<h1>Bad gateway</h1>" },
  ]) {
    const question = fresh("Refused");
    await page.route("**/fn/send", (route) => route.fulfill(answer), { times: 1 });
    await chat.send(question);
    await expect(chat.questions).toHaveCount(1);
    await expect(chat.composer).toHaveValue(question);
    await expect(page.getByRole("alert").filter({ hasText: "Not sent" })).toBeVisible();
    expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("squad.outbox")))).toEqual([]);
  }
  await chat.at("send").click();
  await expect(chat.questions).toHaveCount(2);
  await chat.finished();
});
