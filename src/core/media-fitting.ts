/** How files are brought into the form that a model takes, as far as the caller may choose. */
export interface MediaFitting {
  readonly image?: {
    /** Longest edge of a picture in pixels; larger ones are scaled. Default: what the server takes. */
    readonly maxEdge?: number;
  };
  readonly video?: {
    /** How many pictures a film becomes where the server takes no films. Default 8, at most 256. */
    readonly frames?: number;
  };
  readonly pdf?: {
    /**
     * What becomes of the pages: their text, pictures of them, or both. Default `auto`: text, and a picture of each page that
     * has none where the model has eyes.
     */
    readonly as?: "auto" | "text" | "pictures" | "both";
    /** Most pages that are sent, from the first on. Default 50. */
    readonly maxPages?: number;
  };
}
