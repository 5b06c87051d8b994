import { expect, test } from "vitest";

import { progressLine } from "../../src/cli/progress-line.ts";

const gibibyte = 1_073_741_824;

function lines(terminal: boolean) {
  const written: string[] = [];
  let time = 0;
  const line = progressLine({ write: (text) => void written.push(text), terminal, columns: 60, now: () => time });
  const told = (seconds: number, done: number): void => {
    time = seconds * 1_000;
    line.onProgress({ task: "fetching a/b", done: done * gibibyte, total: 10 * gibibyte, unit: "bytes" });
  };
  return { written, told, line };
}

test("on a terminal one line is written anew, with percentage, rate and the time that is left", () => {
  const { written, told, line } = lines(true);
  told(0, 0);
  told(1, 1);
  told(1.01, 1.01);
  told(2, 2);
  line.end();
  expect(written).toEqual([
    "\r\u001B[Kfetching a/b: 0 %, 0 MiB of 10.0 GiB",
    "\r\u001B[Kfetching a/b: 10 %, 1.0 GiB of 10.0 GiB, 1.0 GiB/s, 9 s lef",
    "\r\u001B[Kfetching a/b: 20 %, 2.0 GiB of 10.0 GiB, 1.0 GiB/s, 8 s lef",
    "\r\u001B[K",
  ]);
});

test("elsewhere a line is written now and then, and at the end", () => {
  const { written, told, line } = lines(false);
  for (let second = 0; second <= 20; second += 1) told(second, second / 2);
  line.end();
  expect(written).toEqual([
    "fetching a/b: 0 %, 0 MiB of 10.0 GiB\n",
    "fetching a/b: 50 %, 5.0 GiB of 10.0 GiB, 512 MiB/s, 10 s left\n",
    "fetching a/b: 100 %, 10.0 GiB of 10.0 GiB, 512 MiB/s\n",
  ]);
});

test("what only time tells is told in words, and other units by their names", () => {
  const { written, line } = lines(false);
  line.onProgress({ task: "waiting" });
  line.onProgress({ task: "quantizing", done: 3, total: 12, unit: "tensors" });
  expect(written).toEqual(["waiting\n", "quantizing: 25 %, 3 tensors of 12 tensors\n"]);
});
