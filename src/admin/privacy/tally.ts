import type { ErasedDeliveries } from "../../store/outbox/delivery-erasure.ts";

export type ErasedAt = ErasedDeliveries & { readonly endpoint: string };

/** What a forgetting came to so far. */
export interface Tally {
  addEvents(seen: number, ofPatient: number, unreadable: number): void;
  addDeliveries(endpoint: string, erased: ErasedDeliveries): void;
  seen(): number;
  counts(): {
    readonly events: number;
    readonly deliveries: readonly ErasedAt[];
    readonly unreadable: number;
  };
}

export function createTally(): Tally {
  const totals = { seen: 0, events: 0, unreadable: 0 };
  const byEndpoint = new Map<string, ErasedDeliveries>();
  return {
    addEvents(seen, ofPatient, unreadable) {
      totals.seen += seen;
      totals.events += ofPatient;
      totals.unreadable += unreadable;
    },
    addDeliveries(endpoint, erased) {
      if (erased.given === 0) return;
      const sum = byEndpoint.get(endpoint) ?? { given: 0, stopped: 0, delivered: 0, excerpts: 0 };
      byEndpoint.set(endpoint, {
        given: sum.given + erased.given,
        stopped: sum.stopped + erased.stopped,
        delivered: sum.delivered + erased.delivered,
        excerpts: sum.excerpts + erased.excerpts,
      });
    },
    seen: () => totals.seen,
    counts: () => ({
      events: totals.events,
      deliveries: [...byEndpoint].map(([endpoint, counts]) => ({ endpoint, ...counts })),
      unreadable: totals.unreadable,
    }),
  };
}
