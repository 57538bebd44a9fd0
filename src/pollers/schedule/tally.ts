import type { ClinikoClient } from "../../cliniko/client.ts";
import type { Failure } from "../../cliniko/outcome.ts";

/** What was asked of the upstream so far, and how many records came. Read it anew: it goes on counting. */
export interface Tally {
  read(): Asked;
}

export interface Asked {
  readonly requests: number;
  readonly records: number;
}

type Reader = Pick<ClinikoClient, "listPage" | "findRecord">;

/** A client that counts for whoever it is handed to. A question that our own budget kept back was not asked. */
export function countRequests({ findRecord, listPage }: Reader): {
  readonly client: Reader;
  readonly tally: Tally;
} {
  let requests = 0;
  let records = 0;
  const count = (kind: Failure["kind"] | "ok", came: number): void => {
    if (kind !== "budget_spent") requests += 1;
    records += came;
  };
  return {
    client: {
      async findRecord(...asked) {
        const answer = await findRecord(...asked);
        count(answer.kind, answer.kind === "ok" && answer.found ? 1 : 0);
        return answer;
      },
      async listPage(...asked) {
        const answer = await listPage(...asked);
        count(answer.kind, answer.kind === "ok" ? answer.page.rows.length : 0);
        return answer;
      },
    },
    tally: { read: () => ({ requests, records }) },
  };
}

/** What was asked since. */
export function askedSince(tally: Tally, before: Asked): Asked {
  const { records, requests } = tally.read();
  return { requests: requests - before.requests, records: records - before.records };
}
