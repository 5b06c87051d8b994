/** Which files of one kind a server takes. */
export interface MediaFormats {
  /** IANA media types that it decodes; what is in another form is converted before it is sent. */
  readonly mediaTypes: readonly string[];
  /** Most bytes of one file. Default: no limit is known. */
  readonly maxBytes?: number;
}

/** Which pictures a server takes. */
export interface ImageFormats extends MediaFormats {
  /** Most pixels of one picture. Default: no limit is known. */
  readonly maxPixels?: number;
  /**
   * Whether it looks at colours alone, so that what one can see through shows a colour that nobody chose, mostly black; such
   * pictures are put on white here. Default false.
   */
  readonly opaqueOnly?: boolean;
}

/** Which sounds a server takes. */
export interface AudioFormats extends MediaFormats {
  /** Longest sound, in milliseconds. Default: no limit is known. */
  readonly maxMs?: number;
}

/**
 * In which form a server takes media, whatever its model: a plain record of the provider. Whether the model has eyes and
 * ears at all is a capability (`image`, `audio`, `video`).
 */
export interface MediaSupport {
  readonly image: ImageFormats;
  readonly audio: AudioFormats;
  /** Absent: the server takes no films, and they are sent as pictures and sound. */
  readonly video?: MediaFormats;
}
