import { expect, test } from "vitest";

import { decodeText } from "../../src/media/text-file.ts";

const utf16 = (text: string, mark = "\uFEFF"): Buffer => Buffer.from(`${mark}${text}`, "utf16le");

test.each([
  ["UTF-8", Buffer.from("Größe 3 °C\r\n"), "Größe 3 °C\r\n"],
  ["UTF-8 with a mark", Buffer.from("\uFEFFGröße"), "Größe"],
  ["UTF-16, low byte first", utf16("Größe"), "Größe"],
  ["UTF-16, high byte first", utf16("Größe").swap16(), "Größe"],
])("%s is read", (_, bytes, text) => {
  expect(decodeText(bytes)).toBe(text);
});

test.each([
  ["nothing", Buffer.alloc(0), "The text is empty: it has 0 bytes."],
  ["Windows-1252", Buffer.from("Größe", "latin1"), "The text cannot be read. It is not UTF-8."],
  ["UTF-16 without a mark", utf16("Grosse", ""), "The text cannot be read. It holds zeros."],
  ["UTF-16 cut in a character", utf16("Größe").subarray(0, 5), "The text cannot be read. It is not UTF-16LE."],
  ["UTF-32", Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0]), "The text cannot be read. It holds zeros."],
  ["a picture", Buffer.from("\x89PNG\r\n\x1a\n\0\0", "latin1"), "This is no text: its content is image/png."],
])("%s is not", (_, bytes, message) => {
  expect(() => decodeText(bytes)).toThrow(expect.objectContaining({ code: "invalid-request", message }));
});
