import type { Locator } from "@playwright/test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Chat, type Fake, NETWORK, Squad, expect, fresh, settled, squadBin, tab, test } from "../fixtures";

/** What the provider was asked with this question. */
async function asked(fake: Fake, question: string) {
  await expect.poll(async () => (await fake.calls(question)).length).toBeGreaterThan(0);
  return (await fake.calls(question)).map((call) => call.body as { model: string; temperature?: number });
}

async function settings(chat: Chat) {
  await chat.menu();
  await chat.at("chat-settings").click();
  await expect(chat.at("model-select")).toBeVisible();
}
const model = (chat: Chat, name: string): Locator => chat.at("model-select").getByRole("radio", { name });
const close = async (chat: Chat) => {
  await chat.page.keyboard.press("Escape");
  await expect(chat.page.locator("dialog[open]")).toHaveCount(0);
};
async function about(chat: Chat) {
  await chat.menu();
  await chat.at("about-me").click();
  await expect(chat.at("about-name")).toBeVisible();
}

test("the settings of a new chat go with its first message, and are kept with it", async ({ chat, fake, context }) => {
  await chat.open();
  await settings(chat);
  await expect(model(chat, "Automatic")).toBeChecked();
  await expect(chat.at("model-select")).toContainText("The squad chooses: claude-haiku-5-5");
  await expect(model(chat, "claude-haiku-4-5")).toHaveAccessibleName(/\$1 \/ \$5 per million tokens, 200k context/);
  await expect(model(chat, "not-in-the-file")).toHaveAccessibleName(/price unknown/);
  // only where the model takes one
  await expect(chat.at("temperature")).toHaveCount(0);
  await model(chat, "claude-haiku-4-5").check();
  await expect(chat.at("temperature")).toHaveAttribute("aria-valuetext", "Automatic");
  await chat.at("temperature").fill("0.3");
  await expect(chat.at("temperature")).toHaveAttribute("aria-valuetext", "0.3");
  await close(chat);
  await settings(chat);
  await expect(model(chat, "claude-haiku-4-5")).toBeChecked();
  await expect(chat.at("temperature")).toHaveValue("0.3");
  await close(chat);
  const question = fresh("First with settings");
  await chat.ask(question);
  await chat.address();
  expect(await asked(fake, question)).toMatchObject([{ model: "claude-haiku-4-5", temperature: 0.3 }]);
  const facts = chat.lastAnswer.getByTestId("message-facts");
  await expect(facts).toContainText("claude-haiku-4-5");
  await expect(facts).toContainText("temperature 0.3");

  await chat.reload();
  await expect(facts).toContainText("temperature 0.3");
  await settings(chat);
  await expect(model(chat, "claude-haiku-4-5")).toBeChecked();
  await expect(chat.at("temperature")).toHaveValue("0.3");
  await chat.at("temperature-automatic").click();
  await expect(chat.at("temperature")).toHaveAttribute("aria-valuetext", "Automatic");
  await close(chat);
  const again = fresh("Without a temperature");
  await chat.ask(again);
  const [call] = await asked(fake, again);
  expect(call.model).toBe("claude-haiku-4-5");
  expect(call.temperature).toBeUndefined();
  await expect(facts).toContainText("claude-haiku-4-5");
  await expect(facts).not.toContainText("temperature");

  // another tab sees the change, and a new chat is the squad's own choice again
  const other = await tab(context, await chat.address());
  await settings(chat);
  await model(chat, "claude-sonnet-5-5").check();
  await expect(chat.at("temperature")).toHaveCount(0);
  await settings(other);
  await expect(model(other, "claude-sonnet-5-5")).toBeChecked();
  await other.open();
  await settings(other);
  await expect(model(other, "Automatic")).toBeChecked();
});

test("Back closes the settings of the conversation that is left", async ({ chat, page }) => {
  await chat.open();
  const [first, second] = [fresh("First"), fresh("Second")];
  await chat.ask(first);
  await chat.list();
  await chat.at("new-chat").click();
  await expect(chat.at("coach-card").first()).toBeVisible();
  await chat.ask(second);
  await chat.address();
  await settings(chat);
  await page.goBack();
  await expect(chat.at("settings-sheet")).toHaveCount(0);
  await expect(chat.questions).toContainText(first);
});

