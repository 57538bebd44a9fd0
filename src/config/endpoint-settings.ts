export const PAYLOAD_LEVELS = ["full", "changes", "ids"] as const;
export const FORMATS = ["standard", "cloudevents"] as const;
export const ORDERINGS = ["none", "subject"] as const;

/** One more demand on an event: the field is among the changed ones and, where given, went from and to these values. */
export interface FieldCondition {
  readonly field: string;
  /** Undefined: any. Links and arrays of links are compared by the ids in them. */
  readonly from?: string | number | boolean | null | undefined;
  readonly to?: string | number | boolean | null | undefined;
}

/** PEM texts. */
export interface EndpointTls {
  /** Trusted instead of the public authorities. */
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

/** What an endpoint is to get and how. Rests sealed as a whole: URL and headers may carry tokens. */
export interface EndpointSettings {
  readonly url: string;
  readonly description: string;
  /** `*`, `<subject>.*` or an event type. */
  readonly events: readonly string[];
  /** Undefined: every account. */
  readonly accounts?: readonly string[] | undefined;
  /** All must hold. */
  readonly when: readonly FieldCondition[];
  readonly payload: (typeof PAYLOAD_LEVELS)[number];
  /** Sensitive fields that this endpoint is to get all the same. */
  readonly include: readonly string[];
  /** What stands around `data`; undefined: as in docs/events.md. */
  readonly format?: (typeof FORMATS)[number] | undefined;
  /** Links whose records come along, or `*` for all; undefined: none. */
  readonly expand?: readonly string[] | undefined;
  /** Whether the record's times come along by the clock of its place. */
  readonly localTime?: boolean | undefined;
  /** Sent besides ours; never in place of ours. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Callbacks a second; undefined: no limit. */
  readonly rateLimit?: number | undefined;
  /** Callbacks under way at once. */
  readonly concurrency: number;
  /** `subject`: events of one subject arrive in sequence. */
  readonly ordering: (typeof ORDERINGS)[number];
  readonly tls?: EndpointTls | undefined;
  /**
   * Name, in lower case, of a header with `sha256=` and the HMAC of the body alone, for receivers that can verify nothing else;
   * undefined: there is none. It needs a v1 secret.
   */
  readonly bodySignature?: string | undefined;
  /** Attempts that count, from 1; undefined: the whole schedule. */
  readonly attempts?: number | undefined;
}
