import type { Column } from "./measure.ts";
import { versionOf } from "./node.ts";
import type { Peer } from "./peers.ts";

/** Floor and inhouse, once more on an old Node where one is given, and the peers. */
export function columnsOf(node: string, oldNode: string | undefined, peers: readonly Peer[]): readonly Column[] {
  const own = ["floor", "inhouse"];
  const columns: Column[] = own.map((name) => ({ name, subject: name, node }));
  if (oldNode !== undefined && versionOf(oldNode) !== versionOf(node)) {
    const major = versionOf(oldNode).split(".")[0];
    columns.push(...own.map((subject) => ({ name: `${subject}, Node ${major}`, subject, node: oldNode })));
  }
  return [...columns, ...peers.map((peer) => ({ name: peer.name, subject: peer.name, node, peer }))];
}