test("settings by keyboard, provider and all", async ({ chat, page, fake, isMobile }) => {
  test.skip(isMobile, "a keyboard");
  await chat.open();
  await chat.at("menu").focus();
  await page.keyboard.press("Enter");
  await expect(chat.at("theme-toggle")).toBeFocused();
  for (let presses = 0; presses < 2; presses++) await page.keyboard.press("ArrowDown");
  await expect(chat.at("chat-settings")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Settings of this chat" })).toBeVisible();
  await expect(chat.at("provider-select")).toHaveValue("");
  await chat.at("provider-select").focus();
  await page.keyboard.press("Tab");
  await expect(model(chat, "Automatic")).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(model(chat, "not-in-the-file")).toBeChecked();
  await page.keyboard.press("ArrowUp");
  await expect(chat.at("temperature")).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(chat.at("temperature")).toBeFocused();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await expect(chat.at("temperature")).toHaveAttribute("aria-valuetext", "0.05");
  await chat.at("provider-select").selectOption("anthropic");
  await expect(model(chat, "Automatic")).toBeChecked();
  await page.keyboard.press("Escape");
  await expect(chat.at("menu")).toBeFocused();
  const question = fresh("By keyboard");
  await chat.ask(question);
  expect((await asked(fake, question))[0].model).toBe("claude-haiku-5-5");
});

test("a choice that is refused is taken back, with why", async ({ chat, page, allow }) => {
  allow(/Failed to load resource/);
  await chat.open();
  await chat.ask(fresh("To refuse"));
  await settings(chat);
  await page.route("**/fn/change", (route) => route.fulfill({ status: 500, body: "no" }));
  await model(chat, "claude-opus-5-5").click();
  await expect(chat.at("settings-problem")).toContainText("Not changed.");
  await expect(model(chat, "Automatic")).toBeChecked();
  await page.unroute("**/fn/change");
  const saved = page.waitForResponse("**/fn/change");
  await model(chat, "claude-opus-5-5").check();
  await expect(chat.at("settings-problem")).toHaveCount(0);
  await saved;
  await chat.reload();
  await settings(chat);
  await expect(model(chat, "claude-opus-5-5")).toBeChecked();
});

test("without a network the sheets say so and go on by themselves", async ({ chat, context, allow }) => {
  allow(...NETWORK);
  await chat.open();
  await chat.ask(fresh("Before the tunnel"));
  await chat.menu();
  await context.setOffline(true);
  await chat.at("chat-settings").click();
  await expect(chat.at("settings-sheet").getByRole("alert")).toContainText("You are offline.");
  await chat.at("sheet-retry").click();
  await expect(chat.at("sheet-retry")).toBeVisible();
  await context.setOffline(false);
  await expect(chat.at("model-select")).toBeVisible({ timeout: 20_000 });
});

test("what the squad knows: saved, greeted by, told to the coach", async ({ chat, page, fake }) => {
  await chat.open();
  await expect(page.locator(".foot-name")).toHaveText("You");
  await about(chat);
  await expect(chat.at("about-sheet")).toContainText("nothing is guessed");
  await chat.at("about-name").fill("Nina Sauvage");
  await chat.at("about-style").fill("dream pop");
  await chat.at("about-spotify").fill("open.spotify.com/artist/4x?si=abc");
  await chat.at("about-release-date").fill("2027-03-06");
  await chat.at("about-identity").check();
  await chat.at("about-save").click();
  await expect(chat.at("about-saved")).toHaveText("Saved");
  await expect(chat.at("about-spotify")).toHaveValue("https://open.spotify.com/artist/4x");
  await close(chat);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Hi Nina Sauvage. Talk to us.");
  await expect(page.locator(".foot-name")).toHaveText("Nina Sauvage");
  const question = fresh("Who am I");
  await chat.ask(question);
  const prompt = JSON.stringify((await asked(fake, question))[0]);
  for (const fact of ["name: Nina Sauvage", "style: dream pop", "release date: 2027-03-06", "artistic identity: defined"])
    expect(prompt).toContain(fact);
  expect(prompt).not.toContain("fan base: started");
  await chat.reload();
  await chat.list();
  await chat.at("about-open").click();
  await expect(chat.at("about-name")).toHaveValue("Nina Sauvage");
  await expect(chat.at("about-release-date")).toHaveValue("2027-03-06");
  await expect(chat.at("about-identity")).toBeChecked();
  await expect(chat.at("about-fans")).not.toBeChecked();
  await chat.at("about-name").fill("");
  await chat.at("about-save").click();
  await expect(chat.at("about-saved")).toBeVisible();
  await close(chat);
  await expect(page.locator(".foot-name")).toHaveText("You");
});

test("what is wrong stands beside its field, and nothing typed is lost", async ({ chat, context, allow }) => {
  allow(...NETWORK);
  await chat.open();
  await about(chat);
  await chat.at("about-name").fill("Nina");
  await chat.at("about-spotify").fill("https://example.com/nina");
  await chat.at("about-spotify").press("Enter");
  await expect(chat.at("about-spotify")).toHaveAccessibleDescription(/Not a Spotify link/);
  await expect(chat.at("about-spotify")).toHaveAttribute("aria-invalid", "true");
  await expect(chat.at("about-spotify")).toBeFocused();
  await expect(chat.at("about-name")).toHaveValue("Nina");
  await chat.at("about-spotify").fill("https://open.spotify.com/artist/4x");
  await expect(chat.at("about-spotify")).toHaveAttribute("aria-invalid", "false");
  await context.setOffline(true);
  await chat.at("about-save").click();
  await expect(chat.at("about-problem")).toContainText("Not saved. You are offline.");
  await expect(chat.at("about-spotify")).toHaveValue("https://open.spotify.com/artist/4x");
  // saved by itself
  await context.setOffline(false);
  await expect(chat.at("about-saved")).toBeVisible();
  // but not in the midst of a word
  await context.setOffline(true);
  await chat.at("about-save").click();
  await expect(chat.at("about-problem")).toBeVisible();
  await expect(chat.at("presence")).toHaveAttribute("data-state", "offline");
  await chat.at("about-name").pressSequentially(" S");
  await expect(chat.at("about-unsaved")).toHaveText("Not saved yet");
  await context.setOffline(false);
  await expect(chat.at("presence")).toHaveAttribute("data-state", "online");
  await expect(chat.at("about-unsaved")).toBeVisible();
  await chat.at("about-save").click();
  await expect(chat.at("about-saved")).toBeVisible();
});

test("words about oneself that were not saved are there again", async ({ chat, page }) => {
  await chat.open();
  await about(chat);
  await chat.at("about-name").fill("Half a name");
  await close(chat);
  await about(chat);
  await expect(chat.at("about-name")).toHaveValue("Half a name");
  await expect(chat.at("about-unsaved")).toHaveText("Not saved yet");
  await chat.at("about-save").click();
  await expect(chat.at("about-saved")).toBeVisible();
  await expect(chat.at("about-unsaved")).toHaveCount(0);
  await close(chat);
  await about(chat);
  await expect(chat.at("about-unsaved")).toHaveCount(0);
  await expect(page.locator(".foot-name")).toHaveText("Half a name");
});

test("a coach's link opens the sheet filled in, and keeps nothing by itself", async ({ chat, page, fake, context }) => {
  const question = fresh("I am Néo");
  const link = "/chat#about?artist_name=N%C3%A9o%20%26%20co&music_style=dream+pop&identity_defined=true&spotify_url=";
  await fake.script(question, [{ text: `Nice to meet you.\n\n[Keep this](${link})` }]);
  await chat.open();
  await chat.ask(question);
  const address = await chat.address();
  await chat.lastBody.getByRole("link", { name: "Keep this" }).click();
  await expect(chat.at("about-name")).toHaveValue("Néo & co");
  await expect(chat.at("about-style")).toHaveValue("dream pop");
  await expect(chat.at("about-identity")).toBeChecked();
  await expect(chat.at("about-fans")).not.toBeChecked();
  await expect(chat.at("about-unsaved")).toBeVisible();
  expect(page.url()).toContain(address);
  // in a tab of its own it is the same, once, and nothing was kept so far
  const other = await tab(context, link);
  await expect(other.at("about-name")).toHaveValue("Néo & co");
  await other.reload();
  await expect(other.composer).toBeVisible();
  await expect(other.at("about-name")).toHaveCount(0);
  await about(other);
  await expect(other.at("about-name")).toHaveValue("");
  await chat.at("about-save").click();
  await expect(chat.at("about-saved")).toBeVisible();
  await close(chat);
  await expect(page.locator(".foot-name")).toHaveText("Néo & co");
});

test("everything can be taken along", async ({ chat, page }) => {
  const question = fresh("All of it");
  await chat.open();
  await chat.ask(question);
  await about(chat);
  await chat.at("about-name").fill("Nina");
  await chat.at("about-save").click();
  await expect(chat.at("about-saved")).toBeVisible();
  const download = page.waitForEvent("download");
  await chat.at("export-all").click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/\.json$/);
  const { readFileSync } = await import("node:fs");
  const told = JSON.parse(readFileSync(await file.path(), "utf8"));
  expect(told.profile.artist_name).toBe("Nina");
  expect(JSON.stringify(told)).toContain(question);
});

