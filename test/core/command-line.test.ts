import { expect, test } from "vitest";

import { optionOf } from "../../src/core/command-line.ts";

test.each([
  [["-c", "4096"], ["-c"], "4096"],
  [["--host=0.0.0.0"], ["--host"], "0.0.0.0"],
  [["-np", "1", "--parallel", "2"], ["-np", "--parallel"], "2"],
  [["--seed", "-1"], ["--seed"], "-1"],
  [["--jinja", "--metrics"], ["--jinja"], ""],
  [["--jinja"], ["--metrics"], undefined],
])("%j has %j as %j", (command, names, value) => {
  expect(optionOf(command, ...names)).toBe(value);
});
