/** What node:sqlite has, as far as it is used here: the types of Node 20 do not know it. */
interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}
interface Statement {
  run(...values: readonly (string | number | Uint8Array)[]): unknown;
  get(...values: readonly (string | number)[]): object | undefined;
  iterate(): Iterable<object>;
}

/** A chunk of a document, and how near it is: 1 is the same meaning. */
export interface Found {
  readonly path: string;
  readonly text: string;
  readonly score: number;
}

/** Documents in chunks, with a vector for each. */
export interface SemanticIndex {
  /** What a document was when it was put there, if it was. */
  hashOf(path: string): string | undefined;
  /** Puts a document there in the place of what it was before, whole or not at all. */
  put(path: string, hash: string, chunks: readonly string[], vectors: readonly Float32Array[]): void;
  /** The chunks that are nearest to a vector of length 1. */
  nearest(vector: Float32Array, top: number): readonly Found[];
  close(): void;
}

/** Opens or makes an index; undefined where this Node has no node:sqlite. */
export function openIndex(file: string): SemanticIndex | undefined {
  const sqlite = process.getBuiltinModule("node:sqlite") as
    | { readonly DatabaseSync: new (path: string) => Database }
    | undefined;
  if (!sqlite) return undefined;
  const database = new sqlite.DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA foreign_keys = ON;
    CREATE TABLE IF NOT EXISTS documents (path TEXT PRIMARY KEY, hash TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS chunks (
      id INTEGER PRIMARY KEY,
      path TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
      text TEXT NOT NULL,
      vector BLOB NOT NULL
    );
    CREATE INDEX IF NOT EXISTS chunks_of_document ON chunks (path);
  `);
  const document = database.prepare("SELECT hash FROM documents WHERE path = ?");
  const remove = database.prepare("DELETE FROM documents WHERE path = ?");
  const insert = database.prepare("INSERT INTO documents VALUES (?, ?)");
  const insertChunk = database.prepare("INSERT INTO chunks (path, text, vector) VALUES (?, ?, ?)");
  const vectors = database.prepare("SELECT id, vector FROM chunks");
  const chunk = database.prepare("SELECT path, text FROM chunks WHERE id = ?");

  return {
    hashOf: (path) => (document.get(path) as { readonly hash: string } | undefined)?.hash,
    put(path, hash, chunks, itsVectors) {
      database.exec("BEGIN");
      try {
        remove.run(path);
        insert.run(path, hash);
        for (const [at, text] of chunks.entries()) insertChunk.run(path, text, bytesOf(itsVectors[at]));
        database.exec("COMMIT");
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
    /** Looks at every vector: some hundred thousand are a fraction of a second, and more want an index for vectors. */
    nearest(vector, top) {
      let best: { readonly id: number; readonly score: number }[] = [];
      for (const row of vectors.iterate()) {
        const { id, vector: bytes } = row as { readonly id: number; readonly vector: Uint8Array };
        best.push({ id, score: dot(vector, new Float32Array(bytes.slice().buffer)) });
        if (best.length >= 2 * top + 1_000) best = nearestOf(best, top);
      }
      return nearestOf(best, top).map(({ id, score }) => ({ ...(chunk.get(id) as Omit<Found, "score">), score }));
    },
    close: () => database.close(),
  };
}

const nearestOf = <Scored extends { readonly score: number }>(all: readonly Scored[], top: number): Scored[] =>
  all.toSorted((a, b) => b.score - a.score).slice(0, top);

/** A vector made as long as 1, so that a product says how alike two are. */
export function unit(vector: readonly number[]): Float32Array {
  const length = Math.hypot(...vector) || 1;
  return Float32Array.from(vector, (value) => value / length);
}

function dot(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error("The index was made by another model: make a new one.");
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
}

function bytesOf(vector: Float32Array | undefined): Uint8Array {
  if (!vector) throw new Error("A chunk has no vector.");
  return new Uint8Array(vector.buffer);
}

/** A text in chunks of whole paragraphs, at most `most` characters each; a longer paragraph is cut. */
export function chunksOf(text: string, most = 800): readonly string[] {
  const paragraphs = text
    .split(/\n\s*\n/)
    .flatMap((paragraph) => paragraph.match(new RegExp(`[^]{1,${most}}`, "g")) ?? []);
  const chunks: string[] = [];
  for (const paragraph of paragraphs.map((part) => part.trim()).filter((part) => part !== "")) {
    const last = chunks.at(-1);
    if (last !== undefined && last.length + paragraph.length + 2 <= most)
      chunks.splice(-1, 1, `${last}\n\n${paragraph}`);
    else chunks.push(paragraph);
  }
  return chunks;
}
