import { isInhouseError, withDetails } from "../../core/error.ts";

/** The reply; where the server has no such route, the error says what would open it. */
export async function withRouteHint<Reply>(hint: string, reply: Promise<Reply>): Promise<Reply> {
  try {
    return await reply;
  } catch (error) {
    if (isInhouseError(error) && error.status === 404 && error.code === "unsupported") {
      throw withDetails(error, { hint });
    }
    throw error;
  }
}
