import { describe, expect, test } from "vitest";

import { describedHost, host } from "../../../src/deploy.ts";
import { accelerators } from "../../../src/deploy/catalogue/accelerators.ts";
import { amdGpus, nvidiaGpus } from "../../../src/deploy/host/gpu-tools.ts";
import { thrownBy } from "../../support/loopback.ts";

const gibibyte = 2 ** 30;

describe("a host by its description", () => {
  test.each([
    ["8x H100", 8, "H100 SXM", 80],
    ["4x A100-80GB", 4, "A100 80GB", 80],
    ["2 x A100-40GB", 2, "A100 40GB", 40],
    ["1x RTX 4000 Ada", 1, "RTX 4000 Ada", 20],
    ["nvidia l40s", 1, "L40S", 48],
    ["8×H200", 8, "H200", 141],
    ["MI300X", 1, "MI300X", 192],
  ])("%s", (text, count, name, memory) => {
    const { gpus } = describedHost(text);
    expect(gpus).toHaveLength(count);
    expect(gpus[0]).toMatchObject({ name, memoryBytes: memory * gibibyte });
  });

  test("with memory, with GPUs and memory, with Apple's", () => {
    expect(describedHost("cpu 32GB")).toMatchObject({ memoryBytes: 32 * gibibyte, gpus: [], notes: [] });
    const both = describedHost("2x L4, ram 128 GiB");
    expect([both.gpus.length, both.memoryBytes]).toEqual([2, 128 * gibibyte]);
    const [mac] = describedHost("M4 Max + memory 64GB").gpus;
    expect(mac).not.toHaveProperty("memoryBytes");
    expect(mac?.accelerator?.memoryGBPerSecond).toBe(546);
  });

  test.each(["", "8x", "8x H999", "0x H100", "9999x H100", "cpu", "cpu lots"])('"%s" is not understood', (text) => {
    const { code, hint } = thrownBy(() => describedHost(text));
    expect(code).toBe("invalid-request");
    expect(hint).toContain("RTX 4000 Ada");
  });
});

test("no two accelerators have a name in common", () => {
  const names = accelerators.flatMap(({ name, aliases = [] }) => [name.toLowerCase(), ...aliases]);
  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
});

describe("what tools tell", () => {
  test("nvidia-smi", () => {
    const gpus = nvidiaGpus("NVIDIA H100 80GB HBM3, 81559, 81008, 9.0\nNVIDIA GB10, [N/A], [N/A], 12.1\n\n");
    expect(gpus).toEqual([
      expect.objectContaining({
        name: "NVIDIA H100 80GB HBM3",
        memoryBytes: 81_559 * 2 ** 20,
        freeMemoryBytes: 81_008 * 2 ** 20,
        architecture: "9.0",
      }),
      { name: "NVIDIA GB10", architecture: "12.1" },
    ]);
    expect(gpus[0]?.accelerator?.name).toBe("H100 SXM");
    expect(nvidiaGpus("No devices were found\n")).toEqual([]);
    expect(nvidiaGpus("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.")).toEqual([]);
  });

  test("rocm-smi", () => {
    const output = JSON.stringify({
      card0: {
        "VRAM Total Memory (B)": "206141652992",
        "VRAM Total Used Memory (B)": "297922560",
        "Card Series": "AMD Instinct MI300X",
        "GFX Version": "gfx942",
      },
      system: { "Driver version": "6.8" },
    });
    expect(amdGpus(`WARNING: a line before\n${output}`)).toEqual([
      expect.objectContaining({
        name: "AMD Instinct MI300X",
        memoryBytes: 206_141_652_992,
        freeMemoryBytes: 205_843_730_432,
        architecture: "gfx942",
      }),
    ]);
    expect(amdGpus("nonsense")).toEqual([]);
  });
});

test("this machine has memory, cores and a disk", async () => {
  const found = await host();
  expect(found.memoryBytes).toBeGreaterThan(gibibyte / 2);
  expect(found.availableMemoryBytes).toBeLessThanOrEqual(found.memoryBytes ?? 0);
  expect(found.processor.cores).toBeGreaterThan(0);
  expect(found.freeDiskBytes).toBeGreaterThan(0);
});

test("an abort ends the look at this machine", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(host({ signal })).rejects.toMatchObject({ code: "abort" });
});
