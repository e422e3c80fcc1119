import { expect, fresh, tab, test, type Step } from "../fixtures";

const parts = ["Hello **art", "ist**, a list:\n\n- one\n- t", "wo\n\n| a | b |\n|---", "|---|\n| 1 | 2 |\n\n```js\nlet a = `x", "`;\n```\n\nThe [end](https://", "example.org)."];
const html = [
  "<p>Hello <strong>artist</strong>, a list:</p>",
  "<ul><li>one</li><li>two</li></ul>",
  "<td>1</td><td>2</td>",
  '<span class="tok-keyword">let</span> a = <span class="tok-string">`x`</span>;',
  '<a href="https://example.org" rel="noopener noreferrer nofollow" target="_blank">end</a>.',
];
const held = (name: string): Step[] => parts.flatMap((text, index) => [{ text }, { hold: `${name}-${index}` }]);

test("send and read a live answer", async ({ chat, fake }) => {
  const question = fresh("What now?");
  await fake.script(question, [{ hold: question }, { text: "It works **well**." }]);
  await chat.open();
  await chat.send(question);
  await expect(chat.questions.last()).toContainText(question);
  await expect(chat.at("typing")).toBeVisible();
  await expect(chat.composer).toHaveValue("");
  await chat.address();
  await fake.release(question);
  await chat.finished();
  await expect(chat.lastBody).toHaveText("It works well.");
  await expect(chat.lastAnswer.getByTestId("message-facts")).toBeVisible();
  await expect(chat.at("typing")).toHaveCount(0);
});

test("the address comes without a reload, and the router knows it", async ({ chat, page }) => {
  await chat.open();
  await page.evaluate(() => ((window as unknown as { same: boolean }).same = true));
  await chat.send(fresh("Address"));
  const address = await chat.address();
  await chat.finished();
  await chat.list();
  await chat.at("new-chat").click();
  await expect(page).toHaveURL(/\/chat$/);
  await expect(chat.at("coach-card").first()).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(new RegExp(address));
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "complete");
  expect(await page.evaluate(() => (window as unknown as { same: boolean }).same)).toBe(true);
});

for (const cut of [0, 2, 3, 5]) {
  test(`a reload after piece ${cut} ends with the same characters`, async ({ chat, context, fake }) => {
    const question = fresh("Cut");
    const name = question.replace(/ /g, "-");
    await fake.script(question, held(name));
    await chat.open();
    await chat.send(question);
    const address = await chat.address();
    const reader = await tab(context, address);
    for (let piece = 0; piece < parts.length; piece++) {
      await fake.reached(`${name}-${piece}`);
      if (piece === cut) await chat.reload();
      await fake.release(`${name}-${piece}`);
    }
    await chat.finished();
    await reader.finished();
    const uninterrupted = await reader.html();
    for (const part of html) expect(uninterrupted).toContain(part);
    expect(await chat.html()).toBe(uninterrupted);
    await chat.reload();
    expect(await chat.html()).toBe(uninterrupted);
  });
}

test("what is finished is not drawn again", async ({ chat, fake, page }) => {
  const question = fresh("Blocks");
  const name = question.replace(/ /g, "-");
  await fake.script(question, [{ text: "First block.\n\nSecond " }, { hold: name }, { text: "grows.\n\nThird." }]);
  await chat.open();
  await chat.send(question);
  await fake.reached(name);
  await expect(chat.lastBody).toContainText("Second");
  await page.evaluate(() => {
    const first = document.querySelector("[data-role=assistant] [data-testid=message-body] p")!;
    (window as unknown as { first: Element }).first = first;
  });
  await fake.release(name);
  await chat.finished();
  await expect(chat.lastBody).toContainText("Third.");
  expect(await page.evaluate(() => (window as unknown as { first: Element }).first.isConnected)).toBe(true);
});

