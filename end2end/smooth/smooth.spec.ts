import type { Page } from "@playwright/test";
import { expect, fresh, test } from "../fixtures";

/** A cheap phone: the processor this many times slower. */
const SLOWER = 4;

const note = (type: string, description: string) => test.info().annotations.push({ type, description });
const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

// Presses go to the keyboard, not to an element: finding one is work in the page, which would be measured with it.
async function slow(page: Page, rate = SLOWER) {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate });
}

/** Watches frames, long tasks, shifts and presses until the returned function is called. */
async function watch(page: Page) {
  await page.evaluate(() => {
    const seen = { frames: [] as number[], tasks: [] as number[], presses: [] as number[], shift: 0, on: true };
    let last = performance.now();
    const frame = (now: number) => {
      seen.frames.push(now - last);
      last = now;
      if (seen.on) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    const each = (type: string, take: (entry: PerformanceEntry) => void, more = {}) =>
      new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, ...more });
    each("longtask", (entry) => seen.tasks.push(entry.duration));
    // not by event timing entries, which count from the first press after a pause to the next one
    addEventListener("keydown", ({ timeStamp }) => {
      requestAnimationFrame(() => setTimeout(() => seen.presses.push(performance.now() - timeStamp)));
    }, { capture: true });
    each("layout-shift", (entry) => (seen.shift += (entry as unknown as { value: number }).value));
    (window as unknown as { seen: typeof seen }).seen = seen;
  });
  return async (name: string) => {
    const seen = await page.evaluate(() => {
      const { seen } = window as unknown as {
        seen: { frames: number[]; tasks: number[]; presses: number[]; shift: number; on: boolean };
      };
      seen.on = false;
      return seen;
    });
    const frames = seen.frames.sort((a, b) => a - b);
    const at = (part: number) => frames[Math.min(frames.length - 1, Math.floor(frames.length * part))] ?? 0;
    note(`${name}: frame p50 / p95 / p99 / max`, [at(0.5), at(0.95), at(0.99), at(1)].map(ms).join(" / "));
    note(`${name}: frames over 50 ms`, `${frames.filter((frame) => frame > 50).length} of ${frames.length}`);
    note(`${name}: longest task`, ms(Math.max(0, ...seen.tasks)));
    if (seen.presses.length) note(`${name}: slowest press to paint`, ms(Math.max(...seen.presses)));
    note(`${name}: layout shift`, seen.shift.toFixed(4));
  };
}

const elements = (page: Page) => page.evaluate(() => document.getElementsByTagName("*").length);

/** A part of a long answer with everything that is dear to draw. */
const part = (number: number) =>
  `## Step ${number}\n\nSay **one** thing, in *your* words, and link [what helps](https://example.com/${number}). ` +
  "Plan three short clips, answer who wrote, and note what they say about it; the words they use are your next title.\n\n" +
  "1. film the chorus\n2. write one line\n3. answer five people\n\n" +
  "| day | what |\n|---|---|\n| Monday | film |\n| Tuesday | cut |\n\n" +
  "```\nweek = [film, cut, post]\n```\n\n";

test("an answer of 20,000 characters, while somebody writes", async ({ chat, page, fake }) => {
  const question = fresh("All of it");
  let text = "";
  for (let number = 1; text.length < 20_000; number++) text += part(number);
  const pieces = text.match(/[\s\S]{1,16}/g)!;
  await fake.script(question, pieces.flatMap((piece) => [{ text: piece }, { delay_ms: 12 }]));
  await chat.open();
  await slow(page);
  await chat.send(question);
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "streaming");
  await chat.composer.focus();
  const done = await watch(page);
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press(presses % 8 ? "a" : " ");
    await page.waitForTimeout(200);
  }
  // looking for an element from outside, again and again, would be measured too
  await page.waitForFunction(() => !document.querySelector("[data-state=streaming]"), null, { polling: 1_000, timeout: 120_000 });
  await done("streaming");
  note("characters", String(text.length));
  note("elements of the page", String(await elements(page)));
});

test("a conversation of 2,000 messages", async ({ chat, page, fake, isMobile }) => {
  const send = isMobile ? "Control+Enter" : "Enter";
  const question = fresh("Long");
  await fake.script(question, [{ text: "Say **one** thing.\n\n- film it\n- post it\n\nThen ask five people what they heard." }], 1_000);
  await chat.open();
  const address = await chat.converse(`${question}: and then?`, 1_000);
  const start = Date.now();
  await chat.open(address);
  note("opened, live after", `${Date.now() - start} ms`);
  note("elements when opened", String(await elements(page)));
  await slow(page);
  const up = await watch(page);
  // without a locator: looking for an element is work in the page too
  const scroll = (top: number) => page.evaluate((top) => document.querySelector(".scroller")!.scrollBy({ top }), top);
  const count = () => page.evaluate(() => document.getElementsByTagName("article").length);
  // as far as two minutes bring
  const until = Date.now() + 120_000;
  while ((await count()) < 2_000 && Date.now() < until) {
    await scroll(-3_000);
    await page.waitForTimeout(60);
  }
  await up("all the way up");
  note("messages on the page", String(await count()));
  note("elements with all of them", String(await elements(page)));
  const down = await watch(page);
  for (let turns = 0; turns < 120; turns++) {
    await scroll(1_500);
    await page.waitForTimeout(16);
  }
  await down("down again");
  // what was scrolled past is still being painted
  await page.waitForTimeout(3_000);
  await chat.composer.focus();
  const write = await watch(page);
  for (let presses = 0; presses < 20; presses++) {
    await page.keyboard.press("a");
    await page.waitForTimeout(100);
  }
  await write("writing");
  const ask = await watch(page);
  await page.keyboard.insertText(fresh("One more"));
  await page.keyboard.press(send);
  await page.waitForTimeout(5_000);
  await ask("one more turn");
  await chat.finished();
});
