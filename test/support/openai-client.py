"""Asks an OpenAI API with OpenAI's own package, and prints what each case saw as one line of JSON.

openai-client.py URL KEY CHAT_MODEL [VECTOR_MODEL SPEECH_MODEL RECORDING]
"""

import json
import sys

import openai
from pydantic import BaseModel

url, key, chat_model, *others = sys.argv[1:]
client = openai.OpenAI(base_url=url, api_key=key, max_retries=0)
messages = [{"role": "user", "content": "Why is the sky blue?"}]
look = {
    "type": "function",
    "function": {
        "name": "look",
        "parameters": {
            "type": "object",
            "properties": {"at": {"enum": ["sky", "sea"]}},
            "required": ["at"],
            "additionalProperties": False,
        },
    },
}


class Colour(BaseModel):
    blue: bool


def create(**more):
    return client.chat.completions.create(**{"model": chat_model, "messages": messages, "max_tokens": 60, **more})


def whole():
    answer = create(seed=1, temperature=0)
    return {"text": answer.choices[0].message.content, "tokens": answer.usage.completion_tokens}


def stream():
    text, usage = "", None
    for chunk in create(stream=True, stream_options={"include_usage": True}, temperature=0, seed=1):
        if chunk.choices:
            text += chunk.choices[0].delta.content or ""
        usage = chunk.usage
    return {"text": text, "tokens": usage.completion_tokens}


def leave():
    with create(stream=True, max_tokens=1000) as answer:
        for _ in answer:
            break
    return True


def tools():
    answer = create(tools=[look], tool_choice={"type": "function", "function": {"name": "look"}}, max_tokens=400)
    message = answer.choices[0].message
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "It is blue."}
    create(messages=[*messages, message, result], tools=[look])
    return {"name": message.tool_calls[0].function.name, "finish": answer.choices[0].finish_reason}


def parse():
    answer = client.chat.completions.parse(
        model=chat_model, messages=messages, response_format=Colour, max_tokens=60
    )
    return type(answer.choices[0].message.parsed).__name__


def error(ask):
    try:
        ask()
    except openai.APIStatusError as thrown:
        return [type(thrown).__name__, thrown.code, thrown.param]
    return None


def errors():
    stranger = openai.OpenAI(base_url=url, api_key="wrong", max_retries=0)
    return [
        error(lambda: create(extra_body={"temprature": 1})),
        error(lambda: create(temperature=-1)),
        error(lambda: create(model="no-such-model")),
        error(lambda: stranger.models.list()),
    ]


def models():
    return [model.id for model in client.models.list()]


def embeddings():
    plain = client.embeddings.create(model=others[0], input="abc", encoding_format="float")
    packed = client.embeddings.create(model=others[0], input=["abc"])
    pairs = zip(plain.data[0].embedding, packed.data[0].embedding)
    return max(abs(one - other) for one, other in pairs) < 1e-6


def transcription():
    with open(others[2], "rb") as recording:
        answer = client.audio.transcriptions.create(model=others[1], file=recording)
    with open(others[2], "rb") as recording:
        verbose = client.audio.transcriptions.create(
            model=others[1], file=recording, response_format="verbose_json", timestamp_granularities=["word", "segment"]
        )
    return [answer.text, verbose.segments[0].start]


cases = [whole, stream, leave, tools, parse, errors, models]
if others:
    cases += [embeddings, transcription]
print(json.dumps({case.__name__: case() for case in cases}))
