/** One frame of a reply: a whole JSON body, the data of a server-sent event, or a line of NDJSON. */
export interface Frame {
  readonly data: string;
  /** The event's name, where it has one (`event: error`). */
  readonly event?: string;
}

/** Cuts a body into frames as its bytes arrive. */
export interface Framing {
  /** The frames that these bytes complete. Throws `limit` when a frame is too large. */
  feed(bytes: Uint8Array): readonly Frame[];
  /** The frame that the end of the body completes, if there is one. */
  end(): readonly Frame[];
}

/** Most characters of one frame: 8 Mi. */
export const maxFrameLength = 8_388_608;
/** Most bytes of a body that is read whole: 64 MiB. */
export const maxBodyBytes = 67_108_864;
