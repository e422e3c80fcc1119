import { expect, fresh, test } from "../fixtures";

const long = (paragraphs: number) => Array.from({ length: paragraphs }, (_, n) => `Paragraph ${n}. ${"words ".repeat(40)}`).join("\n\n");

for (const reducedMotion of ["no-preference", "reduce"] as const) {
  test(`the question moves near the top and the answer grows below it, motion: ${reducedMotion}`, async ({ chat, fake, page }) => {
    await page.emulateMedia({ reducedMotion });
    await chat.open();
    const [first, question] = [fresh("Tall"), fresh("Near the top")];
    await fake.script(first, [{ text: long(30) }]);
    await chat.ask(first);
    await fake.script(question, [{ text: "Short so far." }, { hold: question }, { text: `\n\n${long(30)}` }, { hold: `${question}-2` }]);
    await chat.send(question);
    await fake.reached(question);
    await expect(chat.lastBody).toHaveText("Short so far.");
    const places = () =>
      page.evaluate(() => {
        const view = document.querySelector(".scroller")!;
        const asked = [...document.querySelectorAll("[data-role=user]")].pop()!;
        const answer = [...document.querySelectorAll("[data-role=assistant]")].pop()!;
        const box = view.getBoundingClientRect();
        return { question: asked.getBoundingClientRect().top - box.top, end: answer.getBoundingClientRect().bottom - box.bottom, top: view.scrollTop };
      });
    await expect.poll(async () => Math.abs((await places()).question)).toBeLessThan(60);
    await fake.release(question);
    await fake.reached(`${question}-2`);
    // Taller than the view: its end is followed.
    await expect.poll(async () => Math.abs((await places()).end)).toBeLessThan(80);
    await expect(chat.at("jump-latest")).toHaveCount(0);
    await fake.release(`${question}-2`);
    await chat.finished();
    // at once, before the server has it
    await page.route("**/fn/send", () => {});
    await chat.send(fresh("On its way"));
    await expect(chat.questions.last()).toHaveAttribute("data-state", "sending");
    await expect.poll(async () => Math.abs((await places()).question)).toBeLessThan(60);
  });
}

test("an answer that was written before the page is live is read from its beginning", async ({ chat, fake, page }) => {
  const question = fresh("Early");
  await fake.script(question, [{ hold: question }, ...Array.from({ length: 30 }, (_, n) => ({ text: `Paragraph ${n}. ${"words ".repeat(12)}\n\n` })), { hold: `${question}-2` }, { text: "The end." }]);
  const come = await chat.codeWaits();
  await page.goto("/chat", { waitUntil: "domcontentloaded" });
  await chat.send(question);
  await chat.address();
  await fake.release(question);
  await fake.reached(`${question}-2`);
  // it is stored a little later
  await page.waitForTimeout(1_000);
  come();
  await chat.live();
  await expect(chat.lastBody).toContainText("Paragraph 29");
  const top = () =>
    page.evaluate(() => {
      const asked = document.querySelector("[data-role=user]")!;
      return asked.getBoundingClientRect().top - document.querySelector(".scroller")!.getBoundingClientRect().top;
    });
  await expect(chat.at("jump-latest")).toBeVisible();
  expect(Math.abs(await top())).toBeLessThan(60);
  await fake.release(`${question}-2`);
  await chat.finished();
  await expect(chat.lastBody).toContainText("The end.");
  expect(Math.abs(await top())).toBeLessThan(60);
});