test("everything can be erased, after a second thought", async ({ chat, page, context, allow }) => {
  // the other tab asks for its list, and is nobody any more
  allow(/Failed to load resource.*\/fn\/conversations/);
  await chat.open();
  await chat.ask(fresh("To forget"));
  const address = await chat.address();
  await chat.composer.fill("a draft");
  const cookie = async () => (await context.cookies()).find((one) => one.name === "squad_session")?.value;
  const session = await cookie();
  expect(session).toBeTruthy();
  const other = await tab(context, address);
  await about(chat);
  await chat.at("about-name").fill("Typed and not saved");
  await chat.at("erase-all").click();
  await expect(chat.at("erase-word")).toBeFocused();
  await expect(page.getByRole("dialog", { name: "Erase everything?" })).toContainText("There is no way back.");
  await chat.at("erase-back").click();
  await expect(chat.at("about-name")).toHaveValue("Typed and not saved");
  await chat.at("erase-all").click();
  await chat.at("erase-word").fill("yes");
  await chat.at("erase-confirm").click();
  await expect(chat.at("erase-word")).toHaveAccessibleDescription(/not the word/);
  await chat.at("erase-word").fill("Erase");
  await chat.at("erase-confirm").click();
  await page.waitForURL((url) => url.pathname === "/");
  await expect(page.getByRole("status")).toHaveText("Everything of yours is deleted. Nothing is left here.");
  // the other tab shows nothing of it any more
  await other.page.waitForURL((url) => url.pathname === "/");
  expect(await cookie()).toBeUndefined();
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
  expect((await page.request.get(address)).status()).toBe(404);
  // the former session opens nothing either
  await context.addCookies([{ name: "squad_session", value: session!, url: page.url() }]);
  expect((await page.request.get(address)).status()).toBe(404);
  await chat.open();
  await expect(chat.at("conversation")).toHaveCount(0);
  await expect(chat.composer).toHaveValue("");
});

