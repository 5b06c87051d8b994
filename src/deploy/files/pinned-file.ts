/** A file of a model as it has to be. */
export interface PinnedFile {
  /** As it was named: absolute, or relative to the folder of the model. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Of all its bytes, 64 hexadecimal digits. */
  readonly sha256: string;
}
