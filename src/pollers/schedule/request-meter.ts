import type { ClinikoClient } from "../../cliniko/client.ts";
import type { Failure } from "../../cliniko/outcome.ts";

/** What was asked of the upstream so far, and how many records came. Read it anew: it goes on counting. */
export interface RequestMeter {
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
  readonly meter: RequestMeter;
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
    meter: { read: () => ({ requests, records }) },
  };
}

/** What was asked since. */
export function askedSince(meter: RequestMeter, before: Asked): Asked {
  const { records, requests } = meter.read();
  return { requests: requests - before.requests, records: records - before.records };
}