test("a sheet goes down with the finger", async ({ chat, page, isMobile }) => {
  test.skip(!isMobile, "a sheet is a dialog in the middle there");
  await chat.open();
  const drag = async (by: number) => {
    const { x, y, width } = (await page.locator("#chat-menu .sheet-handle").boundingBox())!;
    await page.mouse.move(x + width / 2, y + 8);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y + 8 + by / 2);
    await page.mouse.move(x + width / 2, y + 8 + by);
  };
  await chat.menu();
  await settled(page);
  const stands = (await chat.at("theme-toggle").boundingBox())!.y;
  await drag(50);
  await expect.poll(async () => (await chat.at("theme-toggle").boundingBox())!.y).toBeCloseTo(stands + 50, 0);
  // let go too early it goes back
  await page.mouse.up();
  await expect.poll(async () => (await chat.at("theme-toggle").boundingBox())!.y).toBeCloseTo(stands, 0);
  await drag(160);
  await page.mouse.up();
  await expect(chat.at("theme-toggle")).toBeHidden();
});

test("a tap beside a sheet closes it and presses nothing behind it", async ({ chat, page, isMobile }) => {
  test.skip(!isMobile, "nothing is dimmed there");
  await chat.open();
  const { width, height } = page.viewportSize()!;
  const [menu, list] = [page.locator("#chat-menu"), page.locator("#sidebar")];
  for (const [open, sheet, [x, y]] of [
    [() => chat.menu(), menu, [width / 2, 100]],
    [() => chat.list(), list, [width - 20, height / 2]],
    // the button that has opened it stands behind it, too
    [() => chat.menu(), menu, [width - 24, 28]],
  ] as const) {
    // what would be pressed
    await page.evaluate(() => {
      const all = Object.assign(document.createElement("button"), { textContent: "x", onclick: () => (document.title = "pressed") });
      all.style.cssText = "position:fixed;inset:3.5rem 0 0;opacity:.01";
      document.body.append(all);
    });
    await open();
    await expect(sheet).toBeInViewport();
    await page.touchscreen.tap(x, y);
    await expect(sheet).not.toBeInViewport();
    await expect(page).not.toHaveTitle("pressed");
    await page.evaluate(() => document.querySelector("body > button")?.remove());
  }
  await expect(chat.messages).toHaveCount(0);
});

