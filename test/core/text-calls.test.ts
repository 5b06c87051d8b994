import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { textCallReader, type TextOrCall } from "../../src/core/text-calls.ts";

const tools = ["get_weather", "clock", "f"];
const ulm = { name: "get_weather", arguments: '{"city": "Ulm"}' };
const object = '{"name": "get_weather", "arguments": {"city": "Ulm"}}';

/** What a reader makes of an answer in these pieces: texts and calls in their order, neighbouring texts as one. */
function readFrom(pieces: readonly string[], names = tools): readonly (string | object)[] {
  const reader = textCallReader(names);
  const all: TextOrCall[] = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  const joined: (string | object)[] = [];
  for (const part of all) {
    const last = joined.at(-1);
    if ("call" in part) joined.push(part.call);
    else if (typeof last === "string") joined[joined.length - 1] = last + part.text;
    else joined.push(part.text);
  }
  return joined;
}

const recovered: readonly (readonly [what: string, answer: string, expected: readonly (string | object)[]])[] = [
  ["Hermes", `<tool_call>\n${object}\n</tool_call>`, [ulm]],
  [
    "Hermes after and before text",
    `Let me see.\n<tool_call>${object}</tool_call> Done.`,
    ["Let me see.\n", ulm, " Done."],
  ],
  ["Hermes, two calls", `<tool_call>${object}</tool_call>\n<tool_call>${object}</tool_call>`, [ulm, "\n", ulm]],
  ["Hermes, two in one tag", `<tool_call>\n${object}\n${object}\n</tool_call>`, [ulm, ulm]],
  ["Hermes without its end", `<tool_call>\n${object}`, [ulm]],
  ["Hermes with parameters", '<tool_call>{"name":"f","parameters":{}}</tool_call>', [{ name: "f", arguments: "{}" }]],
  [
    "Mistral, a list",
    `[TOOL_CALLS][${object}, {"name":"clock","arguments":{},"id":"abcdefghi"}]`,
    [ulm, { name: "clock", arguments: "{}" }],
  ],
  ["Mistral, new", '[TOOL_CALLS]get_weather[ARGS]{"city": "Ulm"}', [ulm]],
  [
    "Mistral, new, two",
    '[TOOL_CALLS]get_weather[ARGS]{"city": "Ulm"}[TOOL_CALLS]clock[ARGS]{}',
    [ulm, { name: "clock", arguments: "{}" }],
  ],
  ["Mistral with an id", '[TOOL_CALLS]f[CALL_ID]abcdefghi[ARGS]{"a": [1]}', [{ name: "f", arguments: '{"a": [1]}' }]],
  ["Mistral without marks", '[TOOL_CALLS]clock{"a":"]"} ', [{ name: "clock", arguments: '{"a":"]"}' }, " "]],
  ["pythonic", '[get_weather(city="Ulm")]', [{ name: "get_weather", arguments: '{"city":"Ulm"}' }]],
  [
    "pythonic, all literals",
    `[f(a='it\\'s', b=-1.5e3, c=True, d=None, e=[1, 'x',], g={"k": {'l': False}}), clock()]\nSo.`,
    [
      { name: "f", arguments: `{"a":"it's","b":-1.5e3,"c":true,"d":null,"e":[1,"x"],"g":{"k":{"l":false}}}` },
      { name: "clock", arguments: "{}" },
      "\nSo.",
    ],
  ],
  [
    "harmony",
    '<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city": "Ulm"}<|call|>',
    [ulm],
  ],
  [
    "harmony from its start",
    "<|start|>assistant to=functions.clock<|channel|>commentary json<|message|>{}",
    [{ name: "clock", arguments: "{}" }],
  ],
  [
    "harmony between texts",
    'So<|channel|>commentary to=functions.f<|message|> {"a":1} <|end|>then',
    ["So", { name: "f", arguments: '{"a":1}' }, " <|end|>then"],
  ],
  ["a fence", `\`\`\`json\n${object}\n\`\`\``, [ulm]],
  ["a fence in prose", `I call:\n\`\`\`\n[${object}]\n\`\`\`\nand wait.`, ["I call:\n", ulm, "\nand wait."]],
  ["JSON alone", `\n ${object}\n`, ["\n ", ulm]],
  ["a list alone", `[${object},${object}]`, [ulm, ulm]],
  ["arguments first", '{"parameters": {"a": "}"}, "name": "f"}', [{ name: "f", arguments: '{"a": "}"}' }]],
  [
    "digits that no number here holds",
    '{"name":"f","arguments":{"id":12345678901234567890}}',
    [{ name: "f", arguments: '{"id":12345678901234567890}' }],
  ],
  [
    "a call after one that is none",
    `<tool_call>{"name":"g"}</tool_call><tool_call>${object}</tool_call>`,
    ['<tool_call>{"name":"g"}</tool_call>', ulm],
  ],
];

