import type { BrowserContext, Page } from "@playwright/test";
import { Chat, expect, fresh, type Fake } from "./fixtures";

/**
 * Every state of the page a visitor can see, and the way there: `accessibility.spec.ts` checks each, `make screenshots`
 * takes a picture of each. A state that leaves something to clean up returns it.
 */
export type Scene = { chat: Chat; page: Page; context: BrowserContext; fake: Fake; phone: boolean };
type State = { name: string; reach: (scene: Scene) => Promise<void | (() => Promise<unknown>)> };

const PLAN = `At 406 followers reach is not your problem, the **second visit** is.

## Your first seven days

| Day | Post | What it is for |
| --- | --- | --- |
| **Mon** | 15 s of the chorus, face to camera | Discovery |
| **Wed** | The line you nearly cut, and why | Connection |
| **Fri** | A question in stories, answered by voice | Intimacy |

- Same hour, same frame: let them recognise you with the sound off.
- Answer every comment of the first hour.
- [x] choose the chorus
- [ ] film it

\`\`\`caption
hook  I almost deleted this line.
\`\`\`

> One song a month is enough.

Which of the three days scares you *most*? We start [there](https://example.org).`;

const QUESTION = "I post on Instagram every day and nobody stays.";

async function thread({ chat, fake }: Scene) {
  await fake.script(QUESTION, [{ text: PLAN }]);
  await chat.open();
  await chat.ask(QUESTION);
}

async function several(scene: Scene) {
  for (const question of ["What should a playlist ad cost?", "My hands shake before the concert", "When do I announce the single?"]) {
    await scene.chat.open();
    await scene.chat.ask(question);
  }
}

async function rowMenu({ chat }: Scene) {
  await chat.list();
  const row = chat.at("conversation-list").getByTestId("conversation").first();
  await row.hover();
  await row.getByTestId("conversation-menu").click();
  await expect(chat.at("conversation-rename")).toBeVisible();
}

export const states: State[] = [
  { name: "landing", reach: async ({ chat }) => chat.open("/") },
  {
    name: "not found",
    reach: async ({ page }) => {
      await page.goto("/nowhere");
    },
  },
  { name: "conversation not found", reach: async ({ chat }) => chat.open("/chat/nonsense") },
  { name: "empty", reach: async ({ chat }) => chat.open() },
  {
    name: "empty for who comes back",
    reach: async (scene) => {
      await several(scene);
      await scene.chat.open();
    },
  },
  { name: "conversation", reach: thread },
  {
    name: "thinking",
    reach: async ({ chat, fake }) => {
      const question = fresh("What should I post");
      await fake.script(question, [{ hold: question }, { text: "This." }]);
      await chat.open();
      await chat.send(question);
      await expect(chat.at("typing")).toBeVisible();
      return () => fake.release(question);
    },
  },
  {
    name: "streaming, one waits",
    reach: async ({ chat, fake }) => {
      const question = fresh("Plan my week");
      await fake.script(question, [{ text: PLAN.slice(0, 420) }, { hold: question }, { text: PLAN.slice(420) }]);
      await chat.open();
      await chat.send(question);
      await expect(chat.lastBody).toContainText("Discovery");
      await chat.send("And after that?");
      await expect(chat.questions.last()).toHaveAttribute("data-state", "queued");
      return () => fake.release(question);
    },
  },
  {
    name: "failed",
    reach: async ({ chat, fake }) => {
      const question = fresh("Is my bio any good");
      await fake.script(question, [{ status: 400, body: { type: "error", error: { type: "invalid_request_error", message: "no" } } }]);
      await chat.open();
      await chat.send(question);
      await expect(chat.at("error-card")).toBeVisible();
    },
  },
  {
    name: "stopped",
    reach: async ({ chat, fake }) => {
      const question = fresh("Tell me everything");
      await fake.script(question, [{ text: PLAN.slice(0, 300) }, { hold: question }]);
      await chat.open();
      await chat.send(question);
      await expect(chat.lastBody).toContainText("followers");
      await chat.at("stop").click();
      await chat.finished("stopped");
    },
  },
  {
    name: "hand-over",
    reach: async ({ chat }) => {
      await chat.open();
      await chat.ask("Hello, who are you?");
      await chat.ask("How do I grow on TikTok and Instagram with my reels?");
      await expect(chat.at("handoff")).toBeVisible();
    },
  },
  {
    name: "versions and feedback",
    reach: async (scene) => {
      await thread(scene);
      await scene.chat.at("regenerate").last().click();
      await expect(scene.chat.at("branch-position").last()).toHaveText("2/2");
      await scene.chat.finished();
      await scene.chat.at("feedback-up").last().click();
      await expect(scene.chat.at("feedback-comment")).toBeVisible();
    },
  },
  {
    name: "edit",
    reach: async (scene) => {
      await thread(scene);
      await scene.chat.questions.last().hover();
      await scene.chat.at("edit").last().click();
      await expect(scene.chat.at("edit-save")).toBeVisible();
    },
  },
  {
    name: "menu",
    reach: async (scene) => {
      await thread(scene);
      await scene.chat.menu();
    },
  },
  {
    name: "coach picker",
    reach: async (scene) => {
      await thread(scene);
      await scene.chat.at("current-coach").click();
      await expect(scene.chat.at("coach-option").first()).toBeVisible();
    },
  },
  {
    name: "conversations",
    reach: async (scene) => {
      await several(scene);
      await scene.chat.list();
    },
  },
  {
    name: "row menu",
    reach: async (scene) => {
      await several(scene);
      await rowMenu(scene);
    },
  },
  {
    name: "rename",
    reach: async (scene) => {
      await several(scene);
      await rowMenu(scene);
      await scene.chat.at("conversation-rename").click();
      await expect(scene.page.locator(".rename-field")).toBeVisible();
    },
  },
  {
    name: "deleted",
    reach: async (scene) => {
      await several(scene);
      await rowMenu(scene);
      await scene.chat.at("conversation-delete").click();
      await expect(scene.chat.at("undo")).toBeVisible();
    },
  },
  {
    name: "search",
    reach: async (scene) => {
      await several(scene);
      await scene.chat.list();
      await scene.chat.at("conversation-search").fill("concert");
      await expect(scene.page.locator("mark").first()).toBeVisible();
    },
  },
  {
    name: "search without a hit",
    reach: async (scene) => {
      await several(scene);
      await scene.chat.list();
      await scene.chat.at("conversation-search").fill("zebra");
      await expect(scene.page.locator(".sidebar-none")).toBeVisible();
    },
  },
  {
    name: "offline",
    reach: async (scene) => {
      await thread(scene);
      await scene.context.setOffline(true);
      await expect(scene.chat.at("presence")).toHaveAttribute("data-state", "offline");
      await scene.chat.send("Are you still there?");
      await expect(scene.chat.questions.last()).toHaveAttribute("data-state", "queued");
      return () => scene.context.setOffline(false);
    },
  },
  {
    name: "keys",
    reach: async (scene) => {
      await thread(scene);
      await scene.chat.menu();
      await scene.chat.at("shortcuts").click();
      await expect(scene.page.locator("dialog[open]")).toBeVisible();
    },
  },
  ...["chat-settings", "about-me", "palette"].map((sheet) => ({
    name: sheet.replace("-", " "),
    reach: async (scene: Scene) => {
      await thread(scene);
      await scene.chat.menu();
      await scene.chat.at(sheet).first().click();
      await expect(scene.page.locator("dialog[open]")).toBeVisible();
      await expect(scene.page.locator("dialog .skeleton")).toHaveCount(0);
    },
  })),
];
