import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { writeGguf } from "./model-files.ts";
import { writtenFolder } from "./written-folder.ts";

/** What llama-imatrix b11434 says of three chunks that it reads, and of each when it is done, by another pipe. */
export const readsThreeChunks = `echo "0.00.814.680 I compute_imatrix: computing over 3 chunks, n_ctx=512, batch_size=512, n_seq=1" >&2
printf '[1]19.2041,[2]18.1102,'`;

/** The same to the end, with a matrix of three chunks and one tensor. */
export const makesMatrix = `${readsThreeChunks}
cp "$ready" "$made"
printf '[3]17.7361,\\nFinal estimate: PPL = 17.7361 +/- 0.51\\n'`;

/** A folder with a `llama-imatrix` that does what a script says: `$made` is the file that it is to write, `$ready` one that is written. */
export function fakeLlamaImatrix(script: string): string {
  const folder = writtenFolder({
    "ready.gguf": writeGguf({ "general.type": "imatrix", "imatrix.chunk_count": 3, "imatrix.chunk_size": 512 }, [
      { name: "blk.0.ffn_up.weight.in_sum2", type: "F32", shape: [256] },
    ]),
  });
  const program = join(folder, "llama-imatrix");
  const lines = [
    "#!/bin/sh",
    `echo "$*" > '${join(folder, "arguments")}'`,
    'while [ "$1" != -o ]; do shift; done',
    `made=$2 ready='${join(folder, "ready.gguf")}'`,
    script,
  ];
  writeFileSync(program, `${lines.join("\n")}\n`);
  chmodSync(program, 0o755);
  return folder;
}
