export { errorStatus } from "../../core/error-status.ts";
export type { PublicError } from "../../core/public-error.ts";
export { errorResponse } from "./error-response.ts";
export type { AnswerFormat } from "./answer-body.ts";
export { respond, type AnsweredStream, type RespondOptions, type StartAnswer } from "./respond.ts";
export { respondTo } from "./respond-to.ts";