const text: readonly (readonly [what: string, answer: string])[] = [
  ["no text", ""],
  ["prose", "It is warm in Ulm [1], see `get_weather(city)` and a < b."],
  ["an unknown tool", '<tool_call>{"name": "rm", "arguments": {}}</tool_call>'],
  ["arguments that are no object", '<tool_call>{"name": "f", "arguments": "{}"}</tool_call>'],
  ["no arguments", '{"name": "f"}'],
  ["both kinds of arguments", '{"name": "f", "arguments": {}, "parameters": {}}'],
  ["more than a call", '{"name": "f", "arguments": {}, "why": "so"}'],
  ["a call cut short", '<tool_call>{"name": "get_weather", "arguments": {"city": "Ul'],
  ["a marker cut short", "and so <tool_ca"],
  ["bad JSON", "<tool_call>{'name': 'f', 'arguments': {}}</tool_call>"],
  ["a known and an unknown tool together", `[TOOL_CALLS][${object},{"name":"rm","arguments":{}}]`],
  ["a fence of another language", "```python\nprint([f(1)])\n```"],
  ["a fence with data", '```json\n{"name": "Anna", "age": 42}\n```'],
  ["a fence with a call and more", `\`\`\`json\n${object}\nor so\n\`\`\``],
  ["an object that is the answer", '{"name": "Anna", "arguments": {"for": 1, "against": 2}}'],
  ["a list that is the answer", "[1, 2, [3]]"],
  ["JSON with a call in prose", `${object} is what I would call.`],
  ["JSON after prose", `I would call ${object}`],
  ["a link", "[f(x)](https://example.com) says"],
  ["Python with a name for a value", "[f(a=b)]"],
  ["Python with an argument without a name", '[f("a")]'],
  ["Python with an expression", "[f(a=1+1)]"],
  ["Python within a line", "as [f(a=1)] does"],
  ["thinking aloud in harmony", "<|channel|>analysis<|message|>The user wants the weather.<|end|>"],
  ["harmony to an unknown tool", "<|channel|>commentary to=functions.rm<|message|>{}<|call|>"],
  ["harmony to a tool of another kind", "<|channel|>commentary to=browser.open<|message|>{}<|call|>"],
  ["Mistral to an unknown tool", "[TOOL_CALLS]rm[ARGS]{}"],
  ["Mistral without a call", "[TOOL_CALLS] are my favourite calls."],
];

/** Each way to cut a text in three, for texts that are short. */
function* cuts(whole: string): Generator<readonly string[]> {
  for (let first = 0; first <= whole.length; first += 1) {
    yield [whole.slice(0, first), whole.slice(first)];
    if (whole.length > 80) continue;
    for (let second = first; second <= whole.length; second += 1) {
      yield [whole.slice(0, first), whole.slice(first, second), whole.slice(second)];
    }
  }
  yield whole.split("");
}

describe.each(recovered)("a call in the text is found: %s", (_, answer, expected) => {
  test("wherever the text is cut", () => {
    for (const pieces of cuts(answer)) expect(readFrom(pieces), JSON.stringify(pieces)).toEqual(expected);
  });
});

describe.each(text)("what is no call stays text: %s", (_, answer) => {
  test("wherever the text is cut", () => {
    for (const pieces of cuts(answer)) {
      expect(readFrom(pieces), JSON.stringify(pieces)).toEqual(answer === "" ? [] : [answer]);
    }
  });
});

