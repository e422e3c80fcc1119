import { faults } from "../axe";
import { expect, fresh, NETWORK, test } from "../fixtures";
import { states } from "../states";

for (const state of states) {
  test(`nothing stands in the way: ${state.name}`, async ({ chat, page, context, fake, allow, isMobile }) => {
    test.slow();
    allow(/404/, /400/, ...NETWORK);
    const back = await state.reach({ chat, page, context, fake, phone: isMobile });
    expect(await faults(page), "dark").toEqual([]);
    await page.evaluate(() => document.documentElement.setAttribute("data-theme", "light"));
    expect(await faults(page), "light").toEqual([]);
    // nothing to the side of the window
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await back?.();
  });
}

test("at 400 % everything is reached by scrolling one way", async ({ chat, page, fake, isMobile }) => {
  test.skip(isMobile, "a desktop window, enlarged");
  await page.setViewportSize({ width: 320, height: 256 });
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  await chat.open("/");
  expect(await wide()).toBe(false);
  const question = fresh("Small window");
  await fake.script(question, [{ text: "Word ".repeat(300) }]);
  await chat.open();
  expect(await wide()).toBe(false);
  await chat.at("coach-card").last().scrollIntoViewIfNeeded();
  await chat.ask(question);
  expect(await wide()).toBe(false);
  // there is room to read, and the field can be written in
  const height = (await page.locator(".scroller").boundingBox())!.height;
  expect(height).toBeGreaterThan(60);
  await expect(chat.composer).toBeInViewport();
  for (const [opens, shown] of [["menu", "theme-toggle"], ["current-coach", "coach-option"], ["sidebar-toggle", "new-chat"]]) {
    await chat.at(opens).click();
    await chat.at(shown).last().scrollIntoViewIfNeeded();
    await expect(chat.at(shown).last()).toBeInViewport();
    await page.keyboard.press("Escape");
  }
});

test("a larger text size of the browser's own is a larger page", async ({ chat, page }) => {
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setFontSizes", { fontSizes: { standard: 24, fixed: 20 } });
  await chat.open("/");
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(await wide()).toBe(false);
  await chat.open();
  expect(await wide()).toBe(false);
  await chat.ask(fresh("Larger"));
  expect(await wide()).toBe(false);
  for (const part of [chat.composer, chat.lastBody]) expect(await part.evaluate((one) => getComputedStyle(one).fontSize)).toBe("24px");
  // what words stand in grows with them, and a window that has become narrow for them has the layout of one
  expect((await chat.at("menu").boundingBox())!.height).toBeCloseTo(66, 0);
  await expect(chat.at("sidebar-toggle")).toBeVisible();
});

test("forced colours keep what only a colour said", async ({ chat, page }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await chat.open();
  await chat.ask(fresh("Forced"));
  const edged = (selector: string) =>
    page.locator(selector).first().evaluate((one) => {
      const style = getComputedStyle(one);
      return parseFloat(style.borderTopWidth) > 0 || parseFloat(style.outlineWidth) > 0;
    });
  for (const selector of [".bubble", ".composer", "[data-testid=send]"]) expect(await edged(selector), selector).toBe(true);
  await chat.at("feedback-up").click();
  await chat.at("edit").last().click();
  for (const selector of [".comment-field", ".edit-box"]) expect(await edged(selector), selector).toBe(true);
  // a list has its marks
  const [mark, paper] = await chat.lastAnswer.getByTestId("message-body").evaluate((body) => {
    body.innerHTML = "<div><ul><li>One</li></ul></div><p style='background: Canvas'></p>";
    const look = (selector: string, part?: string) => getComputedStyle(body.querySelector(selector)!, part).backgroundColor;
    return [look("li", "::before"), look("p")];
  });
  expect(mark).not.toBe(paper);
  // nothing shows through the list
  expect(await page.locator(".sidebar").evaluate((one) => getComputedStyle(one).backgroundColor)).not.toMatch(/, 0\)$/);
  const look = (id: string) => chat.at(id).evaluate((one) => getComputedStyle(one).backgroundColor + getComputedStyle(one).outlineStyle + getComputedStyle(one).borderTopStyle);
  expect(await look("feedback-up")).not.toBe(await look("feedback-down"));
});