test("the list of conversations goes left with the finger", async ({ chat, page, isMobile }) => {
  test.skip(!isMobile, "it is a column there");
  await chat.open();
  await chat.list();
  const list = page.locator("#sidebar");
  await settled(page);
  const drag = async (by: number) => {
    await page.mouse.move(250, 500);
    await page.mouse.down();
    await page.mouse.move(250 - by / 2, 500);
    await page.mouse.move(250 - by, 500);
  };
  await drag(60);
  await expect.poll(async () => (await list.boundingBox())!.x).toBeCloseTo(-48, 0);
  await page.mouse.up();
  await expect.poll(async () => (await list.boundingBox())!.x).toBe(0);
  await drag(160);
  await page.mouse.up();
  await expect(list).not.toBeInViewport();
});

test("a sheet whose code is on its way says so, and does not open when it cannot come", async ({ chat, page, allow }) => {
  allow(...NETWORK, /Failed to fetch/);
  await page.route("**/split_extras*", (route) => route.abort());
  await chat.open();
  await chat.menu();
  await chat.at("about-me").click();
  await expect(page.getByRole("status").filter({ hasText: "Loading" })).toBeVisible();
  await expect(page.getByRole("alert").filter({ hasText: "The squad cannot be reached right now." })).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "Loading" })).toHaveCount(0);
  await page.unrouteAll();
  await expect(page.getByRole("alert").filter({ hasText: "The squad cannot be reached right now." })).toHaveCount(0);
  await expect(page.locator("dialog[open]")).toHaveCount(0);
  await about(chat);
});

test("what was pressed before the page was live opens once it is, unless something else was done since", async ({ chat, page }) => {
  const gate = async () => {
    const come = await chat.codeWaits();
    await page.goto("/chat", { waitUntil: "commit" });
    await chat.at("menu").click();
    await chat.at("about-me").click();
    await expect(chat.at("about-me")).toHaveAttribute("aria-busy", "true");
    return async () => {
      come();
      await chat.live();
      await page.unrouteAll();
    };
  };
  const live = await gate();
  await live();
  await expect(page.locator("dialog[open]")).toHaveCount(1);
  const again = await gate();
  await chat.composer.fill("Something else");
  await expect(chat.at("about-me")).not.toHaveAttribute("aria-busy");
  await again();
  await page.waitForTimeout(1_000);
  await expect(page.locator("dialog[open]")).toHaveCount(0);
  await expect(chat.composer).toHaveValue("Something else");
});

test("Enter in the search before the page is live waits for it", async ({ chat, page }) => {
  const question = fresh("Xylophone");
  await chat.open();
  await chat.ask(question);
  const come = await chat.codeWaits();
  await page.goto("/chat", { waitUntil: "commit" });
  await page.evaluate(() => Object.assign(window, { stays: true }));
  await chat.list();
  await chat.at("conversation-search").fill("xylophone");
  await chat.at("conversation-search").press("Enter");
  come();
  await chat.live();
  expect(await page.evaluate(() => "stays" in window)).toBe(true);
  await expect(chat.at("conversation-search")).toHaveValue("xylophone");
  await expect(chat.at("conversation-list").locator("mark").first()).toContainText(/xylophone/i);
});

test("what a press could not do, because its code did not come, is not done later", async ({ chat, page, allow }) => {
  allow(...NETWORK, /Failed to fetch/);
  await chat.open();
  await chat.ask(fresh("Stays after all"));
  await page.route("**/split_extras*", (route) => route.abort());
  await chat.reload();
  const away = page.getByRole("alert").filter({ hasText: "The squad cannot be reached right now." });
  for (const _ of [1, 2]) {
    await chat.menu();
    await chat.at("delete-this").click();
    // it is asked for again and again
    await page.waitForEvent("requestfailed", (request) => request.url().includes("split_extras"));
    await expect(away).toBeVisible();
  }
  await page.unrouteAll();
  await expect(away).toHaveCount(0);
  await about(chat);
  await expect(chat.at("undo")).toHaveCount(0);
  await expect(chat.questions.last()).toContainText("Stays after all");
});