test("what is selected in a block that grows stays selected", async ({ chat, fake, page }) => {
  const question = fresh("Selects");
  const name = question.replace(/ /g, "-");
  const growing = [
    { starts: "Take **these words** and", goes: " more.", of: "strong", words: "these words" },
    { starts: "Before.\n\n- one item\n- another", goes: " grows\n- third", of: "li:first-child", words: "one item" },
    { starts: "Before.\n\n```js\nconst kept = 1;\nlet", goes: " more = 2;\n```\n", of: "pre", words: "const kept" },
    { starts: "Before.\n\n| a | b |\n|---|---|\n| kept cell | 2 |\n", goes: "| 3 | 4 |\n", of: "td", words: "kept cell" },
  ];
  await chat.open();
  for (const [number, { starts, goes, of, words }] of growing.entries()) {
    const [asked, here] = [`${question} ${number}`, `${name}-${number}`];
    await fake.script(asked, [{ text: starts }, { hold: here }, { text: goes }, { delay_ms: 200 }, { text: "\n\nEnd." }]);
    await chat.send(asked);
    await fake.reached(here);
    const place = chat.lastBody.locator(of).first();
    await expect(place).toContainText(words);
    await place.evaluate((place, words) => {
      const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
      const nodes: Text[] = [];
      while (texts.nextNode()) nodes.push(texts.currentNode as Text);
      const [first, last] = [nodes[0], nodes.find((_, at) => nodes.slice(0, at + 1).map((node) => node.data).join("").length >= words.length)!];
      const before = nodes.slice(0, nodes.indexOf(last)).reduce((sum, node) => sum + node.length, 0);
      getSelection()!.setBaseAndExtent(first, 0, last, words.length - before);
    }, words);
    const selected = () => page.evaluate(() => getSelection()!.toString());
    expect(await selected()).toBe(words);
    await fake.release(here);
    await expect(chat.lastBody).toContainText("End.");
    expect(await selected()).toBe(words);
    await chat.finished();
    expect(await selected()).toBe(words);
    const live = await chat.html();
    await page.evaluate(() => getSelection()!.removeAllRanges());
    await chat.reload();
    expect(await chat.html()).toBe(live);
  }
});

test("a code block that grows says that it was copied", async ({ chat, context, fake }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const question = fresh("Copies");
  const name = question.replace(/ /g, "-");
  await fake.script(question, [{ text: "```js\nconst one = 1;\n" }, { hold: name }, { text: "const two = 2;\n" }, { hold: `${name}-2` }]);
  await chat.open();
  await chat.send(question);
  await fake.reached(name);
  const button = chat.at("code-copy");
  await button.click();
  await expect(button).toHaveAttribute("data-label", "Copied");
  await fake.release(name);
  await expect(chat.lastBody).toContainText("two");
  await expect(button).toHaveAttribute("data-label", "Copied");
  await expect(button).toHaveAttribute("data-label", "Copy");
  await fake.release(`${name}-2`);
  await chat.finished();
});

test("a second tab shows the same, also a question asked there", async ({ chat, context, fake }) => {
  await chat.open();
  await chat.ask(fresh("One"));
  const other = await tab(context, await chat.address());
  const question = fresh("Two");
  await fake.script(question, [{ text: "Said **on" }, { hold: question }, { text: "ce**." }]);
  await other.send(question);
  await expect(chat.questions).toHaveCount(2);
  await expect(chat.lastBody).toHaveText("Said on");
  await fake.release(question);
  await chat.finished();
  await other.finished();
  expect(await chat.html()).toBe(await other.html());
  expect(await chat.messages.evaluateAll((all) => all.map((one) => one.dataset.id))).toEqual(
    await other.messages.evaluateAll((all) => all.map((one) => one.dataset.id)),
  );
});

test("eight tabs at once", async ({ chat, context, fake }) => {
  test.slow();
  const question = fresh("Eight");
  await fake.script(question, [{ text: "All " }, { hold: question }, { text: "of you." }]);
  await chat.open();
  await chat.send(question);
  const address = await chat.address();
  const tabs = [chat];
  for (let n = 1; n < 8; n++) tabs.push(await tab(context, address));
  for (const one of tabs) await expect(one.lastBody).toHaveText("All");
  await fake.release(question);
  for (const one of tabs) {
    await one.finished();
    await expect(one.lastBody).toHaveText("All of you.");
  }
});

test("stop keeps what the database has", async ({ chat, fake, page }) => {
  const question = fresh("Stop");
  await fake.script(question, [{ tokens: 5 }, { hold: question }, { tokens: 50 }]);
  await chat.open();
  await chat.send(question);
  await fake.reached(question);
  await expect(chat.lastBody).toContainText("word4");
  await chat.at("stop").click();
  await chat.finished("stopped");
  await expect(chat.lastAnswer.locator("[data-badge=stopped]")).toBeVisible();
  // who does not see it is not told that it was answered
  await expect(page.locator("[aria-live=polite]").filter({ hasText: "Stopped" })).toHaveText("Stopped");
  const shown = await chat.html();
  await fake.release(question);
  await expect.poll(async () => (await fake.calls(question))[0]?.disconnected).toBe(true);
  expect(await chat.html()).toBe(shown);
  await chat.reload();
  expect(await chat.html()).toBe(shown);
  await expect(chat.at("stop")).toHaveCount(0);
  await expect(page.locator("[data-state=stopped]")).toHaveCount(1);
});

test("an answer that is stopped inside bold words shows no marks, then and after a reload", async ({ chat, fake }) => {
  const question = fresh("Half bold");
  await fake.script(question, [{ text: "So far, **you are not" }, { hold: question }, { text: " alone**." }]);
  await chat.open();
  await chat.send(question);
  await fake.reached(question);
  const bold = chat.lastBody.locator("strong");
  await expect(bold).toHaveText("you are not");
  await chat.at("stop").click();
  await chat.finished("stopped");
  await expect(chat.lastBody).toHaveText("So far, you are not");
  await chat.reload();
  await expect(bold).toHaveText("you are not");
  await expect(chat.lastBody).toHaveText("So far, you are not");
  await fake.release(question);
});