test("a move upwards frees the view, Latest takes it back", async ({ chat, fake, page }) => {
  await chat.open();
  const question = fresh("Free");
  await fake.script(question, [{ text: long(20) }, { hold: question }, { text: `\n\n${long(20)}` }]);
  await chat.send(question);
  await fake.reached(question);
  const top = () => page.evaluate(() => document.querySelector(".scroller")!.scrollTop);
  await expect(chat.lastBody).toContainText("Paragraph 19");
  await page.evaluate(() => document.querySelector(".scroller")!.scrollBy(0, -300));
  await expect(chat.at("jump-latest")).toBeVisible();
  const before = await top();
  await fake.release(question);
  await chat.finished();
  expect(Math.abs((await top()) - before)).toBeLessThan(2);
  await chat.at("jump-latest").click();
  await expect(chat.at("jump-latest")).toHaveCount(0);
  expect(await top()).toBeGreaterThan(before);
});

test("nothing moves when a tall answer ends", async ({ chat, fake, page }) => {
  await chat.open();
  const question = fresh("Ends quietly");
  await fake.script(question, [{ text: long(20) }, { hold: question }]);
  await chat.send(question);
  await fake.reached(question);
  await expect(chat.lastBody).toContainText("Paragraph 19");
  const place = () => page.evaluate(() => [...document.querySelectorAll("[data-testid=message-body]")].pop()!.getBoundingClientRect().bottom);
  await expect.poll(async () => (await chat.composer.boundingBox())!.y - (await place())).toBeGreaterThan(0);
  const before = await place();
  await fake.release(question);
  await chat.finished();
  await expect(chat.at("message-facts")).toBeVisible();
  expect(Math.abs((await place()) - before)).toBeLessThan(2);
});

test("numbers to call for help stay in sight while the answer grows", async ({ chat, fake }) => {
  await chat.open();
  const [first, question] = [fresh("Tall"), fresh("I want to kill myself")];
  await fake.script(first, [{ text: long(20) }]);
  await chat.ask(first);
  await fake.script(question, [{ text: `I am glad you wrote. ${long(30)}` }]);
  await chat.ask(question);
  await expect(chat.lastBody).toContainText("Paragraph 29");
  await expect(chat.lastBody.locator("a[href^='tel:']").first()).toBeInViewport();
  await expect(chat.at("jump-latest")).toBeVisible();
  await chat.at("jump-latest").click();
  await expect(chat.at("message-facts").last()).toBeInViewport();
});

test("content that is shorter for a moment does not free the view", async ({ chat, fake, page }) => {
  await chat.open();
  const [first, question] = [fresh("History"), fresh("Shorter")];
  await fake.script(first, [{ text: long(20) }]);
  await chat.ask(first);
  await fake.script(question, [{ text: long(12) }, { hold: question }, { text: `\n\n${long(12)}` }]);
  await chat.send(question);
  await fake.reached(question);
  await expect(chat.lastBody).toContainText("Paragraph 11");
  const below = () =>
    page.evaluate(() => {
      const view = document.querySelector(".scroller")!;
      return view.scrollHeight - view.clientHeight - view.scrollTop;
    });
  await expect.poll(below).toBeLessThan(2);
  await page.evaluate(async () => {
    const block = [...document.querySelectorAll("[data-role=assistant]")].pop()!.querySelector<HTMLElement>("[data-testid=message-body] > div:last-of-type")!;
    block.style.display = "none";
    void document.querySelector(".scroller")!.scrollTop;
    block.style.display = "";
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)));
  });
  await fake.release(question);
  await chat.finished();
  await expect(chat.at("jump-latest")).toHaveCount(0);
  expect(await below()).toBeLessThan(2);
});

