import { afterEach, describe, expect, test, vi } from "vitest";

import type { fitImage as FitImage } from "../../src/media/fit-image.ts";
import { loadSharp } from "../../src/media/load-sharp.ts";
import { picture } from "../support/pictures.ts";

/** `fitImage` where `import("sharp")` fails. */
async function withoutSharp(): Promise<typeof FitImage> {
  vi.resetModules();
  vi.doMock("sharp", () => {
    throw new Error("There is no such package.");
  });
  return (await import("../../src/media/fit-image.ts")).fitImage;
}

afterEach(() => {
  vi.doUnmock("sharp");
  vi.resetModules();
});

describe("without sharp", () => {
  test("a picture that fits needs none", async () => {
    const fitImage = await withoutSharp();
    const bytes = picture("corners.jpg");
    expect((await fitImage(bytes, { mediaTypes: ["image/jpeg"], maxEdge: 120 })).data).toBe(bytes);
  });

  test("a picture that does not says which it is, and what was to be done with it", async () => {
    const fitImage = await withoutSharp();
    const budget = { mediaTypes: ["image/png", "image/jpeg"], maxEdge: 60 };
    await expect(fitImage(picture("corners-turned.webp"), budget)).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringContaining(
        "A picture (image/webp, 80 × 120) has to be turned by 90° as its EXIF says, scaled from 120 × 80 to 60 × 40 " +
          "and converted from image/webp to image/png or image/jpeg before it is sent. The package sharp does that",
      ) as string,
      hint: expect.stringContaining("npm install sharp") as string,
    });
  });

  test("what is no picture is told without it", async () => {
    const fitImage = await withoutSharp();
    await expect(fitImage(Buffer.from("text"), {})).rejects.toMatchObject({ code: "invalid-request" });
  });

  test.each([
    [
      "is not installed",
      "ERR_MODULE_NOT_FOUND",
      "Run `npm install sharp`, or pass the picture in a form that the server takes.",
    ],
    [
      "is not installed",
      "MODULE_NOT_FOUND",
      "Run `npm install sharp`, or pass the picture in a form that the server takes.",
    ],
    [
      "cannot be loaded here",
      "ERR_DLOPEN_FAILED",
      "Run `npm install sharp` on this machine: its programs differ by platform. `cause` says more.",
    ],
  ])("it %s where Node says %s", async (what, code, hint) => {
    const cause = Object.assign(new Error("as Node says it"), { code });
    await expect(loadSharp("A picture has to be scaled.", () => Promise.reject(cause))).rejects.toMatchObject({
      code: "unsupported",
      message: `A picture has to be scaled. The package sharp does that, and it ${what}.`,
      hint,
      cause,
    });
  });
});
