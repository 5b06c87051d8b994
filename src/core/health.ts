/**
 * How a server is: nothing listens (`down`), something listens and does not serve yet (`starting`), the model is being
 * loaded (`loading`), calls are answered (`ready`), or will be when others are done (`busy`), or something is there that
 * does not answer, or only with failures (`wedged`).
 */
export type HealthStatus = "down" | "starting" | "loading" | "ready" | "busy" | "wedged";

/** What a health check found. What the server does not tell is absent. */
export interface Health {
  readonly status: HealthStatus;
  /** How much of the model has been loaded (`loading`): 0 to 1. */
  readonly progress?: number;
  /** What it said, or why it could not be asked. */
  readonly detail?: string;
}
