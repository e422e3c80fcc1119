import { Chat, NETWORK, expect, fresh, settled, test } from "../fixtures";

/** A conversation with this first message, left open. */
async function conversation(chat: Chat, text: string) {
  await chat.open();
  await chat.ask(text);
  return (await chat.address()).split("/").pop()!;
}

const word = () => `z${Math.random().toString(36).slice(2, 9).replace(/[^a-z]/g, "x")}`;

/** By the key, or on a phone by the menu. */
async function palette(chat: Chat, isMobile: boolean) {
  if (isMobile) {
    await chat.menu();
    await chat.at("palette").click();
  } else await chat.page.keyboard.press("Control+k");
  await expect(chat.at("palette-field")).toBeFocused();
}

const options = (chat: Chat) => chat.at("palette-option");
const option = (chat: Chat, words: string | RegExp) => options(chat).filter({ hasText: words });
const active = (chat: Chat) => chat.page.locator("[data-testid=palette-option][aria-selected=true]");

/** The field names the option that is marked, and it is in sight. */
async function points(chat: Chat) {
  await expect(active(chat)).toHaveCount(1);
  const id = await active(chat).getAttribute("id");
  await expect(chat.at("palette-field")).toHaveAttribute("aria-activedescendant", id!);
  await expect(active(chat)).toBeInViewport({ ratio: 0.99 });
}

const composerFocus = (chat: Chat) => expect(chat.composer).toBeFocused();

test("? opens the list of keys, Esc closes it and gives the focus back", async ({ chat, page, isMobile }) => {
  test.skip(isMobile, "a keyboard");
  await chat.open();
  await chat.composer.press("?");
  await expect(chat.composer).toHaveValue("?");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await chat.composer.fill("");
  await chat.at("menu").focus();
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keyboard" });
  await expect(keys).toBeVisible();
  const line = keys.locator(".shortcut", { hasText: "Find anything" });
  await expect(line.locator("kbd")).toHaveText(["Ctrl", "K"]);
  await page.keyboard.press("Escape");
  await expect(keys).toHaveCount(0);
  await expect(chat.at("menu")).toBeFocused();
});

test("after the palette one writes on where one was, and in a new chat", async ({ chat, page, isMobile }) => {
  test.skip(isMobile, "a keyboard");
  await chat.open();
  await chat.composer.pressSequentially("some words");
  for (const left of ["Escape", "Control+k"]) {
    await page.keyboard.press("Control+k");
    await expect(chat.at("palette-field")).toBeFocused();
    await page.keyboard.press(left);
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await composerFocus(chat);
    await page.keyboard.type("!");
  }
  await expect(chat.composer).toHaveValue("some words!!");
  await chat.composer.fill("");
  await conversation(chat, fresh("Left for a new chat"));
  await page.keyboard.press("Control+k");
  await chat.at("palette-field").fill("new chat");
  await page.keyboard.press("Enter");
  await expect(chat.at("coach-card").first()).toBeVisible();
  await composerFocus(chat);
  await page.keyboard.type("typed at once");
  await expect(chat.composer).toHaveValue("typed at once");
});

test("an action that begins with what was typed comes before conversations that hold the word", async ({ chat, isMobile }) => {
  const [question, titled] = [fresh("A song of light themes"), fresh("Light theme of the tour")];
  await conversation(chat, question);
  await palette(chat, isMobile);
  await chat.at("palette-field").fill("light");
  await expect(option(chat, question)).toBeVisible();
  await expect(options(chat).first()).toHaveText("Light theme");
  for (const [words, found] of [["temperature", "Settings"], ["json", "JSON"], ["français", "Passer en français"]]) {
    await chat.at("palette-field").fill(words);
    await expect(option(chat, found)).toBeVisible();
  }
  // a format is the one that was asked for
  await chat.at("palette-field").fill("json");
  await expect(options(chat).first()).toContainText("JSON");
  await chat.page.keyboard.press("Escape");
  await expect(chat.at("palette-field")).toHaveCount(0);
  // but what somebody called so herself is meant
  await conversation(chat, titled);
  await chat.open();
  await palette(chat, isMobile);
  await chat.at("palette-field").fill("light");
  await expect(options(chat).first()).toContainText(titled);
});

