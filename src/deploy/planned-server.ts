/** What a plan's command and environment say of the server that they start, as the plan's engine reads them. */
export interface PlannedServer {
  /** Where it listens; an IPv6 address without brackets. */
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
  /** By what name callers ask for the model. */
  readonly model: string;
  /** The model's own files and folders as they are named, the one with its weights first; none where a repository is named. */
  readonly files: readonly string[];
  /** The type in which it computes, where one is named. */
  readonly dtype?: string;
  /** A file with a chat template in place of the model's own. */
  readonly templateFile?: string;
}
