// The openai package of npm against /v1: node client.mjs BASE_URL KEY
import assert from "node:assert/strict";
import OpenAI from "openai";

const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey });
const ask = (content, model = "squad/luke") => ({
  model,
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content },
  ],
});

const models = [];
for await (const model of client.models.list()) models.push(model.id);
assert.ok(models.includes("squad/auto") && models.includes("squad/luke"), models.join());
assert.equal(models.length, 7);
assert.equal((await client.models.retrieve("squad/luke")).id, "squad/luke");

const whole = await client.chat.completions.create(ask("question 0"));
assert.equal(whole.choices[0].message.content, "Bonjour à toi");
assert.equal(whole.choices[0].finish_reason, "stop");
assert.equal(whole.model, "squad/luke");
assert.equal(whole.usage.total_tokens, whole.usage.prompt_tokens + whole.usage.completion_tokens);

// the client's own helper puts the chunks together again
const stream = client.chat.completions.stream({ ...ask("question 1"), stream_options: { include_usage: true } });
let text = "";
for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
assert.equal(text, "Bonjour à toi");
const put = await stream.finalChatCompletion();
assert.equal(put.choices[0].message.content, text);
assert.equal(put.usage.total_tokens, whole.usage.total_tokens);

await assert.rejects(client.chat.completions.create(ask("x", "gpt-4o")), (error) => {
  assert.ok(error instanceof OpenAI.NotFoundError);
  assert.deepEqual([error.status, error.code, error.param], [404, "model_not_found", "model"]);
  return true;
});
await assert.rejects(client.chat.completions.create({ model: "squad/luke", messages: [] }), OpenAI.BadRequestError);
const stranger = new OpenAI({ baseURL, apiKey: "sqd_wrong" });
for (const call of [() => stranger.models.list(), () => stranger.chat.completions.create(ask("x"))]) {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof OpenAI.AuthenticationError);
    assert.deepEqual([error.status, error.code], [401, "invalid_api_key"]);
    return true;
  });
}
for (const stream of [false, true]) {
  await assert.rejects(client.chat.completions.create({ ...ask("failure"), stream }), (error) => {
    assert.ok(error instanceof OpenAI.InternalServerError);
    assert.deepEqual([error.status, error.code], [502, "provider_invalid"]);
    return true;
  });
}

// what was said before a failure is heard, and then the failure
const broken = await client.chat.completions.create({ ...ask("broken"), stream: true });
let heard = "";
const listen = async () => {
  for await (const chunk of broken) heard += chunk.choices[0]?.delta.content ?? "";
};
await assert.rejects(listen, (error) => error instanceof OpenAI.APIError && error.code === "provider_error");
assert.equal(heard, "Some words, ");
