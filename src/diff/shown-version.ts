/** A version that is stamped earlier than the known one. */
export interface OlderVersion {
  readonly id: string;
  readonly fingerprint: string;
  /** Stamp of the known version. */
  readonly knownStamp: number;
  readonly readAt: number;
}

/** A version of a row that has neither an id of its own nor a stamp. Unix seconds of the upstream's clock. */
export interface UnstampedVersion {
  readonly id: string;
  readonly fingerprint: string;
  /** When it was found to be gone; undefined: it is not, as far as is known. */
  readonly goneAt: number | undefined;
  readonly readAt: number;
}