test("older messages come above without moving what is seen", async ({ chat, fake, page }) => {
  test.slow();
  await chat.open();
  await fake.script("Page", [{ text: "A few words.\n\n- and\n- a list" }], 20);
  for (let n = 0; n < 20; n++) {
    await chat.send(`Page ${n}`);
    await expect(chat.answers).toHaveCount(n + 1);
    await chat.finished();
  }
  await chat.reload();
  await expect(chat.messages).toHaveCount(30);
  const moved = await page.evaluate(async () => {
    const view = document.querySelector(".scroller")!;
    view.scrollTop = 50;
    const seen = [...view.querySelectorAll("article")].find((one) => one.getBoundingClientRect().bottom > view.getBoundingClientRect().top + 5)!;
    const before = seen.getBoundingClientRect().top;
    const count = view.querySelectorAll("article").length;
    let worst = 0;
    let taken = 0;
    new MutationObserver((changes) => changes.forEach(({ removedNodes }) => (taken += removedNodes.length)))
      .observe(view.firstElementChild!, { childList: true });
    const look = () => (worst = Math.max(worst, Math.abs(seen.getBoundingClientRect().top - before)));
    // told after the page's own, in every frame that changes the content: what is painted then, not what stands between frames
    new ResizeObserver(look).observe(view.firstElementChild!);
    for (let frames = 0; frames < 300; frames++) {
      await new Promise(requestAnimationFrame);
      if (view.querySelectorAll("article").length > count && frames > 60) break;
    }
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)));
    look();
    return { worst, taken, count: view.querySelectorAll("article").length };
  });
  expect(moved.count).toBe(40);
  // taking a message out and putting it in again draws it anew, and takes the focus from what is in it
  expect(moved.taken, "messages taken out (the button above may go)").toBeLessThan(2);
  expect(moved.worst).toBeLessThan(2);
});

test("a place that was found before the page is live is kept", async ({ chat, fake, page }) => {
  const question = fresh("Read early");
  await fake.script(question, [{ text: long(30) }]);
  await chat.open();
  await chat.ask(question);
  const come = await chat.codeWaits();
  await page.goto(await chat.address(), { waitUntil: "commit" });
  const top = () => page.locator(".scroller").evaluate((view) => Math.round(view.scrollTop));
  await expect.poll(top).toBeGreaterThan(1_000);
  const end = await top();
  await page.locator(".scroller").evaluate((view) => {
    view.dispatchEvent(new WheelEvent("wheel", { bubbles: true, deltaY: -700 }));
    view.scrollTop -= 700;
  });
  await expect.poll(top).toBe(end - 700);
  come();
  await chat.live();
  await page.waitForTimeout(500);
  expect(await top()).toBe(end - 700);
  await expect(chat.at("jump-latest")).toBeVisible();
  // who has not moved is at the end
  await page.unrouteAll();
  await chat.reload();
  expect(await top()).toBeGreaterThanOrEqual(end - 1);
});

test("on paper the conversation is whole, and alone", async ({ chat, page }) => {
  await chat.open();
  await chat.ask(fresh("For paper"));
  await chat.ask(fresh("And more"));
  await page.emulateMedia({ media: "print" });
  for (const part of ["composer", "menu", "copy", "current-coach"]) await expect(chat.at(part).first()).toBeHidden();
  const cut = () => page.evaluate(() => [...document.querySelectorAll(".scroller, .panel, .chat")].some((one) => one.scrollHeight > one.clientHeight + 1));
  expect(await cut()).toBe(false);
  await expect(chat.questions.first()).toBeVisible();
  const ink = await chat.lastBody.evaluate((one) => [getComputedStyle(one).color, getComputedStyle(one.closest(".panel")!).backgroundColor]);
  expect(ink).toEqual(["rgb(0, 0, 0)", "rgb(255, 255, 255)"]);
});

