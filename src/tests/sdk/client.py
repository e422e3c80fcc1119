"""The openai package of PyPI against /v1: python client.py BASE_URL KEY"""

import sys

import openai

base_url, key = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key=key)


def ask(content, model="squad/luke", **further):
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": content}]
    return client.chat.completions.create(model=model, messages=messages, **further)


def refused(kind, call, status, code):
    try:
        call()
    except kind as error:
        assert (error.status_code, error.code) == (status, code), error
    else:
        raise AssertionError(f"no {kind.__name__}")


models = [model.id for model in client.models.list()]
assert len(models) == 7 and "squad/auto" in models and "squad/luke" in models, models
assert client.models.retrieve("squad/luke").id == "squad/luke"
refused(openai.NotFoundError, lambda: client.models.retrieve("squad/nobody"), 404, "model_not_found")

whole = ask("question 0")
assert whole.choices[0].message.content == "Bonjour à toi", whole
assert (whole.choices[0].finish_reason, whole.model) == ("stop", "squad/luke"), whole
assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens

chunks = list(ask("question 1", stream=True, stream_options={"include_usage": True}))
text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
assert text == "Bonjour à toi", chunks
assert chunks[-2].choices[0].finish_reason == "stop" and chunks[-1].choices == [], chunks
assert chunks[-1].usage.total_tokens == whole.usage.total_tokens, chunks

refused(openai.NotFoundError, lambda: ask("x", model="gpt-4o"), 404, "model_not_found")
refused(openai.BadRequestError, lambda: ask("x", temperature=3), 400, "invalid_value")
stranger = openai.OpenAI(base_url=base_url, api_key="sqd_wrong")
refused(openai.AuthenticationError, stranger.models.list, 401, "invalid_api_key")
for stream in (False, True):
    refused(openai.InternalServerError, lambda: ask("failure", stream=stream), 502, "provider_invalid")

# what was said before a failure is heard, and then the failure
heard = ""
try:
    for chunk in ask("broken", stream=True):
        heard += chunk.choices[0].delta.content or ""
except openai.APIError as error:
    assert error.code == "provider_error", error
else:
    raise AssertionError("no failure")
assert heard == "Some words, ", heard
