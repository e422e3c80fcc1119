import type { Locator, Page } from "@playwright/test";
import { expect, fresh, NETWORK, tab, test, type Chat } from "../fixtures";

const position = (message: Locator) => message.getByTestId("branch-position");

/** A conversation with one answer, `text`. */
async function answered(chat: Chat, fake: { script: (match: string, then: { text: string }[]) => Promise<void> }, text: string) {
  const question = fresh("Question");
  await fake.script(question, [{ text }]);
  await chat.open();
  await chat.ask(question);
  await expect(chat.lastBody).toHaveText(text.replaceAll("\n\n", ""));
  return question;
}

async function edit(chat: Chat, question: Locator, text: string) {
  await question.getByTestId("edit").click();
  await question.getByRole("textbox").fill(text);
  await question.getByTestId("edit-save").click();
}

/** Everything that is pressed with a finger is large enough; the row stays within the page. */
async function fits(page: Page, message: Locator, isMobile: boolean) {
  for (const button of await message.getByRole("button").all()) {
    if (!(await button.isVisible())) continue;
    const box = (await button.boundingBox())!;
    expect(box.height, await button.innerHTML()).toBeGreaterThanOrEqual(isMobile ? 44 : 32);
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(page.viewportSize()!.width);
  }
}

test("another answer stands beside the former one, over a reload", async ({ chat, fake, page, isMobile }) => {
  const question = await answered(chat, fake, "First words.");
  await expect(position(chat.lastAnswer)).toHaveCount(0);
  await fake.script(question, [{ hold: question }, { text: "Other words." }]);
  await chat.at("regenerate").click();
  await fake.reached(question);
  await expect(chat.answers).toHaveCount(1);
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "streaming");
  await expect(position(chat.lastAnswer)).toHaveText("2/2");
  await expect(chat.at("regenerate")).toHaveCount(0);
  await fake.release(question);
  await chat.finished();
  await expect(chat.lastBody).toHaveText("Other words.");
  await expect(chat.at("branch-next")).toBeDisabled();

  await chat.at("branch-prev").click();
  await expect(chat.lastBody).toHaveText("First words.");
  await expect(position(chat.lastAnswer)).toHaveText("1/2");
  await expect(chat.at("branch-prev")).toBeFocused();
  await expect(chat.at("branch-prev")).toBeDisabled();
  const live = await chat.html();
  await fits(page, chat.lastAnswer, isMobile);
  await chat.reload();
  await expect(position(chat.lastAnswer)).toHaveText("1/2");
  expect(await chat.html()).toBe(live);

  await chat.at("branch-next").focus();
  await page.keyboard.press("Enter");
  await expect(chat.lastBody).toHaveText("Other words.");
  await expect(chat.at("branch-next")).toBeFocused();
  await expect(page.locator("[aria-live=polite]")).toHaveText("Version 2 of 2.");
  await fake.script(question, [{ text: "Third words." }]);
  await chat.at("regenerate").click();
  await expect(chat.lastBody).toHaveText("Third words.");
  await expect(position(chat.lastAnswer)).toHaveText("3/3");
});

test("a question with other words, and the way back", async ({ chat, fake, page, isMobile }) => {
  await answered(chat, fake, "To the first.");
  const [second, other] = [fresh("Second"), fresh("Other")];
  await fake.script(second, [{ text: "To the second." }]);
  await chat.ask(second);
  await expect(chat.at("edit")).toHaveCount(1);
  const last = chat.questions.last();
  await fake.script(other, [{ text: "To the other.\n\nWith more to say." }]);
  await edit(chat, last, other);
  await expect(last.getByTestId("message-body")).toHaveText(other);
  await expect(position(last)).toHaveText("2/2");
  await chat.finished();
  await expect(chat.lastBody).toHaveText(/^To the other\.\s*With more to say\.$/);
  await expect(chat.messages).toHaveCount(4);
  const place = async () => (await last.getByTestId("branch-prev").boundingBox())!.y;
  const before = await place();
  await last.getByTestId("branch-prev").click();
  await expect(last.getByTestId("message-body")).toHaveText(second);
  await expect(chat.lastBody).toHaveText("To the second.");
  await page.waitForTimeout(100);
  expect(Math.abs((await place()) - before), "the pressed button moved").toBeLessThan(2);
  await expect(last.getByTestId("branch-prev")).toBeFocused();
  await fits(page, last, isMobile);
  await chat.reload();
  await expect(position(last)).toHaveText("1/2");
  await expect(last.getByTestId("message-body")).toHaveText(second);
  await expect(chat.lastBody).toHaveText("To the second.");
  await expect(chat.messages).toHaveCount(4);

  // What is sent now goes on from here.
  await chat.ask(fresh("On"));
  await expect(chat.messages).toHaveCount(6);
  const middle = chat.questions.nth(1);
  await middle.getByTestId("branch-next").click();
  await expect(chat.messages).toHaveCount(4);
  await middle.getByTestId("branch-prev").click();
  await expect(chat.messages).toHaveCount(6);
});

