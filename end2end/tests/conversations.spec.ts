import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { Chat, type Fake, NETWORK, expect, fresh, tab, test } from "../fixtures";

const row = (chat: Chat, id: string) =>
  chat.at("conversation-list").locator(`[data-testid=conversation][data-id="${id}"]`);

/** A conversation with this first message, left open. */
async function conversation(chat: Chat, text: string) {
  await chat.open();
  await chat.ask(text);
  return (await chat.address()).split("/").pop()!;
}

/** Opens the menu of a row and presses an entry. */
async function choose(chat: Chat, id: string, entry: string) {
  await chat.list();
  await row(chat, id).hover();
  await row(chat, id).getByTestId("conversation-menu").click();
  await chat.at(entry).click();
}

const group = (chat: Chat, name: string) =>
  chat.at("conversation-list").locator("h2", { hasText: new RegExp(`^${name}$`) });

/** What the list shows from top to bottom: names of groups and ids. */
const order = (page: Page) =>
  page.getByTestId("conversation-list").evaluate((list) =>
    [...list.querySelectorAll("h2, [data-id]")].map((one) => one.getAttribute("data-id") ?? one.textContent),
  );

test("groups follow the artist's own day, in the first HTML too", async ({ chat, page, context }) => {
  const id = await conversation(chat, fresh("A day"));
  const minutes = await page.evaluate(() => String(-new Date().getTimezoneOffset()));
  // `60/1711846800:120/…`: the first one, and what it changed to and when
  const kept = (await context.cookies()).find((cookie) => cookie.name === "time_zone")!.value;
  const changes = kept.split("/").map((part) => part.split(":"));
  expect(changes.length).toBeGreaterThan(9);
  expect(changes.findLast(([from, to]) => !to || Number(from) < Date.now() / 1000)!.at(-1)).toBe(minutes);
  const html = await (await page.request.get(`/chat/${id}`)).text();
  expect(html).toMatch(/class="group-label"[^>]*>Today</);
  await chat.list();
  await expect(group(chat, "Today")).toBeVisible();
  // the clock goes on while the server's first HTML stays as it is
  const later = async (days: number) => {
    await page.clock.setFixedTime(Date.now() + days * 86_400_000);
    await chat.reload();
    await chat.list();
  };
  await later(1);
  await expect(group(chat, "Yesterday")).toBeVisible();
  await later(5);
  await expect(group(chat, "Previous 7 days")).toBeVisible();
  await later(20);
  await expect(group(chat, "Previous 30 days")).toBeVisible();
  await later(60);
  const month = new Date().toLocaleDateString("en-GB", { month: "long", year: "numeric", timeZone: "Europe/Paris" });
  await expect(group(chat, month)).toBeVisible();
  await expect(row(chat, id)).toBeVisible();
});

test("pinned stands first, in every tab, and a new answer moves a conversation up", async ({ chat, page, context }) => {
  const first = await conversation(chat, fresh("First"));
  const second = await conversation(chat, fresh("Second"));
  const other = await tab(context, "/chat");
  await other.list();
  await choose(chat, first, "conversation-pin");
  for (const each of [page, other.page]) {
    await expect.poll(() => order(each)).toEqual(["Pinned", first, "Today", second, ...(await order(each)).slice(4)]);
  }
  await choose(chat, first, "conversation-pin");
  await expect(group(chat, "Pinned")).toHaveCount(0);
  await expect.poll(async () => (await order(other.page)).slice(0, 3)).toEqual(["Today", second, first]);
  await row(chat, first).getByRole("link").click();
  await expect(page).toHaveURL(new RegExp(first));
  await chat.ask(fresh("Again"));
  await expect.poll(async () => (await order(other.page)).slice(0, 3)).toEqual(["Today", first, second]);
});

test("an archived conversation says so, and comes back from there", async ({ chat, context, isMobile }) => {
  const id = await conversation(chat, fresh("Put away and open"));
  const other = await tab(context, `/chat/${id}`);
  await expect(chat.at("archived-bar")).toHaveCount(0);
  await choose(chat, id, "conversation-archive");
  const bar = other.at("archived-bar");
  await expect(bar).toContainText("This conversation is archived.");
  // drawn by the server too, in a page whose list does not have it
  await other.reload();
  await expect(bar).toBeVisible();
  await bar.getByRole("button", { name: "Unarchive" }).click();
  await expect(bar).toHaveCount(0);
  // no keyboard comes up that nobody asked for
  if (!isMobile) await expect(other.composer).toBeFocused();
  await expect(chat.at("archived-bar")).toHaveCount(0);
  await other.list();
  await expect(row(other, id)).toBeVisible();
});

