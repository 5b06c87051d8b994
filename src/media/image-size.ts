/** Pixels from left to right and from top to bottom. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** What is known of a picture before it is decoded. Its size is that of the stored pixels, not yet turned. */
export interface ImageFacts extends ImageSize {
  /** IANA media type, by content. */
  readonly mediaType: string;
  /** EXIF's number of how the pixels are turned, 1 (as they are) to 8; 5 to 8 swap width and height. 1 where nothing is said. */
  readonly orientation: number;
  /** Whether it holds more than one picture: frames of an animation, or pages of a TIFF. */
  readonly animated: boolean;
  /** Whether one may see through parts of it; not known of a TIFF and a BMP. */
  readonly hasAlpha: boolean;
  /** Whether the file ends before the picture does, as far as its pieces say; not known of a TIFF. */
  readonly cut: boolean;
}

/** What a reader of one format finds; what it leaves out is as usual. */
export type StoredImage = ImageSize & Partial<Pick<ImageFacts, "orientation" | "animated" | "hasAlpha" | "cut">>;
