/** How the matrices of a checkpoint are stored: `none` is 16 bits. */
export type StoredMethod = "none" | "fp8" | "int8" | "nvfp4" | "mxfp4" | "w4a16";

/** The numbers that make a transformer's shape. */
export interface ShapeNumbers {
  readonly layers: number;
  readonly embedding: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Length of a head. */
  readonly head: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  /** The embeddings serve as the output layer too. Default false. */
  readonly tied?: boolean;
  readonly experts?: {
    readonly count: number;
    readonly used: number;
    /** Those that every token goes through besides, as one. Default 0. */
    readonly shared?: number;
    /** Default: that of the model. */
    readonly feedForward?: number;
    /** Layers at the start that have none. Default 0. */
    readonly denseLayers?: number;
  };
  /** Latent attention: what is kept for a token, and what queries and keys are made of. */
  readonly latent?: {
    readonly rank: number;
    readonly position: number;
    readonly queryRank: number;
    /** Length of a key without its part for positions, and of a value. */
    readonly key: number;
    readonly value: number;
  };
}

/** Files of a model that its maker put up. */
export interface PublishedCheckpoint {
  /** On the Hugging Face hub. */
  readonly repository: string;
  readonly method: StoredMethod;
  /** What a plan says where these are chosen. */
  readonly note?: string;
}

/** What is known of a model before any of its files is here. */
export interface CatalogueModel {
  /** As `plan` takes it. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly title: string;
  readonly numbers: ShapeNumbers;
  /** Parameters beside those of the text model, which stay in 16 bits. */
  readonly encoder?: { readonly kinds: readonly ("image" | "audio")[]; readonly parameters: number };
  readonly contextLength: number;
  /** Absent where nobody here read it. */
  readonly licence?: string;
  /** What the licence forbids or asks for; absent where a company may use the model freely. */
  readonly licenceWarning?: string;
  /** Safetensors of the model that answers, the ones its maker recommends first. */
  readonly checkpoints: readonly PublishedCheckpoint[];
  /** GGUF files of its maker. */
  readonly gguf?: { readonly repository: string; readonly mixtures: readonly string[] };
  /** Names of the parsers of tool calls and of thinking, as vLLM calls them; `false`: it was not taught to call tools. */
  readonly toolParser?: string | false;
  readonly reasoningParser?: string;
  /** GPU memory that the model's card asks for, in gigabytes. */
  readonly cardGB?: number;
  /** What a plan says of the model in any case. */
  readonly notes?: readonly string[];
  /** Where the numbers are from. */
  readonly evidence: "published" | "inferred" | "unchecked";
}