test("archived and back", async ({ chat, page, context }) => {
  const id = await conversation(chat, fresh("To put away"));
  const other = await tab(context, "/chat");
  await other.list();
  await expect(row(other, id)).toBeVisible();
  await choose(chat, id, "conversation-archive");
  await expect(row(chat, id)).toHaveCount(0);
  await expect(row(other, id)).toHaveCount(0);
  // it says so, and can be taken back
  await expect(chat.at("undo")).toContainText("Archived: “To put away");
  await chat.at("undo").click();
  await expect(chat.at("undo")).toHaveCount(0);
  await expect(row(chat, id)).toBeVisible();
  await expect(row(other, id)).toBeVisible();
  await choose(chat, id, "conversation-archive");
  await expect(row(other, id)).toHaveCount(0);
  // it is still open, and after a reload too
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "complete");
  await chat.reload();
  await chat.list();
  await expect(row(chat, id)).toHaveCount(0);
  await chat.at("archived").click();
  await expect(chat.at("all-conversations")).toBeFocused();
  await expect(row(chat, id)).toBeVisible();
  await choose(chat, id, "conversation-archive");
  await expect(row(chat, id)).toHaveCount(0);
  await expect(chat.at("conversation-list")).toContainText("Nothing is archived.");
  await chat.at("all-conversations").click();
  await expect(row(chat, id)).toBeVisible();
  await expect(row(other, id)).toBeVisible();
  await expect(page).toHaveURL(new RegExp(id));
});