test("a new chat by its keys is written to at once", async ({ chat, page, isMobile }) => {
  test.skip(isMobile, "a keyboard");
  const id = await conversation(chat, fresh("Before the new one"));
  await page.locator(`[data-testid=conversation][data-id="${id}"] a`).focus();
  await page.keyboard.press("Control+Shift+O");
  await expect(chat.at("coach-card").first()).toBeVisible();
  await composerFocus(chat);
});

test("the palette renames, pins and deletes the open conversation", async ({ chat, page, isMobile }) => {
  await conversation(chat, fresh("Call me otherwise"));
  const choose = async (words: string) => {
    await palette(chat, isMobile);
    await chat.at("palette-field").fill(words);
    await expect(options(chat).first()).toContainText(new RegExp(words, "i"));
    await page.keyboard.press("Enter");
    await expect(chat.at("palette-dialog")).toHaveCount(0);
  };
  await choose("rename this");
  const field = page.getByRole("textbox", { name: "New title" });
  await expect(field).toBeFocused();
  // over the former title
  await page.keyboard.type("Otherwise");
  await field.press("Enter");
  await expect(page).toHaveTitle(/^Otherwise/);
  if (isMobile) await page.keyboard.press("Escape");
  await choose("pin this");
  await choose("unpin this");
  await choose("delete this");
  await expect(page).toHaveURL(/\/chat$/);
  await expect(chat.at("undo")).toBeVisible();
  if (isMobile) return;
  await expect(chat.composer).toBeFocused();
  await page.keyboard.press("Control+z");
  await expect(page).toHaveURL(/\/chat\/./);
});

test("the palette opens from a field, closes by the same key, and the focus comes back", async ({ chat, page, isMobile }) => {
  test.skip(isMobile, "a keyboard");
  await chat.open();
  await chat.composer.fill("half a thought");
  await palette(chat, false);
  await expect(chat.at("palette-field")).toHaveAttribute("role", "combobox");
  await expect(chat.at("palette-field")).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("Control+k");
  await expect(chat.at("palette-dialog")).toHaveCount(0);
  await composerFocus(chat);
  await expect(chat.composer).toHaveValue("half a thought");
  await palette(chat, false);
  await page.keyboard.press("Escape");
  await expect(chat.at("palette-dialog")).toHaveCount(0);
  await composerFocus(chat);
});

test("arrows, Home and End move the mark, which stays in sight", async ({ chat, page, isMobile }) => {
  await conversation(chat, fresh("Recent one"));
  await chat.open();
  await palette(chat, isMobile);
  await expect(page.getByRole("group", { name: "Recent" })).toBeVisible();
  const count = await options(chat).count();
  expect(count).toBeGreaterThan(8);
  await expect(options(chat).first()).toHaveAttribute("aria-selected", "true");
  for (const [key, at] of [
    ["ArrowDown", 1],
    ["ArrowUp", 0],
    ["ArrowUp", count - 1],
    ["ArrowDown", 0],
    ["End", count - 1],
    ["Home", 0],
  ] as const) {
    await page.keyboard.press(key);
    await expect(options(chat).nth(at)).toHaveAttribute("aria-selected", "true");
    await points(chat);
  }
});