describe("properties", () => {
  const marks = `<tool_call> </tool_call> [TOOL_CALLS] [ARGS] <|channel|> <|message|> <|call|> \`\`\` [f( [clock()] a=' =1 ) ] { } " \\ \` < [ {} f`;
  const longer = [
    "json\n",
    "\n",
    " ",
    object,
    "commentary to=functions.f",
    '{"name":"f","arguments":',
    '{"name":"',
    "prose",
    "é🙂",
  ];
  const snippets = [...marks.split(" "), ...longer];
  const answers = fc
    .array(fc.oneof(fc.constantFrom(...snippets), fc.string({ maxLength: 4 })), { maxLength: 14 })
    .map((parts) => parts.join(""));

  test("however it is cut, an answer gives the same, and no character of its text is lost", () => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat(6), { minLength: 1 }), (answer, lengths) => {
        const pieces: string[] = [];
        for (let at = 0, turn = 0; at < answer.length; turn += 1) {
          const length = (lengths[turn % lengths.length] ?? 0) + 1;
          pieces.push(answer.slice(at, at + length));
          at += length;
        }
        const whole = readFrom([answer]);
        expect(readFrom(pieces)).toEqual(whole);
        expect(readFrom(answer.split(""))).toEqual(whole);
        if (whole.every((part) => typeof part === "string")) expect(whole.join("")).toBe(answer);
      }),
      { numRuns: 2_000 },
    );
  });

  test("text without a marker passes as it is, at once", () => {
    const plain = fc
      .array(fc.string(), { maxLength: 8 })
      .map((list) => list.map((part) => part.replaceAll(/[<[`{]/g, "")));
    fc.assert(
      fc.property(plain, (pieces) => {
        const reader = textCallReader(tools);
        for (const piece of pieces) expect(reader.push(piece)).toEqual(piece === "" ? [] : [{ text: piece }]);
        expect(reader.end()).toEqual([]);
      }),
    );
  });

  test("a call is found in each notation, whatever its arguments and the text around it are", () => {
    const args = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value));
    const prose = fc.string().map((part) => part.replaceAll(/[<[`{]/g, ""));
    const ways = [
      (json: string) => `<tool_call>{"name":"f","arguments":${json}}</tool_call>`,
      (json: string) => `[TOOL_CALLS][{"name":"f","arguments":${json}}]`,
      (json: string) => `[TOOL_CALLS]f[ARGS]${json}`,
      (json: string) => `<|channel|>commentary to=functions.f<|message|>${json}<|call|>`,
      (json: string) => `\n\`\`\`json\n{"name":"f","arguments":${json}}\n\`\`\``,
    ];
    // The end of Hermes' block is not looked for inside the arguments.
    const fitting = args.filter((json) => !json.includes("</tool_call>") && !json.includes("`"));
    fc.assert(
      fc.property(fitting, prose, fc.constantFrom(...ways), (json, around, write) => {
        const parts = readFrom([`.${around}`, write(json), around]);
        expect(parts.filter((part) => typeof part === "object")).toEqual([{ name: "f", arguments: json }]);
        const lineFeed = write(json).startsWith("\n") ? "\n" : "";
        expect(parts.filter((part) => typeof part === "string").join("")).toBe(`.${around}${lineFeed}${around}`);
      }),
    );
  });
});

test("text is held back no longer than it takes to decide", () => {
  const reader = textCallReader(tools);
  expect(reader.push("Hello <to")).toEqual([{ text: "Hello " }]);
  expect(reader.held()).toBe("<to");
  expect(reader.push("p>")).toEqual([{ text: "<top>" }]);
  expect(reader.push("\n```js")).toEqual([{ text: "\n" }]);
  expect(reader.push("on\n{")).toEqual([]);
  expect(reader.push('"b')).toEqual([{ text: '```json\n{"b' }]);
  expect(reader.push("[TOOL_CALLS]clock")).toEqual([]);
  expect(reader.held()).toBe("[TOOL_CALLS]clock");
});

test("what is held back is bounded, and takes time in proportion to its length", () => {
  const reader = textCallReader(tools);
  const endless = `<tool_call>${"x".repeat(300_000)}`;
  expect(reader.push(endless).map((part) => ("text" in part ? part.text.length : 0))).toEqual([endless.length]);
  const timeOf = (answer: string): number => {
    const before = process.cpuUsage(); // of this process: what else the machine does is not asked
    readFrom(Array.from({ length: answer.length / 4 }, (_, at) => answer.slice(at * 4, at * 4 + 4)));
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  for (const nasty of [
    "<|channel|>",
    "<tool_call>",
    "```json\n{",
    "[TOOL_CALLS]",
    '{"name":"f","arguments":{',
    "[f(",
  ]) {
    timeOf(nasty.repeat(400));
    const short = timeOf(nasty.repeat(2_000));
    expect(timeOf(nasty.repeat(16_000)), nasty).toBeLessThan(8 * 4 * (short + 5)); // in the square it were 64 times
  }
});
