import { expect, fresh, NETWORK, test } from "../fixtures";

type Heard = { names: string[]; ids: number[]; text: string; state: number };

test("the browser's own EventSource reads an answer, goes on after a crash and stops at the end", async ({ page, squad, fake, allow }) => {
  allow(...NETWORK);
  const question = fresh("Source");
  const shown = "A beginning that is long enough to be kept when everything falls over. ".repeat(5);
  await fake.script(question, [{ text: shown }, { hold: question }, { text: "never" }]);
  await fake.script("", [{ text: "And the end." }]);
  await page.goto("/docs/");
  const id = await page.evaluate(async (message) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch("/api/chat/generate", { method: "POST", headers, body: JSON.stringify({ message }) });
    const { generation_id } = await answer.json();
    const heard = { names: [] as string[], ids: [] as number[], text: "", state: 0 };
    const source = new EventSource(`/api/chat/stream/${generation_id}`);
    for (const name of ["generation", "delta", "reset", "seam", "done", "failed"])
      source.addEventListener(name, (event) => {
        heard.names.push(name);
        if (name === "generation") return;
        heard.ids.push(Number(event.lastEventId));
        if (name === "reset") heard.text = "";
        if (name === "delta") heard.text += JSON.parse(event.data).text;
      });
    source.onerror = () => (heard.state = source.readyState);
    Object.assign(window, { heard });
    return generation_id as string;
  }, question);
  const heard = () => page.evaluate(() => (window as unknown as { heard: Heard }).heard);
  await fake.reached(question);
  await expect.poll(async () => (await heard()).text).toBe(shown);
  await squad.kill();
  await squad.again();
  await expect.poll(async () => (await heard()).names.at(-1), { timeout: 30_000 }).toBe("done");
  // nothing is left: the answer to its last try makes it stop trying
  await expect.poll(async () => (await heard()).state, { timeout: 15_000 }).toBe(2);
  const { text, ids, names } = await heard();
  expect(ids).toEqual(ids.map((_, index) => index + 1));
  expect(names).toContain("seam");
  const { content } = await page.evaluate(async (id) => (await fetch(`/api/workflows/${id}/result`)).json(), id);
  expect(text).toBe(content);
  expect(text).toContain("And the end.");
  await fake.release(question);
});

test("the page of the API tries it, and asks nobody else", async ({ page, baseURL }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto("/docs");
  const operation = page.locator("#operations-chat-get_api_coaches");
  await operation.getByRole("button").first().click();
  await operation.getByRole("button", { name: "Try it out" }).click();
  await operation.getByRole("button", { name: "Execute" }).click();
  await expect(operation.locator(".live-responses-table .response-col_status").last()).toContainText("200");
  await expect(operation.locator(".live-responses-table")).toContainText("luke");
  expect(asked.filter((url) => !url.startsWith(`${baseURL}/`) && !/^(data|blob):/.test(url))).toEqual([]);
});