test("a title answers at once, a message after the server, both marked; Enter opens", async ({ chat, page, fake, isMobile }) => {
  const [title, inside] = [word(), word()];
  const first = await conversation(chat, `Été ${title}`);
  const hidden = fresh("Says little");
  await fake.script(hidden, [{ text: `The word is ${inside} and nothing else.` }]);
  const second = await conversation(chat, hidden);
  await page.route("**/fn/search", (route) => route.abort("internetdisconnected"));
  await palette(chat, isMobile);
  await page.keyboard.type(`ete ${title}`);
  // without the server
  await expect(option(chat, title).locator("mark")).toHaveText(["Été", title]);
  await page.unroute("**/fn/search");
  await chat.at("palette-field").fill(inside);
  await expect(option(chat, inside).locator(".palette-note mark")).toHaveText([inside]);
  await expect(page.getByRole("status").filter({ hasText: "1 result" })).toBeAttached();
  await chat.at("palette-field").fill(title);
  await expect(options(chat)).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(first));
  await expect(chat.questions.first()).toContainText(title);
  await expect(chat.at("palette-dialog")).toHaveCount(0);
  if (!isMobile) await composerFocus(chat);
  expect(second).not.toBe(first);
});

test.describe("without a network", () => {
  test("the palette says what it knows, and goes on by itself", async ({ chat, page, context, fake, isMobile, allow }) => {
    allow(...NETWORK);
    const inside = word();
    const question = fresh("Nobody knows");
    await fake.script(question, [{ text: `It is ${inside}.` }]);
    await conversation(chat, question);
    await palette(chat, isMobile);
    await context.setOffline(true);
    await chat.at("palette-field").fill(inside);
    await expect(page.getByRole("alert").filter({ hasText: "You are offline." })).toBeVisible();
    await expect(options(chat)).toHaveCount(0);
    await context.setOffline(false);
    await expect(option(chat, inside)).toBeVisible({ timeout: 15_000 });
    await expect(page.getByRole("alert").filter({ hasText: "You are offline." })).toHaveCount(0);
  });
});

test("nothing found says so", async ({ chat, page, isMobile }) => {
  await chat.open();
  await palette(chat, isMobile);
  await chat.at("palette-field").fill("qqqq nowhere");
  await expect(chat.at("palette-dialog")).toContainText("Nothing with “qqqq nowhere”.");
  await expect(chat.at("palette-field")).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("Enter");
  await expect(chat.at("palette-dialog")).toBeVisible();
});

test("a coach: a new conversation, or the last one", async ({ chat, page, isMobile }) => {
  await chat.open();
  await chat.at("current-coach").click();
  await page.locator("[data-testid=coach-option][data-coach=april]").click();
  await chat.ask(fresh("A date"));
  const id = (await chat.address()).split("/").pop()!;
  await palette(chat, isMobile);
  await page.keyboard.type("clarice");
  await option(chat, "Talk to Clarice").click();
  await expect(page).toHaveURL(/\/chat$/);
  await expect(chat.at("current-coach")).toHaveAttribute("data-coach", "clarice");
  await expect(chat.at("coach-card").first()).toBeVisible();
  await palette(chat, isMobile);
  await page.keyboard.type("april");
  await option(chat, "Continue with April").click();
  await expect(page).toHaveURL(new RegExp(id));
});

test("actions: only those that make sense now", async ({ chat, page, fake, isMobile }) => {
  const question = fresh("Long");
  await fake.script(question, [{ text: "A beginning." }, { hold: question }, { text: "An end." }]);
  await chat.open();
  await palette(chat, isMobile);
  for (const none of ["Stop the answer", "Export this conversation", "Archive this conversation"]) {
    await expect(option(chat, none)).toHaveCount(0);
  }
  await page.keyboard.press("Escape");
  await chat.send(question);
  await fake.reached(question);
  await chat.address();
  await palette(chat, isMobile);
  await page.keyboard.type("stop");
  await page.keyboard.press("Enter");
  await chat.finished("stopped");
  await fake.release(question);
  await palette(chat, isMobile);
  await expect(option(chat, "Stop the answer")).toHaveCount(0);
  const download = page.waitForEvent("download");
  await page.keyboard.type("export");
  await option(chat, "Markdown").click();
  expect((await download).suggestedFilename()).toMatch(/\.md$/);
  await palette(chat, isMobile);
  await page.keyboard.type("light");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
  await palette(chat, isMobile);
  await page.keyboard.type("archived conv");
  await page.keyboard.press("Enter");
  await expect(chat.at("all-conversations")).toBeFocused();
});

