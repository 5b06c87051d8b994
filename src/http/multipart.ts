import { randomBytes } from "node:crypto";

/** A form with files, as browsers send it (RFC 7578). */
export interface Form {
  /** Names and values, in this order; a name may come more than once. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly files: readonly FormFile[];
}

/** A file of a form. */
export interface FormFile {
  /** The field's name. */
  readonly name: string;
  readonly fileName: string;
  /** IANA media type. */
  readonly mediaType: string;
  readonly data: Uint8Array;
}

/** A form as the body of a request. */
export interface FormBody {
  /** `content-type` and `content-length`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Can be iterated again, for another try; the bytes of files are not copied. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Most bytes handed out at a time: an upload that is ended ends soon. */
const sliceBytes = 262_144;

/** Writes a form; `newBoundary` makes what parts are told apart by, anew for as long as a file contains it. */
export function multipart({ fields, files }: Form, newBoundary: () => string = randomBoundary): FormBody {
  let boundary = newBoundary();
  while (files.some(({ data }) => viewOf(data).includes(boundary))) boundary = newBoundary();
  const head = (disposition: string): Uint8Array =>
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n`);
  const lineEnd = Buffer.from("\r\n");
  const pieces: readonly Uint8Array[] = [
    ...fields.flatMap(([name, value]) => [head(`name="${quoted(name)}"`), Buffer.from(`\r\n${value}\r\n`)]),
    ...files.flatMap(({ name, fileName, mediaType, data }) => [
      head(`name="${quoted(name)}"; filename="${quoted(fileName)}"`),
      Buffer.from(`Content-Type: ${mediaType}\r\n\r\n`),
      data,
      lineEnd,
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ];
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);

  async function* body(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; at += sliceBytes) yield piece.subarray(at, at + sliceBytes);
    }
  }

  return {
    headers: { "content-type": `multipart/form-data; boundary=${boundary}`, "content-length": String(length) },
    body: { [Symbol.asyncIterator]: body },
  };
}

const viewOf = (data: Uint8Array): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

const randomBoundary = (): string => `inhouse-${randomBytes(18).toString("hex")}`;

/** A name as a form has it between quotation marks. */
function quoted(name: string): string {
  return name.replaceAll(/["\r\n]/g, (character) =>
    `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`.toUpperCase(),
  );
}
