/** Which of the waiting calls go first: those that somebody waits for, or those that may take their time. */
export type Priority = "interactive" | "batch";