test("the list of keys and a new chat from the palette", async ({ chat, page, isMobile }) => {
  test.skip(isMobile, "a keyboard");
  await conversation(chat, fresh("Before"));
  await palette(chat, false);
  await page.keyboard.type("keyb");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Keyboard" })).toBeVisible();
  await page.keyboard.press("Escape");
  await composerFocus(chat);
  await palette(chat, false);
  await page.keyboard.type("new chat");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/chat$/);
  await composerFocus(chat);
});

test("another language from the palette", async ({ chat, page, isMobile }) => {
  await chat.open();
  await palette(chat, isMobile);
  await page.keyboard.type("passer");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("lang", "fr");
  await chat.live();
  await palette(chat, isMobile);
  await expect(page.getByRole("group", { name: "Coachs" })).toBeVisible();
});

test("on a phone the palette is a sheet of full height with large targets", async ({ chat, page, isMobile }) => {
  test.skip(!isMobile, "a phone");
  await chat.open();
  await palette(chat, true);
  await settled(page);
  const box = (await chat.at("palette-dialog").boundingBox())!;
  expect(box.y).toBeLessThan(20);
  expect(box.x).toBe(0);
  expect(box.width).toBe(390);
  expect(box.y + box.height).toBeCloseTo(844, 0);
  for (const one of await options(chat).all()) expect((await one.boundingBox())!.height).toBeGreaterThanOrEqual(44);
  const close = chat.at("palette-dialog").getByRole("button", { name: "Close" });
  const target = (await close.boundingBox())!;
  expect(Math.min(target.width, target.height)).toBeGreaterThanOrEqual(44);
  await close.click();
  await expect(chat.at("palette-dialog")).toHaveCount(0);
  await expect(chat.at("menu")).toBeFocused();
});

test("the conversation scrolls by the keyboard from the empty message field, and a key leads there", async ({ chat, fake, page, isMobile }) => {
  test.skip(isMobile, "a keyboard");
  const question = fresh("Long reading");
  await fake.script(question, [{ text: Array.from({ length: 40 }, (_, n) => `Paragraph ${n}.`).join("\n\n") }]);
  await chat.open();
  await chat.ask(question);
  const top = () => page.evaluate(() => document.querySelector(".scroller")!.scrollTop);
  const end = await top();
  await chat.composer.press("PageUp");
  await expect.poll(top).toBeLessThan(end - 300);
  await expect(chat.at("jump-latest")).toBeVisible();
  await chat.composer.press("PageDown");
  await expect.poll(top).toBe(end);
  await chat.composer.press("PageUp");
  await chat.composer.press("PageUp");
  await expect.poll(top).toBeLessThan(end - 600);
  await chat.composer.press("End");
  await expect.poll(top).toBe(end);
  // in a text they are the field's
  await chat.composer.fill("some words");
  await chat.composer.press("PageUp");
  await page.waitForTimeout(200);
  expect(await top()).toBe(end);
  await chat.at("thread").focus();
  await expect(chat.composer).not.toBeFocused();
  await page.keyboard.press("Shift+Escape");
  await expect(chat.composer).toBeFocused();
});

test("with nothing written / goes from the composer to the search; in a text it is a letter", async ({ chat, page, isMobile }) => {
  test.skip(isMobile, "the keyboard of a phone has no such key to miss");
  await chat.open();
  await chat.ask(fresh("A conversation to find"));
  await expect(chat.composer).toBeFocused();
  await page.keyboard.press("/");
  await expect(chat.at("conversation-search")).toBeFocused();
  await page.keyboard.press("Escape");
  await chat.composer.focus();
  await page.keyboard.type("either/or");
  await expect(chat.composer).toHaveValue("either/or");
});
