import { expect, test } from "vitest";

import { wholeBody } from "../../src/http/whole-body.ts";
import { cutAtEveryByte, framesOf } from "../support/framing.ts";
import { thrownBy } from "../support/loopback.ts";

test("a body is one frame, when it has ended", () => {
  const framing = wholeBody();
  expect(framing.feed(Buffer.from('{"a":\n'))).toEqual([]);
  expect(framing.feed(Buffer.from("1}\n"))).toEqual([]);
  expect(framing.end()).toEqual([{ data: '{"a":\n1}\n' }]);
});

test("it may be cut anywhere; a byte order mark is no part of it", () => {
  for (const pieces of cutAtEveryByte('\uFEFF{"a":"é🙂"}')) {
    expect(framesOf(() => wholeBody(), pieces)).toEqual([{ data: '{"a":"é🙂"}' }]);
  }
});

test("an empty body is an empty frame, so that it is refused and not taken for nothing to say", () => {
  expect(wholeBody().end()).toEqual([{ data: "" }]);
});

test("the limit is on bytes, and passed as soon as they are there", () => {
  const framing = wholeBody(10);
  framing.feed(Buffer.from("ééééé"));
  expect(thrownBy(() => framing.feed(Buffer.from("x"))).code).toBe("limit");
});