test("Enter, Esc and ↑ in the field of a question", async ({ chat, fake, page, isMobile }) => {
  const question = await answered(chat, fake, "An answer.");
  const last = chat.questions.last();
  const field = last.getByRole("textbox");
  await last.getByTestId("edit").click();
  await expect(field).toBeFocused();
  await expect(field).toHaveValue(question);
  await field.press("End");
  await field.press("Shift+Enter");
  await field.pressSequentially("more");
  await field.dispatchEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true });
  await expect(field).toHaveValue(`${question}\nmore`);
  await field.press("Escape");
  await expect(field).toHaveCount(0);
  await expect(last.getByTestId("edit")).toBeFocused();
  await expect(last.getByTestId("message-body")).toHaveText(question);

  await chat.composer.focus();
  await page.keyboard.press("ArrowUp");
  await expect(field).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(chat.composer).toBeFocused();
  await chat.composer.fill("a draft");
  await page.keyboard.press("ArrowUp");
  await expect(field).toHaveCount(0);
  await chat.composer.fill("");
  await page.keyboard.press("ArrowUp");
  await field.fill(fresh("Changed"));
  await field.press("Enter");
  if (isMobile) {
    await expect(field).toHaveValue(/\n$/);
    await last.getByTestId("edit-save").click();
  }
  await expect(field).toHaveCount(0);
  await expect(position(last)).toHaveText("2/2");
  await chat.finished();
});

test("↑ shows the whole field above a long answer, and Esc goes back to the end", async ({ chat, fake, page, isMobile }) => {
  test.skip(isMobile, "a phone has no ↑");
  await answered(chat, fake, Array.from({ length: 60 }, (_, at) => `Paragraph ${at}.`).join("\n\n"));
  const view = page.locator(".scroller:has(.thread)");
  const below = () => view.evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight);
  expect(await below()).toBeLessThan(2);
  await chat.composer.focus();
  await page.keyboard.press("ArrowUp");
  const field = chat.questions.last().getByRole("textbox");
  await expect(field).toBeFocused();
  await page.waitForTimeout(300);
  const [inner, outer] = [(await field.boundingBox())!, (await view.boundingBox())!];
  expect(inner.y).toBeGreaterThanOrEqual(outer.y);
  expect(inner.y + inner.height).toBeLessThanOrEqual(outer.y + outer.height);
  await page.keyboard.press("Escape");
  await expect(chat.composer).toBeFocused();
  await expect.poll(below).toBeLessThan(2);
});

test("↑ before the page is live opens the last question once it is, and sends nothing", async ({ chat, fake, page, isMobile }) => {
  test.skip(isMobile, "a phone has no ↑");
  const question = await answered(chat, fake, "An answer.");
  const come = await chat.codeWaits();
  await page.goto(page.url(), { waitUntil: "domcontentloaded" });
  await expect(chat.composer).toBeFocused();
  for (const key of ["ArrowUp", "A", "B", "Enter"]) await page.keyboard.press(key);
  come();
  await chat.live();
  await expect(chat.questions.last().getByRole("textbox")).toBeFocused();
  await expect(chat.questions.last().getByRole("textbox")).toHaveValue(question);
  await expect(chat.composer).toHaveValue("");
  await expect(chat.questions).toHaveCount(1);
});

test("right after a load what is typed after ↑ goes into the last question", async ({ chat, page, isMobile }) => {
  test.skip(isMobile, "a phone has no ↑");
  const question = fresh("The last");
  await chat.open();
  await chat.ask(question);
  const come = page.waitForResponse(/split_extras.*\.wasm/);
  await chat.reload();
  // not asked for by a press
  await (await come).finished();
  await page.waitForTimeout(300);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.type(" and more");
  await expect(chat.questions.last().getByRole("textbox")).toHaveValue(`${question} and more`);
  await expect(chat.composer).toHaveValue("");
});