test("the menu by keyboard: arrows go round it, Home and End to its ends, Delete stands last", async ({ chat, page, isMobile }) => {
  test.skip(isMobile, "a keyboard");
  const id = await conversation(chat, fresh("Keys"));
  await chat.list();
  await row(chat, id).getByTestId("conversation-menu").focus();
  await page.keyboard.press("Enter");
  await expect(chat.at("conversation-rename")).toBeFocused();
  for (const next of ["pin", "archive", "export", "export-json", "delete", "rename"]) {
    await page.keyboard.press("ArrowDown");
    await expect(chat.at(`conversation-${next}`)).toBeFocused();
  }
  await page.keyboard.press("End");
  await expect(chat.at("conversation-delete")).toBeFocused();
  await page.keyboard.press("Home");
  await expect(chat.at("conversation-rename")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(chat.at("conversation-rename")).toHaveCount(0);
  await expect(row(chat, id).getByTestId("conversation-menu")).toBeFocused();
});

test("Esc in a row's menu gives the focus back and leaves the list open", async ({ chat, page }) => {
  const id = await conversation(chat, fresh("Leave it"));
  await chat.list();
  await row(chat, id).hover();
  await row(chat, id).getByTestId("conversation-menu").click();
  await expect(chat.at("conversation-rename")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(chat.at("conversation-rename")).toHaveCount(0);
  await expect(row(chat, id).getByTestId("conversation-menu")).toBeFocused();
  await expect(chat.at("conversation-list")).toBeVisible();
  await expect(page.locator("#sidebar")).toBeInViewport();
});

test("conversations that were put away stay so over a reload", async ({ chat, page, isMobile }) => {
  test.skip(isMobile, "there they are a sheet");
  await chat.open();
  const list = page.locator("#sidebar");
  await expect(list).toBeVisible();
  // by the keyboard one can go back at once
  const [close, open] = ["Close", "Open"].map((word) => page.getByRole("button", { name: `${word} the conversations` }));
  await close.press("Enter");
  await expect(list).toBeHidden();
  await expect(open).toBeFocused();
  await open.press("Enter");
  await expect(list).toBeVisible();
  await expect(close).toBeFocused();
  await close.press("Enter");
  await page.goto("/chat", { waitUntil: "commit" });
  await expect(chat.composer).toBeVisible();
  await expect(list).toBeHidden();
  await chat.live();
  await open.click();
  await expect(list).toBeVisible();
  await chat.reload();
  await expect(list).toBeVisible();
});

test("a new title, or none after all, leaves the focus on the row", async ({ chat, page }) => {
  const id = await conversation(chat, fresh("Old title"));
  for (const [title, key, shown] of [
    ["New title", "Enter", "New title"],
    ["Never mind", "Escape", "New title"],
  ]) {
    await choose(chat, id, "conversation-rename");
    await expect(row(chat, id).getByRole("textbox")).toBeFocused();
    await page.keyboard.type(title);
    await page.keyboard.press(key);
    await expect(row(chat, id).getByRole("link")).toBeFocused();
    await expect(row(chat, id).getByRole("link")).toHaveText(shown);
    await expect(chat.at("conversation-list")).toBeVisible();
  }
});

test("a new title that nobody took stays in its field", async ({ chat, page, allow }) => {
  allow(...NETWORK, /ERR_FAILED/);
  const id = await conversation(chat, fresh("Old title"));
  await choose(chat, id, "conversation-rename");
  await page.route("**/fn/change", (route) => route.abort());
  await page.keyboard.type("Not yet");
  const refused = page.waitForEvent("requestfailed");
  await page.keyboard.press("Enter");
  await refused;
  const field = row(chat, id).getByRole("textbox");
  await expect(field).toHaveValue("Not yet");
  await page.unrouteAll();
  await field.press("Enter");
  await expect(row(chat, id).getByRole("link")).toHaveText("Not yet");
  await chat.reload();
  await chat.list();
  await expect(row(chat, id).getByRole("link")).toHaveText("Not yet");
});

test("what leaves the list hands the focus to the next row, the last one to the new chat", async ({ chat, page }) => {
  const first = await conversation(chat, fresh("First"));
  const second = await conversation(chat, fresh("Second"));
  const third = await conversation(chat, fresh("Third"));
  await choose(chat, third, "conversation-archive");
  await expect(row(chat, third)).toHaveCount(0);
  await expect(row(chat, second).getByRole("link")).toBeFocused();
  await choose(chat, first, "conversation-delete");
  await expect(row(chat, first)).toHaveCount(0);
  await expect(row(chat, second).getByRole("link")).toBeFocused();
  await choose(chat, second, "conversation-archive");
  await expect(row(chat, second)).toHaveCount(0);
  await expect(chat.at("new-chat")).toBeFocused();
  // who has put all of them away finds them again
  await page.goto("/chat");
  await chat.live();
  await chat.list();
  await chat.at("archived").click();
  await expect(row(chat, third)).toBeVisible();
  // and so does who deletes the last of the others
  await page.goto("/chat");
  const last = await conversation(chat, fresh("Last"));
  await chat.reload();
  await choose(chat, last, "conversation-delete");
  await expect(row(chat, last)).toHaveCount(0);
  await chat.at("archived").click();
  await expect(row(chat, third)).toBeVisible();
});

test("who has written nothing sees no way to archived ones", async ({ chat }) => {
  await chat.open();
  await chat.list();
  await expect(chat.at("conversation-list")).toContainText("Your conversations will appear here.");
  await expect(chat.at("archived")).toHaveCount(0);
});

test("export as Markdown and as JSON", async ({ chat, page, fake }) => {
  const question = fresh("À emporter");
  await fake.script(question, [{ text: "Voici **tout**." }]);
  const id = await conversation(chat, question);
  const take = async (entry: string) => {
    const download = page.waitForEvent("download");
    await choose(chat, id, entry);
    const file = await download;
    return { name: file.suggestedFilename(), text: readFileSync(await file.path(), "utf8") };
  };
  const markdown = await take("conversation-export");
  expect(markdown.name).toMatch(/\.md$/);
  expect(markdown.text).toContain(question);
  expect(markdown.text).toContain("Voici **tout**.");
  const json = await take("conversation-export-json");
  expect(json.name).toMatch(/\.json$/);
  const told = JSON.stringify(JSON.parse(json.text));
  expect(told).toContain(question);
  expect(told).toContain("Voici **tout**.");
  await expect(page).toHaveURL(new RegExp(id));
});

test("search in titles and messages, without accents, marked", async ({ chat, page, fake, isMobile }) => {
  const word = `z${Math.random().toString(36).slice(2, 8).replace(/[^a-z]/g, "x")}`;
  const question = `Mon été ${word}`;
  await fake.script(question, [{ text: "La **mélodie** d’abord, puis les paroles." }]);
  const id = await conversation(chat, question);
  await chat.open();
  if (isMobile) await chat.list();
  else {
    await page.locator("body").click({ position: { x: 700, y: 20 } });
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press("/");
  }
  const field = chat.at("conversation-search");
  if (isMobile) await field.tap();
  await expect(field).toBeFocused();
  await page.keyboard.type(`ete ${word}`);
  const list = chat.at("conversation-list");
  await expect(list.getByRole("status")).toHaveText("1 conversation");
  await expect(row(chat, id).locator(".row-title mark")).toHaveText(["été", word]);
  const { height } = (await row(chat, id).boundingBox())!;
  expect(height).toBe(60);
  await field.fill("melodie paroles");
  await expect(row(chat, id).locator(".hit-snippet mark")).toHaveText(["mélodie", "paroles"]);
  await field.fill(`${word} nowhere`);
  await expect(list.getByRole("status")).toHaveText(`Nothing with “${word} nowhere”.`);
  await field.press("Escape");
  await expect(field).toHaveValue("");
  await expect(field).toBeFocused();
  await expect(group(chat, "Today")).toBeVisible();
  // archived ones are found too, apart
  await choose(chat, id, "conversation-archive");
  await field.fill(word);
  await expect(group(chat, "Archived")).toBeVisible();
  await row(chat, id).getByRole("link").click();
  await expect(page).toHaveURL(new RegExp(id));
  await expect(chat.lastBody).toContainText("mélodie");
  // a new conversation ends the search
  await page.keyboard.press("Control+Shift+O");
  await expect(page).toHaveURL(/\/chat$/);
  await chat.list();
  await expect(field).toHaveValue("");
  await expect(group(chat, "Archived")).toHaveCount(0);
});

test("from the search Enter and Esc lead to the composer", async ({ chat, page, isMobile }) => {
  test.skip(isMobile, "a finger's keyboard does not come unasked");
  const question = fresh("Xylophone");
  const id = await conversation(chat, question);
  await chat.open();
  await search(chat, question);
  await chat.at("conversation-search").press("Enter");
  await expect(page).toHaveURL(new RegExp(id));
  await expect(chat.composer).toBeFocused();
  await chat.at("conversation-search").focus();
  await page.keyboard.press("Escape");
  await expect(chat.at("conversation-search")).toHaveValue("");
  await page.keyboard.press("Escape");
  await expect(chat.composer).toBeFocused();
});

test("a search shows the older hits too", async ({ chat, page }) => {
  const word = `z${Math.random().toString(36).slice(2, 8).replace(/[^a-z]/g, "x")}`;
  await conversation(chat, `One of many ${word}`);
  for (let made = 0; made < 31; made++) {
    const answer = await page.request.post("/api/chat/generate", { data: { message: `Many ${word} ${made}` } });
    expect(answer.ok()).toBeTruthy();
  }
  await chat.list();
  await chat.at("conversation-search").fill(word);
  const list = chat.at("conversation-list");
  await expect(list.getByRole("status")).toHaveText("The 30 newest conversations");
  await list.getByTestId("more-hits").click();
  await expect(list.getByRole("status")).toHaveText("32 conversations");
  await expect(list.getByTestId("conversation")).toHaveCount(32);
  await expect(list.getByTestId("more-hits")).toHaveCount(0);
});

test("a conversation without a message opens, and takes its first one", async ({ chat, page }) => {
  await chat.open();
  await chat.ask(fresh("Somebody"));
  const { id } = await (await page.request.post("/api/conversations", { data: {} })).json();
  await chat.open(`/chat/${id}`);
  await expect(chat.at("thread")).toBeAttached();
  await expect(chat.at("not-kept")).toHaveCount(0);
  await chat.ask(fresh("The first"));
  await expect(chat.messages).toHaveCount(2);
  await expect(page).toHaveURL(new RegExp(id));
});

/** Says so many things over HTTP, in one conversation: its id, and the ids of the questions. */
async function said(page: Page, fake: Fake, questions: string[]) {
  let conversation_id: string | undefined;
  // an answer that repeats its question would be found too
  for (const question of questions) await fake.script(question, [{ text: "Go on." }]);
  for (const message of questions) {
    const answer = await page.request.post("/api/chat", { data: { message, conversation_id } });
    expect(answer.status()).toBe(200);
    ({ conversation_id } = (await answer.json()) as { conversation_id: string });
  }
  const { messages } = await (await page.request.get(`/api/conversations/${conversation_id}/messages?limit=100`)).json();
  const asked = (messages as { id: string; role: string }[]).filter(({ role }) => role === "user");
  expect(asked).toHaveLength(questions.length);
  return { id: conversation_id!, ids: asked.map(({ id }) => id) };
}

const message = (chat: Chat, id: string) => chat.at("thread").locator(`[data-id="${id}"]`);

/** Searches, and waits for what was found: a row of the list is there before. */
async function search(chat: Chat, words: string) {
  await chat.list();
  await chat.at("conversation-search").fill(words);
  await expect(chat.at("conversation-list").getByRole("status")).toHaveText("1 conversation");
}

/** How far a message's top is below the one of the view. */
const below = (chat: Chat, id: string) =>
  message(chat, id).evaluate((found) => found.getBoundingClientRect().top - document.querySelector(".scroller")!.getBoundingClientRect().top);

test("what was found far above opens there, marked for a moment, and the view is free", async ({ chat, fake, page }) => {
  test.slow();
  const word = `z${Math.random().toString(36).slice(2, 8).replace(/[^a-z]/g, "x")}`;
  const { id, ids } = await said(page, fake, Array.from({ length: 36 }, (_, n) => (n === 3 ? `The bridge ${word}` : `Line ${n}, of the song`)));
  await chat.open();
  await search(chat, word);
  await chat.at("conversation-search").press("Enter");
  await expect(message(chat, ids[3])).toHaveAttribute("data-found", "", { timeout: 20_000 });
  await expect(page).toHaveURL(new RegExp(`/chat/${id}$`));
  await expect(message(chat, ids[3])).toBeInViewport({ ratio: 1 });
  await expect.poll(() => below(chat, ids[3])).toBeLessThan(60);
  await expect(chat.at("jump-latest")).toBeVisible();
  await expect(message(chat, ids[3])).not.toHaveAttribute("data-found");
  expect(Math.abs((await below(chat, ids[3])) - 16)).toBeLessThan(2);
  // a new question takes the view along, as ever
  await chat.ask(fresh("And on"));
  await expect(chat.questions.last()).toBeInViewport();
});

test("a hit opens at its message by a press, in the palette and in another tab, without motion where none is wanted", async ({
  chat,
  fake,
  page,
  context,
}) => {
  const word = `z${Math.random().toString(36).slice(2, 8).replace(/[^a-z]/g, "x")}`;
  const questions = Array.from({ length: 9 }, (_, n) => (n === 2 ? `The chorus ${word}` : `Line ${n}, of the song`));
  const { id, ids } = await said(page, fake, questions);
  const first = fresh("Somewhere else");
  await conversation(chat, first);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await search(chat, word);
  const link = row(chat, id).getByRole("link");
  const href = (await link.getAttribute("href"))!;
  expect(href).toBe(`/chat/${id}#${ids[2]}`);
  const there = async (here: Chat) => {
    await expect(message(here, ids[2])).toHaveAttribute("data-found", "");
    await expect(message(here, ids[2])).toBeInViewport({ ratio: 1 });
    await expect.poll(async () => Math.abs((await below(here, ids[2])) - 16)).toBeLessThan(2);
    await expect(here.page).toHaveURL(new RegExp(`/chat/${id}$`));
  };
  await link.click();
  await there(chat);
  const look = await message(chat, ids[2]).evaluate((found) => {
    const { animationName, backgroundColor } = getComputedStyle(found);
    return { animationName, marked: backgroundColor !== "rgba(0, 0, 0, 0)" };
  });
  expect(look).toEqual({ animationName: "none", marked: true });
  await there(await tab(context, href));
  // the conversation that is open already
  await expect(message(chat, ids[2])).not.toHaveAttribute("data-found");
  await chat.at("jump-latest").click();
  await page.keyboard.press("Control+k");
  await chat.at("palette-field").fill(word);
  await expect(chat.at("palette-option").first()).toContainText(word);
  await page.keyboard.press("Enter");
  await there(chat);
});

test("Back finds the place that was left, in older messages too, and the end where that was left", async ({ chat, fake, page }) => {
  test.slow();
  const { id, ids } = await said(page, fake, Array.from({ length: 22 }, (_, n) => `Line ${n}, of a song that goes back`));
  const { id: other } = await said(page, fake, [fresh("Another")]);
  await chat.open(`/chat/${id}`);
  // the second page of older messages comes on the way up
  await expect(async () => {
    await page.locator(".scroller").evaluate((view) => view.scrollTo(0, 0));
    await expect(message(chat, ids[2])).toBeAttached({ timeout: 500 });
  }).toPass();
  await message(chat, ids[2]).evaluate((found) => found.scrollIntoView());
  await page.locator(".scroller").evaluate((view) => (view.scrollTop += 30));
  await expect(chat.at("jump-latest")).toBeVisible();
  const place = await below(chat, ids[2]);
  const there = async (to: string) => {
    await chat.list();
    await row(chat, to).getByRole("link").click();
    await expect(page).toHaveURL(new RegExp(to));
  };
  await there(other);
  await expect(chat.messages).toHaveCount(2);
  await page.goBack();
  await expect(message(chat, ids[2])).toBeInViewport();
  await expect.poll(async () => Math.abs((await below(chat, ids[2])) - place)).toBeLessThan(2);
  await expect(message(chat, ids[2])).not.toHaveAttribute("data-found");
  // opened anew it is read from its end
  await page.goForward();
  await expect(chat.messages).toHaveCount(2);
  await there(id);
  await expect(message(chat, ids[21])).toBeInViewport();
  await expect(chat.at("jump-latest")).toHaveCount(0);
  await there(other);
  await expect(chat.messages).toHaveCount(2);
  await page.goBack();
  await expect(message(chat, ids[21])).toBeInViewport();
  await expect(chat.at("jump-latest")).toHaveCount(0);
});

test("Back does not lead to a conversation that was deleted while it was open", async ({ chat, page, isMobile }) => {
  const before = await conversation(chat, fresh("Before"));
  const open = await conversation(chat, fresh("Thrown away"));
  await chat.open(`/chat/${before}`);
  await chat.list();
  await row(chat, open).getByRole("link").click();
  await expect(chat.questions).toContainText("Thrown away");
  if (isMobile) await expect(chat.at("conversation-list")).toBeHidden();
  await choose(chat, open, "conversation-delete");
  await expect(page).toHaveURL(/\/chat$/);
  await page.goBack();
  await expect(page).toHaveURL(new RegExp(before));
  await expect(chat.messages).toHaveCount(2);
});

test("the open conversation is renamed, exported and deleted from its own menu", async ({ chat, page, isMobile }) => {
  await chat.open();
  await chat.menu();
  await expect(chat.at("delete-this")).toBeHidden();
  await page.keyboard.press("Escape");
  const id = await conversation(chat, fresh("From its menu"));
  await chat.menu();
  await chat.at("rename-this").click();
  const field = page.getByRole("textbox", { name: "New title" });
  await expect(field).toBeFocused();
  await field.fill("Called otherwise");
  await field.press("Enter");
  await expect(page).toHaveTitle(/^Called otherwise/);
  if (isMobile) await page.keyboard.press("Escape");
  await chat.menu();
  const download = page.waitForEvent("download");
  await chat.at("export-this").click();
  expect((await download).suggestedFilename()).toMatch(/\.md$/);
  await expect(chat.at("delete-this")).toBeHidden();
  await chat.menu();
  await chat.at("delete-this").click();
  await expect(page).toHaveURL(/\/chat$/);
  await chat.at("undo").click();
  await expect(page).toHaveURL(new RegExp(id));
});

test("Ctrl+Z brings back what was just deleted", async ({ chat, page, isMobile }) => {
  test.skip(isMobile, "a keyboard");
  const kept = await conversation(chat, fresh("Stays"));
  const id = await conversation(chat, fresh("Comes back"));
  await choose(chat, id, "conversation-delete");
  await expect(row(chat, id)).toHaveCount(0);
  // in a field that holds something the key is the field's, and a key leads there
  await expect(chat.at("undo")).toBeVisible();
  await page.keyboard.press("Shift+Escape");
  await expect(chat.composer).toBeFocused();
  await page.keyboard.type("And");
  await page.keyboard.press("Control+z");
  await expect(chat.composer).toHaveValue("");
  await expect(row(chat, id)).toHaveCount(0);
  await row(chat, kept).getByRole("link").focus();
  await page.keyboard.press("Control+z");
  await expect(row(chat, id)).toBeVisible();
  await expect(chat.at("undo")).toBeHidden();
});

test("of several that were deleted each comes back, the last one first", async ({ chat, page }) => {
  const ids = [];
  for (const title of ["One", "Two", "Three"]) ids.push(await conversation(chat, fresh(title)));
  const [one, two] = ids;
  for (const id of [one, two]) await choose(chat, id, "conversation-delete");
  await expect(chat.at("undo")).toContainText("Two");
  await expect(row(chat, two)).toHaveCount(0);
  await chat.at("undo").click();
  await chat.list();
  await expect(row(chat, two)).toBeVisible();
  await expect(chat.at("undo")).toContainText("One");
  await chat.at("undo").click();
  await expect(row(chat, one)).toBeVisible();
  await expect(chat.at("undo")).toHaveCount(0);
  await page.reload();
  await chat.list();
  for (const id of ids) await expect(row(chat, id)).toBeVisible();
});

test("a way back that nobody could be asked for stays until somebody can", async ({ chat, page, allow }) => {
  allow(...NETWORK);
  await chat.open();
  await chat.ask(fresh("Comes back"));
  const id = (await chat.address()).split("/").pop()!;
  await chat.list();
  await choose(chat, id, "conversation-delete");
  await expect(chat.at("undo")).toBeVisible();
  await page.route("**/fn/restore", (route) => route.abort());
  const asked = page.waitForEvent("requestfailed", (request) => request.url().includes("/fn/restore"));
  await chat.at("undo").click();
  await asked;
  await expect(chat.at("undo")).toBeVisible();
  await page.unrouteAll();
  await chat.at("undo").click();
  await expect(page).toHaveURL(new RegExp(id));
  await expect(chat.questions.last()).toContainText("Comes back");
  await expect(chat.at("undo")).toHaveCount(0);
});

test("what the list was asked for and could not be done is said in the list, too", async ({ chat, page, isMobile, allow }) => {
  test.skip(!isMobile, "elsewhere the list stands beside the composer, which says it");
  allow(...NETWORK);
  await chat.open();
  await chat.ask(fresh("Not pinned"));
  const id = (await chat.address()).split("/").pop()!;
  await chat.list();
  await page.route("**/fn/change", (route) => route.abort());
  await choose(chat, id, "conversation-pin");
  const said = page.locator(".sidebar-refusal");
  await expect(said).toHaveText("The squad cannot be reached right now.");
  await expect(said).toBeInViewport({ ratio: 1 });
  await page.unrouteAll();
  await choose(chat, id, "conversation-pin");
  await expect(group(chat, "Pinned")).toBeVisible();
  await expect(said).toHaveCount(0);
});

test("a pinned conversation is not the last one", async ({ chat, page }) => {
  const pinned = await conversation(chat, fresh("The pinned one"));
  await page.request.patch(`/api/conversations/${pinned}`, { data: { pinned: true } });
  const last = fresh("The last one");
  await conversation(chat, last);
  await chat.open();
  await expect(page.locator(".continue-card")).toContainText(last);
});

test("a hit far down in a long message is shown with its word, marked", async ({ chat, page, fake }) => {
  await chat.open();
  const word = `q${Math.random().toString(36).slice(2, 8).replace(/[^a-z]/g, "x")}`;
  const lines = Array.from({ length: 200 }, (_, n) => (n === 150 ? `The ${word.toUpperCase()}, at last` : `Line ${n}`));
  const { id, ids } = await said(page, fake, [lines.join("\n"), ...Array.from({ length: 4 }, (_, n) => `After it, ${n}`)]);
  await search(chat, word);
  await row(chat, id).getByRole("link").click();
  const marked = () =>
    page.evaluate(() => {
      const view = document.querySelector(".scroller")!.getBoundingClientRect();
      const found = (CSS as unknown as { highlights: Map<string, Set<Range>> }).highlights.get("found");
      return [...(found ?? [])].map((range) => {
        const { top, bottom } = range.getBoundingClientRect();
        return { text: range.toString(), seen: top > view.top && bottom < view.bottom };
      });
    });
  await expect.poll(marked).toEqual([{ text: word.toUpperCase(), seen: true }]);
  await expect(message(chat, ids[0])).toHaveAttribute("data-found", "");
  // with the words that were searched for the mark goes
  await chat.list();
  await chat.at("conversation-search").fill("qqqq nowhere");
  await expect.poll(marked).toEqual([]);
});

test("a hit in a version that is not shown, or in the title, opens the conversation at its end", async ({ chat, fake, page }) => {
  test.slow();
  const words = ["version", "title"].map((name) => `${name}${Math.random().toString(36).slice(2, 8).replace(/[^a-z]/g, "x")}`);
  const { id } = await said(page, fake, [...Array.from({ length: 18 }, (_, n) => `Line ${n}, of the song`), `Not this ${words[0]}`]);
  await page.request.patch(`/api/conversations/${id}`, { data: { title: `A song ${words[1]}` } });
  await chat.open(`/chat/${id}`);
  await chat.questions.last().hover();
  await chat.at("edit").click();
  await page.locator(".edit-field").fill("This instead");
  await chat.at("edit-save").click();
  await expect(chat.questions.last()).toContainText("This instead");
  await chat.finished();
  for (const word of words) {
    await chat.open();
    await search(chat, word);
    await row(chat, id).getByRole("link").click();
    await expect(chat.messages).toHaveCount(30);
    await expect(chat.questions.last()).toBeInViewport();
    await expect(page.locator("[data-found]")).toHaveCount(0);
    await expect(chat.messages).toHaveCount(30);
  }
});

test("a search without a network says so and goes on by itself", async ({ chat, context, allow }) => {
  allow(...NETWORK);
  const question = fresh("Offline search");
  const id = await conversation(chat, question);
  await chat.list();
  await context.setOffline(true);
  await chat.at("conversation-search").fill(question.split(" ").pop()!);
  await expect(chat.at("conversation-list").getByRole("alert")).toContainText("You are offline.");
  await context.setOffline(false);
  await expect(row(chat, id)).toBeVisible({ timeout: 15_000 });
});

test("an answer that finishes in the background: ring, then dot, in every tab until one reads it", async ({
  chat,
  context,
  fake,
  page,
}) => {
  const question = fresh("Behind");
  await fake.script(question, [{ hold: question }, { text: "Finished behind." }]);
  await conversation(chat, fresh("Before"));
  const other = await tab(context, "/chat");
  await other.list();
  await chat.open();
  await chat.send(question);
  const id = (await chat.address()).split("/").pop()!;
  await expect(row(other, id).locator(".spinner")).toBeVisible();
  await expect(row(other, id)).toHaveAttribute("data-unread", "false");
  await page.goto("/chat");
  await chat.live();
  await chat.list();
  await fake.release(question);
  for (const each of [chat, other]) {
    await expect(row(each, id)).toHaveAttribute("data-unread", "true");
    await expect(row(each, id).getByRole("img", { name: "new answer" })).toBeVisible();
    await expect(row(each, id).locator(".spinner")).toHaveCount(0);
  }
  await row(other, id).getByRole("link").click();
  await expect(other.lastBody).toHaveText("Finished behind.");
  await expect(row(chat, id)).toHaveAttribute("data-unread", "false");
  // who looks at it while it is written has no news, here or after a reload
  await fake.script("Once more", [{ text: "Seen at once." }]);
  await other.ask(fresh("Once more"));
  await expect(row(chat, id)).toHaveAttribute("data-unread", "false");
  await chat.reload();
  await chat.list();
  await expect(row(chat, id)).toHaveAttribute("data-unread", "false");
});

test("deleted in another tab: the open one says so, offers a new chat, and comes back with Undo", async ({
  chat,
  context,
  page,
}) => {
  const id = await conversation(chat, fresh("Shared"));
  const other = await tab(context, "/chat");
  await choose(other, id, "conversation-delete");
  await expect(page.getByRole("heading", { name: "This conversation was deleted." })).toBeVisible();
  await expect(chat.composer).toBeHidden();
  await other.at("undo").click();
  await expect(chat.lastAnswer).toHaveAttribute("data-state", "complete");
  await expect(chat.composer).toBeVisible();
  await chat.composer.fill("not sent yet");
  await choose(other, id, "conversation-delete");
  await page.locator("main").getByRole("link", { name: "New chat" }).click();
  await expect(page).toHaveURL(/\/chat$/);
  await expect(chat.at("coach-card").first()).toBeVisible();
  await expect(chat.composer).toHaveValue("not sent yet");
});

test("what was on its way into a conversation that is deleted is in the new chat, once", async ({ allow, chat, context, page }) => {
  allow(/status of 404/);
  const id = await conversation(chat, fresh("Shared"));
  const other = await tab(context, "/chat");
  let go = () => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  await page.route("**/fn/send", async (route) => {
    await held;
    await route.continue();
  });
  await chat.composer.fill("on its way");
  await chat.at("send").click();
  await chat.composer.fill("on its way and more");
  await choose(other, id, "conversation-delete");
  await page.locator("main").getByRole("link", { name: "New chat" }).click();
  await expect(chat.at("coach-card").first()).toBeVisible();
  const refused = page.waitForResponse((response) => response.status() === 404);
  go();
  await refused;
  await expect(chat.composer).toHaveValue("on its way and more");
  expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("squad.")))).toEqual(["squad.draft.new"]);
});

test("an answer that ends before the page can hear of it leaves no running mark", async ({ browser, fake, baseURL }) => {
  // for a newcomer the feed opens with the first message: each round is a race
  for (let round = 0; round < 4; round++) {
    const context = await browser.newContext({ baseURL, serviceWorkers: "block", viewport: { width: 1440, height: 900 } });
    const chat = new Chat(await context.newPage());
    const question = fresh("At once");
    await fake.script(question, [{ text: "Done." }]);
    await chat.open();
    await chat.ask(question);
    await expect(chat.at("conversation-list").locator(".spinner")).toHaveCount(0);
    await context.close();
  }
});