test("with the keyboard alone: ask, go round, change, leave", async ({ chat, page, isMobile }) => {
  test.skip(isMobile, "there is a keyboard on the desktop");
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-testid") ?? document.activeElement?.className);
  const ring = () =>
    page.evaluate(() => {
      const one = document.activeElement!;
      // a field may show its ring around its box
      const box = one.closest(".composer-box, .search") ?? one;
      return [one, box].some((it) => parseFloat(getComputedStyle(it).outlineWidth) > 0 && getComputedStyle(it).outlineStyle !== "none") || getComputedStyle(box).boxShadow !== "none";
    });
  await chat.open();
  expect(await focused()).toBe("composer");
  // the first thing of the page leads past everything else
  await page.locator(".skip").focus();
  await expect(page.locator(".skip")).toBeInViewport();
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("conversation");
  // everything that takes the focus shows it
  for (let step = 0; step < 12; step++) {
    await page.keyboard.press("Tab");
    // past the last one the focus is the browser's own
    if (await page.evaluate(() => document.activeElement === document.body)) continue;
    expect(await ring(), `${await focused()} shows its focus`).toBe(true);
  }
  await chat.composer.focus();
  await page.keyboard.type(fresh("By keys"));
  await page.keyboard.press("Enter");
  await chat.finished();
  expect(await focused()).toBe("composer");
  // to the answer's buttons and back
  await page.keyboard.press("Shift+Tab");
  for (let step = 0; step < 12 && (await focused()) !== "regenerate"; step++) await page.keyboard.press("Shift+Tab");
  expect(await focused()).toBe("regenerate");
  await page.keyboard.press("Enter");
  await expect(chat.at("branch-position")).toHaveText("2/2");
  await chat.finished();
  // the picker and the menu give the focus back
  await chat.at("current-coach").focus();
  await page.keyboard.press("Enter");
  await expect(chat.at("coach-option").first()).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(chat.at("coach-option").first()).toBeHidden();
  await chat.at("menu").focus();
  await page.keyboard.press("Enter");
  await expect(chat.at("theme-toggle")).toBeVisible();
  await page.keyboard.press("Escape");
  expect(await focused()).toBe("menu");
  // the list of keys opens, keeps the focus and gives it back
  await page.keyboard.press("?");
  await expect(page.locator("dialog[open]")).toBeVisible();
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => !!document.activeElement?.closest("dialog[open]") || document.activeElement === document.body)).toBe(true);
  await page.keyboard.press("Escape");
  await expect(page.locator("dialog[open]")).toHaveCount(0);
  expect(await focused()).toBe("menu");
});

test("a screen reader goes through it in order", async ({ chat, page, fake }) => {
  const question = fresh("In order");
  await fake.script(question, [{ text: "First **this**.\n\n- then that" }]);
  await chat.open();
  await chat.ask(question);
  const main = await page.locator("main").ariaSnapshot();
  const places = [question, "First", "then that", "textbox"].map((words) => main.indexOf(words));
  expect(places.every((place) => place >= 0), main).toBe(true);
  expect([...places].sort((a, b) => a - b)).toEqual(places);
  const headings = await page.locator("main").getByRole("heading").evaluateAll((all) => all.map((one) => one.tagName));
  expect(headings.slice(0, 3)).toEqual(["H1", "H2", "H2"]);
  // every button says what it does
  const nameless = await page.getByRole("button").evaluateAll((all) => all.filter((one) => !(one.getAttribute("aria-label") ?? one.textContent)?.trim()).map((one) => one.outerHTML));
  expect(nameless).toEqual([]);
  await expect(page.getByRole("log")).toHaveAttribute("aria-live", "off");
  await expect(page.locator("main [role=status][aria-live=polite]")).toContainText("First this");
});

test("on a phone held sideways all of the menu is in sight", async ({ chat, page, isMobile }) => {
  test.skip(!isMobile, "there it is a small window");
  await page.setViewportSize({ width: 844, height: 390 });
  await chat.open();
  await chat.ask(fresh("Sideways"));
  await chat.menu();
  const entries = page.locator("#chat-menu .menu-entry");
  await expect(entries).toHaveCount(9);
  for (const entry of await entries.all()) await expect(entry).toBeInViewport({ ratio: 1 });
});