test("words that a question was being given are still there when one comes back to it", async ({ chat, fake, page }) => {
  await answered(chat, fake, "An answer.");
  const last = chat.questions.last();
  await last.getByTestId("edit").click();
  await last.getByRole("textbox").fill("Half of other words");
  await chat.list();
  await chat.at("new-chat").click();
  await expect(chat.questions).toHaveCount(0);
  await page.goBack();
  await last.getByTestId("edit").click();
  await expect(last.getByRole("textbox")).toHaveValue("Half of other words");
  await page.keyboard.press("Escape");
  await last.getByTestId("edit").click();
  await expect(last.getByRole("textbox")).not.toHaveValue("Half of other words");
});

test("the field of a question stays in sight where all just fits", async ({ chat, fake, page }) => {
  await answered(chat, fake, "One line.\n\n".repeat(30).trim());
  const missing = await page.evaluate(() => {
    const view = document.querySelector(".scroller")!;
    return Math.floor(view.firstElementChild!.getBoundingClientRect().height - view.clientHeight - 5);
  });
  const { width, height } = page.viewportSize()!;
  await page.setViewportSize({ width, height: height + missing });
  await chat.questions.last().getByTestId("edit").click();
  const field = chat.questions.last().getByRole("textbox");
  await expect(field).toBeFocused();
  const top = (await page.locator(".scroller").boundingBox())!.y;
  await expect.poll(async () => (await field.boundingBox())!.y).toBeGreaterThanOrEqual(top);
});

test("an edit that does not arrive keeps its words and is sent once", async ({ chat, fake, page, allow }) => {
  allow(...NETWORK);
  await answered(chat, fake, "An answer.");
  const last = chat.questions.last();
  await page.route("**/fn/send", (route) => route.abort("internetdisconnected"), { times: 1 });
  const other = fresh("Other");
  await edit(chat, last, other);
  await expect(last.getByRole("alert")).not.toBeEmpty();
  await expect(last.getByRole("textbox")).toHaveValue(other);
  await page.route(
    "**/fn/send",
    async (route) => {
      await route.fetch();
      await route.abort("connectionreset");
    },
    { times: 1 },
  );
  // The server has it, its answer is lost: the feed tells.
  await last.getByTestId("edit-save").click();
  await expect(last.getByRole("textbox")).toHaveCount(0);
  await chat.finished();
  await expect(position(last)).toHaveText("2/2");
  expect(await fake.calls(other)).toHaveLength(1);
});

test("what is typed behind an edit that is on its way is the next message", async ({ chat, fake, page, isMobile }) => {
  test.skip(isMobile, "typed by a finger");
  await answered(chat, fake, "An answer.");
  const edited = fresh("Edited");
  await fake.script(edited, [{ text: "Another answer." }]);
  await page.route("**/fn/send", async (route) => {
    await new Promise((done) => setTimeout(done, 700));
    await route.continue();
  });
  await chat.composer.press("ArrowUp");
  await chat.questions.last().getByRole("textbox").fill(edited);
  await page.keyboard.press("Enter");
  await page.keyboard.type("the next thing, typed slowly", { delay: 50 });
  await expect(chat.lastBody).toHaveText("Another answer.");
  await expect(chat.composer).toHaveValue("the next thing, typed slowly");
  await expect(chat.questions.last()).toContainText("2/2");
  await expect(chat.questions.last()).not.toContainText("sent");
});

test("a version is looked at while another is written", async ({ chat, fake, context }) => {
  const question = await answered(chat, fake, "First words.");
  const address = await chat.address();
  const other = await tab(context, address);
  await fake.script(question, [{ text: "Other words." }, { hold: question }, { text: " And the end." }]);
  await chat.at("regenerate").click();
  await fake.reached(question);
  await expect(chat.lastBody).toHaveText("Other words.");
  // Also in a second tab.
  await expect(position(other.lastAnswer)).toHaveText("2/2");
  await chat.at("branch-prev").click();
  await expect(chat.lastBody).toHaveText("First words.");
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "complete");
  await expect(chat.at("stop")).toHaveCount(0);
  await expect(chat.at("branch-prev")).toBeFocused();
  await chat.at("branch-next").click();
  await expect(chat.lastBody).toHaveText("Other words.");
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "streaming");
  await expect(chat.at("stop")).toHaveCount(1);
  await chat.at("branch-prev").click();
  await expect(chat.lastBody).toHaveText("First words.");
  await fake.release(question);
  await expect(other.lastBody).toHaveText("Other words. And the end.");
  await chat.at("branch-next").click();
  await expect(chat.lastBody).toHaveText("Other words. And the end.");
  await chat.finished();
});

