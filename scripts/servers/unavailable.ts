/** A piece that the servers need is not on this machine and could not be got. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
  readonly missing: string;
  readonly hint: string;

  constructor(missing: string, hint: string, options?: ErrorOptions) {
    super(
      `Not available here: ${missing}. ${hint}\n` +
        "Or point at a server that runs already: INHOUSE_LLAMACPP_URL=http://host:port, " +
        "INHOUSE_OLLAMA_URL or INHOUSE_VLLM_URL likewise.",
      options,
    );
    this.missing = missing;
    this.hint = hint;
  }
}