test("Esc stops only when nothing is open", async ({ chat, fake, page, isMobile }) => {
  test.skip(isMobile, "a keyboard");
  const question = fresh("Escape");
  await fake.script(question, [{ tokens: 3 }, { hold: question }]);
  await chat.open();
  await chat.send(question);
  await fake.reached(question);
  await chat.menu();
  await page.keyboard.press("Escape");
  await expect(chat.at("theme-toggle")).toBeHidden();
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "streaming");
  await page.keyboard.press("Escape");
  await chat.finished("stopped");
  await fake.release(question);
});

test("a queued message waits for its turn", async ({ chat, fake }) => {
  const [first, second] = [fresh("First"), fresh("Second")];
  await fake.script(first, [{ text: "Answer one" }, { hold: first }, { text: " done." }]);
  await fake.script(second, [{ text: "Answer two." }]);
  await chat.open();
  await chat.send(first);
  await fake.reached(first);
  await expect(chat.at("stop")).toBeVisible();
  await chat.composer.fill(second);
  await expect(chat.at("stop")).toBeVisible();
  await expect(chat.at("send")).toBeVisible();
  await chat.at("send").click();
  await expect(chat.questions.last()).toHaveAttribute("data-state", "queued");
  await expect(chat.answers).toHaveCount(1);
  await fake.release(first);
  await expect(chat.answers).toHaveCount(2);
  await expect(chat.lastBody).toHaveText("Answer two.");
  await expect(chat.answers.first()).toContainText("Answer one done.");
  await expect(chat.questions.last()).toHaveAttribute("data-state", "complete");
});

test("a message that waits for its turn can be taken back, here and in another tab", async ({ chat, fake, context, isMobile }) => {
  const [first, second, third] = [fresh("Being answered"), fresh("On second thoughts"), fresh("But this")];
  await fake.script(first, [{ text: "Answer one" }, { hold: first }, { text: " done." }]);
  await fake.script(third, [{ text: "Answer three." }]);
  await chat.open();
  await chat.send(first);
  await fake.reached(first);
  await chat.send(second);
  await expect(chat.questions.last()).toHaveAttribute("data-state", "queued");
  await chat.send(third);
  await expect(chat.questions.last()).toHaveAttribute("data-state", "queued");
  const other = await tab(context, await chat.address());
  await expect(other.questions).toHaveCount(3);
  await chat.composer.fill("And so on");
  const waiting = chat.questions.filter({ hasText: second });
  await waiting.getByTestId("take-back").click();
  await expect(chat.composer).toHaveValue(`${second}\nAnd so on`);
  // a phone's keyboard comes up when it is asked for
  if (!isMobile) await expect(chat.composer).toBeFocused();
  for (const tab of [chat, other]) {
    await expect(tab.questions).toHaveText([new RegExp(first), new RegExp(third)]);
    await expect(tab.messages).toHaveCount(3);
  }
  await fake.release(first);
  for (const tab of [chat, other]) {
    await expect(tab.answers).toHaveText([/Answer one done\./, /Answer three\./]);
    await expect(tab.questions.last()).toHaveAttribute("data-state", "complete");
  }
  expect(await fake.calls(second)).toHaveLength(0);
  await chat.reload();
  await expect(chat.messages).toHaveCount(4);
  await expect(chat.composer).toHaveValue(`${second}\nAnd so on`);
});

test("the page says when it takes long", async ({ chat, fake }) => {
  const question = fresh("Slow");
  await fake.script(question, [{ hold: question }, { text: "There." }]);
  await chat.open();
  await chat.send(question);
  await expect(chat.at("still-working")).toBeVisible({ timeout: 12_000 });
  await fake.release(question);
  await chat.finished();
  await expect(chat.at("still-working")).toHaveCount(0);
});

test("one answer after the other can be stopped, however the answer to Stop comes", async ({ chat, fake, page }) => {
  await chat.open();
  for (const late of [false, true, false]) {
    const question = fresh("To be stopped");
    await fake.script(question, [{ text: "So far." }, { hold: question }, { text: " Never." }]);
    // behind what the feed tells, or before it
    if (late)
      await page.route("**/fn/stop", async (route) => {
        const answer = await route.fetch();
        await expect(chat.lastAnswer).toHaveAttribute("data-state", "stopped");
        await route.fulfill({ response: answer });
      }, { times: 1 });
    await chat.send(question);
    await expect(chat.lastBody).toHaveText("So far.");
    await expect(chat.at("stop")).toHaveAttribute("aria-busy", "false");
    await chat.at("stop").click();
    await chat.finished("stopped");
    await expect(chat.at("stop")).toHaveCount(0);
  }
  await expect(chat.answers).toHaveCount(3);
});