test("a queued question is not edited", async ({ chat, fake }) => {
  const [question, queued] = [fresh("Long"), fresh("Queued")];
  await fake.script(question, [{ text: "So far." }, { hold: question }]);
  await chat.open();
  await chat.send(question);
  await fake.reached(question);
  await expect(chat.at("edit")).toHaveCount(1);
  await chat.send(queued);
  await expect(chat.questions.last()).toHaveAttribute("data-state", "queued");
  await expect(chat.at("edit")).toHaveCount(0);
  await fake.release(question);
  await expect(chat.answers).toHaveCount(2);
  await chat.finished();
  await expect(chat.questions.last().getByTestId("edit")).toHaveCount(1);
  await expect(chat.at("edit")).toHaveCount(1);
});

test("a thumb and a comment, over a reload", async ({ chat, fake, page, isMobile }) => {
  await answered(chat, fake, "An answer.");
  const [up, down, comment] = [chat.at("feedback-up"), chat.at("feedback-down"), chat.at("feedback-comment")];
  await expect(up).toHaveAttribute("aria-pressed", "false");
  await expect(comment).toHaveCount(0);
  await down.click();
  await expect(down).toHaveAttribute("aria-pressed", "true");
  await expect(comment).toBeVisible();
  // a finger's keyboard does not come unasked
  await expect(isMobile ? down : comment).toBeFocused();
  // what is said of another opinion is not said to the coach
  await up.click();
  await expect(up).toHaveAttribute("aria-pressed", "true");
  await expect(isMobile ? up : comment).toBeFocused();
  await down.click();
  await expect(down).toHaveAttribute("aria-pressed", "true");
  await comment.fill("too short");
  await comment.press("Escape");
  await expect(comment).toHaveCount(0);
  await expect(down).toBeFocused();
  await up.click();
  await expect(down).toHaveAttribute("aria-pressed", "false");
  await expect(up).toHaveAttribute("aria-pressed", "true");
  await comment.fill("just right");
  await comment.dispatchEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true });
  const saved = page.waitForResponse("**/fn/feedback");
  const save = chat.lastAnswer.getByRole("button", { name: "Save" });
  if (isMobile) await save.click();
  else await comment.press("Enter");
  await saved;
  const edit = chat.at("feedback-edit");
  await expect(comment).toHaveCount(0);
  await expect(chat.lastAnswer).toContainText("Saved");
  await expect(edit).toBeFocused();
  await fits(page, chat.lastAnswer, isMobile);
  await chat.reload();
  await expect(up).toHaveAttribute("aria-pressed", "true");
  await expect(chat.lastAnswer).toContainText("Saved");
  await edit.click();
  await expect(comment).toBeFocused();
  await expect(comment).toHaveValue("just right");
  // as high as its text, up to a limit
  const height = async () => (await comment.boundingBox())!.height;
  const one = await height();
  await comment.pressSequentially(", and");
  await comment.press("Shift+Enter");
  await comment.pressSequentially("on a second line");
  await expect.poll(height).toBeGreaterThan(one + 15);
  await comment.fill("a line\n".repeat(60));
  expect(await height()).toBeLessThan(240);
  await fits(page, chat.lastAnswer, isMobile);
  await comment.fill("just right, and\non a second line");
  const again = page.waitForResponse("**/fn/feedback");
  await save.click();
  await again;
  await expect(comment).toHaveCount(0);
  await edit.click();
  await expect(comment).toHaveValue("just right, and\non a second line");
  await comment.press("Escape");
  await expect(comment).toHaveCount(0);
  await expect(edit).toBeFocused();
  // they go along to the other thumb, where they can be changed
  for (const thumb of [down, up]) {
    const told = page.waitForResponse("**/fn/feedback");
    await thumb.click();
    await told;
    await expect(comment).toHaveValue("just right, and\non a second line");
    await expect(isMobile ? thumb : comment).toBeFocused();
    await comment.press("Escape");
    await expect(comment).toHaveCount(0);
    await expect(edit).toBeVisible();
  }
  const taken = page.waitForResponse("**/fn/feedback");
  await up.click();
  await taken;
  await expect(comment).toHaveCount(0);
  await expect(edit).toHaveCount(0);
  await chat.reload();
  await expect(up).toHaveAttribute("aria-pressed", "false");
  await expect(comment).toHaveCount(0);
});