test("a long question is folded until it is wanted, in its place, after a reload and where a search found it", async ({ chat, page }) => {
  const question = `${Array.from({ length: 60 }, (_, n) => `Line ${n} of a text that was pasted`).join("\n")}\n${fresh("Its last line")}`;
  const bubble = chat.questions.last().getByTestId("message-body");
  const fold = chat.at("fold");
  const height = async () => (await bubble.boundingBox())!.height;
  const whole = async () => {
    await expect(fold).toHaveAttribute("aria-expanded", "true");
    await expect.poll(height).toBeGreaterThan(1400);
  };
  await chat.open();
  await chat.ask(question);
  await expect(bubble).toHaveText(question);
  expect(await height()).toBeLessThan(250);
  await expect(chat.lastAnswer).toBeInViewport();
  await fold.focus();
  await page.keyboard.press("Enter");
  await whole();
  await expect(fold).toHaveText("Show less");
  // folded from its end the reader does not lose it
  await fold.scrollIntoViewIfNeeded();
  await page.locator(".scroller").evaluate((view) => (view.scrollTop += 100));
  await fold.click();
  await expect.poll(height).toBeLessThan(250);
  await expect(fold).toBeInViewport();
  await chat.reload();
  await expect(fold).toHaveText("Show all of it");
  expect(await height()).toBeLessThan(250);
  // while its words are changed there is nothing to unfold
  await chat.questions.last().hover();
  await chat.at("edit").click();
  await expect(chat.questions.last().getByRole("textbox")).toHaveValue(question);
  await expect(fold).toBeHidden();
  await page.keyboard.press("Escape");
  await expect(fold).toHaveText("Show all of it");
  const found = `${await chat.address()}#${await chat.questions.last().getAttribute("data-id")}`;
  await chat.open();
  await chat.open(found);
  await whole();
  // a version with fewer words has nothing to unfold
  await chat.questions.last().hover();
  await chat.at("edit").click();
  await page.locator(".edit-field").fill("Shorter");
  await chat.at("edit-save").click();
  await expect(chat.questions.last()).toContainText("Shorter");
  await expect(fold).toHaveCount(0);
  await chat.finished();
  await chat.questions.last().getByTestId("branch-prev").click();
  await expect(bubble).toHaveText(question);
  await expect(fold).toBeVisible();
});

test("in a long conversation what is far away is not drawn, and nothing jumps on the way to it", async ({ chat, fake, page }) => {
  test.slow();
  const question = fresh("Long");
  await fake.script(question, [{ text: "Some words that fill more than one line of a narrow screen, and fewer of a wide one. ".repeat(4) }], 60);
  await chat.open();
  await chat.open(await chat.converse(question, 60));
  await page.evaluate(async () => {
    const view = document.querySelector(".scroller")!;
    while (view.querySelectorAll("article").length < 120) {
      view.scrollTop = 0;
      await new Promise((done) => setTimeout(done, 50));
    }
    view.scrollTop = view.scrollHeight;
  });
  const drawn = () =>
    page.evaluate(() => [...document.querySelectorAll("article")].filter((one) => one.checkVisibility({ contentVisibilityAuto: true })).length);
  await expect.poll(drawn).toBeLessThan(100);
  // what was far away has another height now
  const { width, height } = page.viewportSize()!;
  await page.setViewportSize({ width: Math.round(width * 0.8), height });
  const worst = await page.evaluate(async () => {
    const view = document.querySelector(".scroller")!;
    const seen = () => [...view.querySelectorAll("article")].find((one) => one.getBoundingClientRect().bottom > view.getBoundingClientRect().top + 250)!;
    const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    let worst = 0;
    while (view.scrollTop > 250) {
      const [one, before] = [seen(), seen().getBoundingClientRect().top];
      view.scrollTop -= 200;
      await painted();
      await painted();
      worst = Math.max(worst, Math.abs(one.getBoundingClientRect().top - before - 200));
    }
    return worst;
  });
  expect(worst).toBeLessThan(2);
});

