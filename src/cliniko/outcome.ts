/**
 * What came of asking the upstream. Everything that a caller must be ready for is a kind of its own; nothing is thrown.
 * `detail` is safe to log: statuses, Cliniko's own host names and the upstream's own short words, never a record.
 */
export type Failure =
  | { readonly kind: "unauthorized"; readonly detail: string }
  | { readonly kind: "forbidden"; readonly detail: string }
  | { readonly kind: "not_found"; readonly detail: string }
  /** Ask again at `resetAtMs` (unix ms) at the earliest. */
  | { readonly kind: "rate_limited"; readonly resetAtMs: number; readonly detail: string }
  /** The upstream refuses a filter, or silently ignored one. */
  | { readonly kind: "bad_filter"; readonly detail: string }
  /** Ours: the share of the budget is spent; nothing was sent. Ask again at `resetAtMs`. */
  | { readonly kind: "budget_spent"; readonly resetAtMs: number; readonly detail: string }
  /** `tooLate`: no complete answer within our patience, or a gateway's (504): less may be asked for. */
  | {
      readonly kind: "unavailable";
      readonly detail: string;
      readonly status?: number;
      readonly tooLate?: true;
    }
  /** It answered 200 with something that cannot be believed. */
  | {
      readonly kind: "malformed";
      readonly detail: string;
      /** Its rows have no ids. */
      readonly isBare?: true;
    }
  /** Its records have another shape than documented: comparing them would tell changes that are none. */
  | { readonly kind: "schema_changed"; readonly detail: string }
  /** What answers is another clinic than the one whose records are remembered. */
  | { readonly kind: "another_clinic"; readonly detail: string };

/** Nothing else that is asked of the account now would fare better. */
export function concernsAccount({ kind }: Failure): boolean {
  return (
    kind === "unauthorized" || kind === "rate_limited" || kind === "budget_spent" || kind === "another_clinic"
  );
}

/**
 * A failure of something that was asked for besides: it says nothing of the list that is being read, whose right to be read is not
 * reduced and whose pages are not too long. It is told to subscribers, and what was asked for were ids of patients.
 * @param path of what was asked for
 */
export function besides(failure: Failure, path: string): Failure {
  if (concernsAccount(failure)) return failure;
  return {
    kind: "unavailable",
    detail: `${path}, which decide on this, cannot be read: ${safeDetail(failure)}`,
  };
}

export type Outcome<Value> = ({ readonly kind: "ok" } & Value) | Failure;

/** A record as the upstream served it, with the few things that every reader needs read out. */
export interface Row {
  /** Decimal string; of a row without an id, those of what makes it what it is, with ":" between them, or a word. */
  readonly id: string;
  /** Unix seconds; of a row without stamps, when it was read. */
  readonly updatedAt: number;
  /** The same. */
  readonly createdAt: number;
  readonly record: Readonly<Record<string, unknown>>;
  /** Of the one object that is served in two places: in which. */
  readonly source?: string;
}

export interface Page {
  /** As the plan orders them: by id, or by the column that is read by value. */
  readonly rows: readonly Row[];
  /** Upstream's clock when it answered (HTTP Date), unix seconds. */
  readonly date: number;
  /** Where to go on (`PageRequest.after`); undefined: this was the last page of the pass. */
  readonly next: string | undefined;
  /** What the upstream says the filter finds in all; undefined when it does not say. */
  readonly totalEntries: number | undefined;
}

/** A failure's detail, to be kept: without the id of a record, and without Cliniko's own words to a filter, which may repeat one. */
export function safeDetail({ detail }: Failure): string {
  return withoutRecord(detail)
    .replace(/(HTTP 400[^:]*): .*$/, "$1")
    .slice(0, 160);
}

/** A failure's detail without the id of the record that it begins with: which it was stands in the log of the process. */
export function withoutRecord(detail: string): string {
  return detail.replace(/^record \S+: /, "");
}
