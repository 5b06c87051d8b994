import type sharp from "sharp";

import { InhouseError } from "../core/error.ts";
import { isMissing } from "./optional-peer.ts";

/** What the package sharp exports: it reads and writes pictures. */
export type Sharp = typeof sharp;

/**
 * Loads sharp, an optional peer, when a picture must be changed for the first time. Where it is missing, or its programs
 * are those of another platform, throws `unsupported`. `need` is a sentence that says which picture must be changed, and how.
 */
export async function loadSharp(need: string, load: () => Promise<{ default: Sharp }> = importSharp): Promise<Sharp> {
  try {
    return (await load()).default;
  } catch (cause) {
    const isAbsent = isMissing(cause);
    throw new InhouseError(
      "unsupported",
      `${need} The package sharp does that, and it ${isAbsent ? "is not installed" : "cannot be loaded here"}.`,
      {
        hint: isAbsent
          ? "Run `npm install sharp`, or pass the picture in a form that the server takes."
          : "Run `npm install sharp` on this machine: its programs differ by platform. `cause` says more.",
        cause,
      },
    );
  }
}

const importSharp = (): Promise<{ default: Sharp }> => import("sharp");