test("a phone turned sideways and back shows the same words of a long answer", async ({ chat, fake, page }) => {
  const question = fresh("Turned");
  const lines = Array.from({ length: 60 }, (_, n) => `Line ${n} has more words than fit beside each other on a narrow screen, wherever it is read.`);
  await fake.script(question, [{ text: lines.join("\n\n") }]);
  await chat.open();
  await chat.ask(question);
  await page.setViewportSize({ width: 390, height: 844 });
  const settled = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const first = () =>
    page.evaluate(() => {
      const top = document.querySelector(".scroller")!.getBoundingClientRect().top;
      const shown = [...document.querySelectorAll("article p")].find((one) => one.getBoundingClientRect().bottom > top)!;
      return { line: Number(shown.textContent!.match(/Line (\d+)/)?.[1]), top: shown.getBoundingClientRect().top - top };
    });
  await settled();
  await page.evaluate(() => {
    const view = document.querySelector(".scroller")!;
    view.scrollTop = view.scrollHeight / 2;
  });
  await settled();
  const before = await first();
  expect(before.line).toBeGreaterThan(20);
  for (let turn = 0; turn < 3; turn++) {
    await page.setViewportSize({ width: 844, height: 390 });
    await settled();
    expect(Math.abs((await first()).line - before.line)).toBeLessThan(3);
    await page.setViewportSize({ width: 390, height: 844 });
    await settled();
    const after = await first();
    expect(after.line).toBe(before.line);
    expect(Math.abs(after.top - before.top)).toBeLessThan(4);
  }
});

test("an empty chat opens at its top, however low the screen", async ({ chat, page }) => {
  await page.setViewportSize({ width: 360, height: 500 });
  await chat.open();
  const view = await page.evaluate(() => {
    const { scrollTop, scrollHeight, clientHeight } = document.querySelector(".scroller")!;
    return { scrollTop, scrolls: scrollHeight > clientHeight + 50 };
  });
  expect(view).toEqual({ scrollTop: 0, scrolls: true });
});

test("every message of a page is taken over as it stands", async ({ chat, fake, page }) => {
  test.slow();
  await fake.script("Part", [{ text: "A few **words**." }], 8);
  await chat.open();
  for (let n = 0; n < 8; n++) {
    await chat.send(`Part ${n}`);
    await expect(chat.answers).toHaveCount(n + 1);
    await chat.finished();
  }
  type Kept = { drawn: Element[] };
  await page.addInitScript(() => {
    document.addEventListener("DOMContentLoaded", () => {
      const drawn = [...document.querySelectorAll("article, [data-testid=message-body] > *")];
      (window as unknown as Kept).drawn = drawn;
    });
  });
  await chat.reload();
  await expect(chat.messages).toHaveCount(16);
  const kept = await page.evaluate(() => (window as unknown as Kept).drawn.map((element) => element.isConnected));
  expect(kept.length).toBeGreaterThan(16);
  expect(kept).toEqual(kept.map(() => true));
  const first = chat.answers.first();
  await first.getByTestId("feedback-up").click();
  await expect(first.getByTestId("feedback-up")).toHaveAttribute("aria-pressed", "true");
  await first.getByTestId("regenerate").click();
  await expect(chat.messages).toHaveCount(2);
  await chat.finished();
  await expect(chat.lastAnswer.getByTestId("branch-position")).toHaveText("2/2");
});

test("a hostile answer stays text", async ({ baseURL, chat, fake, page }) => {
  const foreign: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(baseURL!) && /^https?:/.test(request.url())) foreign.push(request.url());
  });
  const question = fresh("Hostile");
  const text = [
    "<script>window.broken = 1</script>",
    "<img src=x onerror=\"window.broken = 2\"> ![alt words](https://evil.example/pixel.png)",
    "[press](javascript:window.broken=3) [data](data:text/html,x) [fine](https://example.org/?a=1&b=2)",
    "<iframe src=https://evil.example></iframe><svg onload=window.broken=4>",
    "- [ ] a task\n- [x] <b onclick=window.broken=5>bold</b>",
    "```html\n<script>window.broken = 6</script>\n```",
    `${"> ".repeat(300)}deep`,
  ].join("\n\n");
  await fake.script(question, [{ text: text.slice(0, 200) }, { delay_ms: 50 }, { text: text.slice(200) }]);
  await chat.open();
  await chat.send(question);
  await chat.finished();
  await expect(chat.lastBody).toContainText("<script>window.broken = 1</script>");
  await expect(chat.lastBody).toContainText("alt words");
  await expect(chat.lastBody.locator("script, img, iframe, svg, [onerror], [onclick]")).toHaveCount(0);
  await expect(chat.lastBody.locator("a")).toHaveCount(1);
  await expect(chat.lastBody.locator("a")).toHaveAttribute("rel", "noopener noreferrer nofollow");
  await expect(chat.lastBody.getByRole("checkbox", { name: "a task" })).toBeDisabled();
  const live = await chat.html();
  await chat.reload();
  expect(await chat.html()).toBe(live);
  expect(await page.evaluate(() => (window as unknown as { broken?: number }).broken)).toBeUndefined();
  expect(foreign).toEqual([]);
});