test("Esc leaves a sheet whose code is on its way, and the answer goes on", async ({ chat, page, fake, isMobile, allow }) => {
  test.skip(isMobile, "a phone has no Esc");
  allow(...NETWORK, /Failed to fetch/);
  const question = fresh("Goes on");
  await fake.script(question, [{ text: "Half" }, { hold: question }, { text: " and whole." }]);
  await chat.open();
  await chat.ask(fresh("First"));
  let come!: () => void;
  const code = new Promise<void>((resolve) => (come = resolve));
  await page.route("**/split_extras*", async (route) => {
    await code;
    await route.continue();
  });
  await chat.reload();
  await chat.send(question);
  await expect(chat.lastBody).toHaveText("Half");
  await page.keyboard.press("Control+k");
  const loading = page.getByRole("status").filter({ hasText: "Loading" });
  await expect(loading).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(loading).toHaveCount(0);
  come();
  await fake.release(question);
  await chat.finished();
  await expect(chat.lastBody).toHaveText("Half and whole.");
  await expect(page.locator("dialog[open]")).toHaveCount(0);
});

test("on a phone a tap on the facts shows all of them", async ({ chat, isMobile }) => {
  test.skip(!isMobile, "a desktop shows them");
  await chat.open();
  await chat.ask(fresh("What did it cost?"));
  const facts = chat.lastAnswer.getByTestId("message-facts");
  const model = facts.getByText("claude-haiku-5-5");
  await expect(model).toBeHidden();
  // its button stays under the finger
  const place = () => facts.getByRole("button").boundingBox();
  const before = await place();
  await facts.tap();
  await expect(model).toBeVisible();
  await expect.poll(place).toEqual(before);
  await facts.tap();
  await expect(model).toBeHidden();
  // the button of the facts takes nothing from those above it, open or not
  const above = () =>
    chat.lastAnswer.locator(".actions button").evaluateAll((buttons) =>
      buttons.every((button) => {
        const { left, bottom, width } = button.getBoundingClientRect();
        return button.contains(document.elementFromPoint(left + width / 2, bottom - 2));
      }),
    );
  expect(await above()).toBe(true);
  await facts.tap();
  await expect(model).toBeVisible();
  expect(await above()).toBe(true);
});

test("the demo squad says what it is, at any size, and its settings can be chosen", async ({ page, isMobile }) => {
  const data = mkdtempSync(join(tmpdir(), "squad-demo-"));
  chmodSync(data, 0o755);
  const squad = new Squad(squadBin(), [], { SQUAD_ADDR: "127.0.0.1:0", SQUAD_DATA_DIR: data, ANTHROPIC_API_KEY: "", OPENAI_API_KEY: "" });
  await squad.start();
  try {
    const chat = new Chat(page);
    await page.goto(`${squad.url}/chat`);
    await chat.live();
    await expect(chat.at("demo-banner")).toContainText("Demo");
    await chat.ask("How do I begin?");
    await chat.menu();
    await chat.at("chat-settings").click();
    await expect(chat.at("provider-select").locator("option")).toHaveText(["Automatic (demo squad)", "demo squad"]);
    await chat.at("provider-select").selectOption("demo");
    await chat.at("model-select").getByText("demo squad", { exact: true }).click();
    await expect(chat.at("model-select").getByRole("radio", { name: "demo squad" }).nth(1)).toBeChecked();
    await expect(chat.at("temperature")).toHaveCount(0);
    await expect(page.getByText("ANTHROPIC_API_KEY").last()).toBeVisible();
    await page.keyboard.press("Escape");
    if (isMobile) return;
    // four times as large on a small screen
    await page.setViewportSize({ width: 320, height: 256 });
    await expect(chat.at("demo-banner")).toBeVisible();
  } finally {
    await page.goto("about:blank");
    await squad.end("SIGTERM");
    rmSync(data, { recursive: true, force: true });
  }
});
