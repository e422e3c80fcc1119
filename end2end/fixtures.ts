import { expect, test as base, type BrowserContext, type Locator, type Page } from "@playwright/test";
import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/**
 * The program and a fake provider, one of each per worker, and a browser that fails a test on any error in its console.
 *
 * `SQUAD_BIN` and `FAKE_PROVIDER_BIN` name other programs than `dist/squad` and the one cargo built; with `DATABASE_URL`
 * the program uses that server, without it one of its own in a temporary folder.
 */
const root = resolve(__dirname, "..");
const find = (name: string, ...places: (string | undefined)[]) => {
  const found = places.filter((place): place is string => !!place).find((place) => existsSync(place));
  if (!found) throw new Error(`${name} is not built; looked at ${places.filter(Boolean).join(", ")}`);
  return found;
};
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
export const squadBin = () => find("squad", process.env.SQUAD_BIN, join(root, "dist/squad"));
const fakeBin = () =>
  find(
    "fake-provider",
    process.env.FAKE_PROVIDER_BIN,
    // of the tests' own build; a release build is there after a bench, and may be older
    join(target, "debug/fake-provider"),
    join(target, "release/fake-provider"),
  );

/** A program of ours that says `ready http://…` when it is. */
class Program {
  private child?: ChildProcess;
  url = "";
  constructor(
    private readonly bin: string,
    private readonly args: string[],
    private readonly env: Record<string, string>,
  ) {}

  async start(more: Record<string, string> = {}) {
    const child = spawn(this.bin, this.args, {
      env: { ...process.env, ...this.env, ...more },
      stdio: ["ignore", "pipe", process.env.SHOW_LOGS ? "inherit" : "ignore"],
    });
    this.child = child;
    this.url = await new Promise((ready, failed) => {
      let out = "";
      child.stdout!.on("data", (data: Buffer) => {
        out += data;
        const found = /ready (http:\S+)/.exec(out);
        if (found) ready(found[1]);
      });
      child.once("exit", (code) => failed(new Error(`${this.bin} ended with ${code} before it was ready: ${out}`)));
    });
  }

  async end(signal: NodeJS.Signals) {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await gone;
  }
}

export type Step = Record<string, unknown>;
export class Fake extends Program {
  private async control(method: string, path: string, body?: unknown) {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "content-type": "application/json" };
    }
    const answer = await fetch(`${this.url}/__fake/${path}`, init);
    expect(answer.ok, `${method} ${path}: ${answer.status}`).toBeTruthy();
    return answer;
  }
  /** What the next call with `match` in its question does. */
  async script(match: string, then: Step[], times = 1) {
    await this.control("POST", "script", { match, times, then });
  }
  async release(name: string) {
    await this.control("POST", `release/${encodeURIComponent(name)}`);
  }
  /** An answer stands at this hold. */
  async reached(name: string) {
    await this.control("GET", `reached/${encodeURIComponent(name)}`);
  }
  /** Calls whose question holds `text`. */
  async calls(text: string): Promise<{ body: unknown; disconnected: boolean }[]> {
    const all = (await (await this.control("GET", "calls")).json()) as { body: unknown; disconnected: boolean }[];
    return all.filter((call) => JSON.stringify(call.body).includes(text));
  }
}

export class Squad extends Program {
  /** As if the power went. */
  async kill() {
    await this.end("SIGKILL");
  }
  /** Again at the same address. */
  async again() {
    await this.start({ SQUAD_ADDR: new URL(this.url).host });
  }
}

export type Options = object;
type Worker = { fake: Fake; squad: Squad };
type Test = { chat: Chat; allow: (...errors: RegExp[]) => void };

export const test = base.extend<Test & Options, Worker>({
  fake: [
    async ({}, use) => {
      const pace = ["--tokens-per-second", "100", "--ttft-ms", "100", "--tokens", "30"];
      const models = "claude-haiku-5-5,claude-sonnet-5-5,claude-opus-5-5,claude-haiku-4-5,not-in-the-file";
      const fake = new Fake(fakeBin(), ["--port", "0", "--open", "--models", models, ...pace], {});
      await fake.start();
      await use(fake);
      await fake.end("SIGTERM");
    },
    { scope: "worker" },
  ],
  squad: [
    async ({ fake }, use) => {
      const data = mkdtempSync(join(tmpdir(), "squad-e2e-"));
      // Started by root, the database belongs to another user.
      chmodSync(data, 0o755);
      const squad = new Squad(squadBin(), [], {
        SQUAD_ADDR: "127.0.0.1:0",
        SQUAD_DATA_DIR: data,
        SQUAD_LIMITS: "off",
        SQUAD_ANSWER_CACHE: "off",
        SQUAD_ROUTER: "words",
        ANTHROPIC_BASE_URL: fake.url,
        ANTHROPIC_API_KEY: "test-key",
        SQUAD_OWNER_TOKEN: "the-token-of-the-owner-of-the-tests",
      });
      await squad.start();
      await use(squad);
      await squad.end("SIGTERM");
      rmSync(data, { recursive: true, force: true });
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ squad }, use) => use(squad.url),
  allow: [
    async ({ context }, use) => {
      const allowed: RegExp[] = [/Service Worker registration blocked by Playwright/];
      const errors: string[] = [];
      const watch = (page: Page) => {
        page.on("console", (message) => {
          if (["error", "warning"].includes(message.type())) errors.push(`${message.text()} (${message.location().url})`);
        });
        page.on("pageerror", (error) => errors.push(String(error.stack ?? error)));
      };
      context.on("page", watch);
      await use((...more) => allowed.push(...more));
      expect(errors.filter((error) => !allowed.some((pattern) => pattern.test(error)))).toEqual([]);
    },
    { auto: true },
  ],
  chat: async ({ page }, use) => use(new Chat(page)),
});