test("a page that comes while a word is half written shows no marks", async ({ chat, page, fake }) => {
  const question = fresh("Half a word");
  await fake.script(question, [{ text: "This is **half" }, { hold: question }, { text: " done** now." }]);
  await chat.open();
  await chat.send(question);
  await expect(chat.lastBody).toHaveText("This is half");
  const drawn = await (await page.request.get(page.url())).text();
  expect(drawn.match(/This is .{0,20}half/)?.[0]).toBe("This is <strong>half");
  await page.reload();
  await expect(chat.lastBody.locator("strong")).toHaveText("half");
  await fake.release(question);
  await chat.finished();
  await expect(chat.lastBody.locator("strong")).toHaveText("half done");
});

test("code is copied", async ({ chat, context, fake, page }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const question = fresh("Code");
  await fake.script(question, [{ text: "Here:\n\n```js\nlet a = 1;\n```\n" }]);
  await chat.open();
  await chat.ask(question);
  await expect(chat.lastBody.locator("pre .tok-keyword")).toHaveText("let");
  await chat.at("code-copy").click();
  await expect(chat.at("code-copy")).toHaveAccessibleName("Copied");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("let a = 1;\n");
  await chat.lastAnswer.getByTestId("copy").click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain("```js");
});

test("an answer is copied as it is written and as it is drawn", async ({ chat, context, fake, page }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const question = fresh("Letter");
  const text = "Dear **team**,\n\n| City | Fans |\n| --- | --- |\n| Lyon | 40 |\n\n```js\nlet a = 1;\n```\n";
  await fake.script(question, [{ text }]);
  await chat.open();
  await chat.ask(question);
  const copy = chat.lastAnswer.getByTestId("copy");
  await copy.click();
  await expect(copy).toHaveAccessibleName("Copied");
  const pasted = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    const read = async (type: string) => (await item.getType(type)).text();
    const drawn = new DOMParser().parseFromString(await read("text/html"), "text/html").body;
    const words = (selector: string) => [...drawn.querySelectorAll(selector)].map((it) => it.textContent);
    return {
      plain: await read("text/plain"),
      strong: words("strong"),
      cells: words("th, td"),
      code: words("pre"),
      buttons: words("button"),
    };
  });
  expect(pasted).toEqual({
    plain: text,
    strong: ["team"],
    cells: ["City", "Fans", "Lyon", "40"],
    code: ["let a = 1;\n"],
    buttons: [],
  });
});

test("a screen reader hears who answers and how the answer begins", async ({ chat, fake, page }) => {
  const question = fresh("Hear");
  await fake.script(question, [{ hold: question }, { text: `**Bold** start. ${"x".repeat(600)}` }]);
  await chat.open();
  await chat.send(question);
  const region = page.locator("[aria-live=polite]").filter({ hasText: /Marty/ });
  await expect(region).toHaveText(/Marty is answering|Marty/);
  await fake.release(question);
  await chat.finished();
  await expect(region).toContainText("Bold start. xxx");
  expect((await region.innerText()).length).toBeLessThan(540);
  await expect(chat.at("thread")).toHaveAttribute("aria-live", "off");
  await expect(chat.at("thread")).toHaveAttribute("role", "log");
});