test("a thumb the server does not take goes back", async ({ chat, fake, page, allow }) => {
  allow(...NETWORK);
  await answered(chat, fake, "An answer.");
  let let_go = () => {};
  const gate = new Promise<void>((go) => (let_go = go));
  await page.route("**/fn/feedback", async (route) => {
    await gate;
    await route.abort("connectionreset");
  });
  await chat.at("feedback-up").click();
  await expect(chat.at("feedback-up")).toHaveAttribute("aria-pressed", "true");
  let_go();
  await expect(chat.at("feedback-up")).toHaveAttribute("aria-pressed", "false");
  await expect(page.getByRole("alert")).not.toBeEmpty();
});

test("a comment the server does not take stays in its field", async ({ chat, fake, page, allow }) => {
  allow(...NETWORK);
  await answered(chat, fake, "An answer.");
  const thumb = page.waitForResponse("**/fn/feedback");
  await chat.at("feedback-up").click();
  await thumb;
  await page.route("**/fn/feedback", (route) => route.abort("connectionreset"));
  const [comment, save] = [chat.at("feedback-comment"), chat.lastAnswer.getByRole("button", { name: "Save" })];
  await comment.fill("My words");
  await save.click();
  await expect(page.getByRole("alert")).not.toBeEmpty();
  await expect(comment).toHaveValue("My words");
  await page.unroute("**/fn/feedback");
  await save.click();
  await expect(comment).toHaveCount(0);
  await expect(chat.at("feedback-edit")).toBeVisible();
});

test("who writes a question anew keeps the words, whatever another tab changes or says meanwhile", async ({ chat, context, fake }) => {
  const [asked, mine, theirs, more] = [fresh("As asked"), fresh("My own words"), fresh("Their words"), fresh("And more")];
  await chat.open();
  await chat.ask(asked);
  const other = await tab(context, await chat.address());
  await chat.questions.getByTestId("edit").click();
  const field = chat.page.locator(".edit-field");
  await field.fill(mine);
  await edit(other, other.questions, theirs);
  await expect(position(chat.questions)).toHaveText("2/2");
  await other.finished();
  await expect(field).toHaveValue(mine);
  await other.ask(more);
  await expect(chat.questions).toHaveCount(2);
  await chat.finished();
  await expect(field).toHaveValue(mine);
  await expect(field).toBeFocused();
  await chat.at("edit-save").click();
  await expect(field).toHaveCount(0);
  for (const each of [chat, other]) {
    await expect(each.questions).toHaveText([new RegExp(mine)]);
    await expect(position(each.questions)).toHaveText("3/3");
    await each.finished();
  }
  expect(await fake.calls(mine)).toHaveLength(1);
  // what was said below the second version is there
  await chat.questions.getByTestId("branch-prev").click();
  await expect(chat.questions).toHaveText([new RegExp(theirs), new RegExp(more)]);
});

test("on a low screen the buttons of a question that is changed stay in sight, however many lines it gets", async ({ chat, page }) => {
  await page.setViewportSize({ width: 844, height: 390 });
  await chat.open();
  await chat.open(await chat.converse(fresh("Low"), 2));
  await chat.at("edit").last().click();
  await page.keyboard.press("End");
  for (let lines = 0; lines < 7; lines++) {
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type(`line ${lines}`);
  }
  const hit = () =>
    chat.at("edit-save").evaluate((save) => {
      const { left, top, width, height } = save.getBoundingClientRect();
      return save.contains(document.elementFromPoint(left + width / 2, top + height - 4));
    });
  await expect.poll(hit).toBe(true);
});

test("a comment is kept by going on elsewhere", async ({ chat }) => {
  await chat.open();
  await chat.ask(fresh("A comment that nobody saves"));
  await chat.at("feedback-down").click();
  await chat.at("feedback-comment").fill("Too long");
  await chat.composer.click();
  await expect(chat.at("feedback-comment")).toHaveCount(0);
  await expect(chat.composer).toBeFocused();
  await chat.reload();
  await chat.at("feedback-edit").click();
  await expect(chat.at("feedback-comment")).toHaveValue("Too long");
});