/** The chat page, by its test ids. */
export class Chat {
  constructor(readonly page: Page) {}
  at(id: string): Locator {
    return this.page.getByTestId(id);
  }
  get composer() {
    return this.at("composer");
  }
  get messages() {
    return this.at("message");
  }
  get questions() {
    return this.page.locator("[data-testid=message][data-role=user]");
  }
  get answers() {
    return this.page.locator("[data-testid=message][data-role=assistant]");
  }
  get lastAnswer() {
    return this.answers.last();
  }
  get lastBody() {
    return this.lastAnswer.getByTestId("message-body");
  }
  async live() {
    await this.page.locator("body[data-hydrated=true]").waitFor();
  }
  /** Keeps the code of pages from here on away until the returned function is called. */
  async codeWaits() {
    let come!: () => void;
    const code = new Promise<void>((resolve) => (come = resolve));
    await this.page.route("**/*.wasm", async (route) => {
      await code;
      await route.continue();
    });
    return come;
  }
  async open(path = "/chat") {
    await this.page.goto(path);
    await this.live();
  }
  async reload() {
    await this.page.reload();
    await this.live();
  }
  /** Types and presses the button, which works on every device. */
  async send(text: string) {
    await this.composer.fill(text);
    await this.at("send").click();
  }
  async ask(text: string) {
    const before = await this.answers.count();
    await this.send(text);
    await expect(this.answers).not.toHaveCount(before);
    await this.finished();
  }
  /** Asks so many times over HTTP, which is faster than by the page; the new conversation's address. */
  async converse(question: string, turns: number) {
    let conversation_id: string | undefined;
    for (let turn = 0; turn < turns; turn++) {
      const answer = await this.page.request.post("/api/chat", { data: { message: question, conversation_id } });
      expect(answer.status()).toBe(200);
      ({ conversation_id } = (await answer.json()) as { conversation_id: string });
    }
    return `/chat/${conversation_id}`;
  }
  async finished(state = "complete") {
    await expect(this.lastAnswer).toHaveAttribute("data-state", state, { timeout: 20_000 });
  }
  /** Address of the open conversation, once it has one. */
  async address() {
    await this.page.waitForURL(/\/chat\/[0-9a-f-]{36}$/);
    return new URL(this.page.url()).pathname;
  }
  /** What the answer shows, without the framework's comments. */
  async html(of: Locator = this.lastBody) {
    return (await of.innerHTML()).replace(/<!--.*?-->/g, "");
  }
  /** Opens what is in the sheet on a phone. */
  async list() {
    const list = this.at("conversation-list");
    // a sheet that goes away is still seen for a moment
    const there = await list.evaluate(
      (list) => matchMedia("(width >= 64rem)").matches ? list.checkVisibility() : !!list.closest(":popover-open"),
    );
    if (!there) await this.at("sidebar-toggle").click();
    await expect(list).toBeVisible();
    return list;
  }
  async menu() {
    await this.at("menu").click();
    await expect(this.at("theme-toggle")).toBeVisible();
  }
}

/** Another tab of the same browser. */
export async function tab(context: BrowserContext, path: string) {
  const chat = new Chat(await context.newPage());
  await chat.open(path);
  return chat;
}

/** The browser says so when a request fails; where a test cuts the network, that is expected. */
export const NETWORK = [/Failed to load resource/, /WebSocket connection to/, /ERR_(INTERNET_DISCONNECTED|CONNECTION|NETWORK)/];

/** What moves, the endless apart, is at its end. */
export const settled = (page: Page) =>
  page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity).map((one) => one.finished.catch(() => {}))));

/** A text no other test uses. */
export const fresh = (text: string) => `${text} ${Math.random().toString(36).slice(2, 8)}`;

export { expect };
