import type { ClinikoClient } from "../../cliniko/client.ts";
import { type PageRequest, parseAnchor } from "../../cliniko/list-query.ts";
import { nextPage } from "../../cliniko/parse-page.ts";
import { elapsedMs } from "../../shared/elapsed.ts";

/** How long totals are not believed that promised rows and brought none, ms. */
const DISTRUST_MS = 86_400_000;

/** Whether a page that is not full and names no next one is the last. */
export interface ShortPages {
  /**
   * The same client, which goes on after such a page while `total_entries` says that there is more. Of a total that is wrong it
   * asks in vain once a day: the count after the last row is then not that of no rows. One that was merely taken a moment
   * earlier or later than the rows costs a request, and is believed the next time.
   * @param reading account and resource
   */
  of<Client extends Pick<ClinikoClient, "listPage">>(reading: string, client: Client): Client;
}

export function createShortPages(now: () => number): ShortPages {
  const distrusted = new Map<string, number>();
  const isBelieved = (reading: string): boolean =>
    elapsedMs(now(), distrusted.get(reading) ?? -Infinity) >= DISTRUST_MS;
  return {
    of: (reading, client) => {
      /** Places after pages that were the last ones by all but their total. */
      const doubted = new Set<string>();
      /** By place, how many of the rows that are counted there come before it. */
      const shown = new Map<string, number>();
      return {
        ...client,
        listPage: async (resource, request, signal, timeoutMs) => {
          const answer = await client.listPage(resource, request, signal, timeoutMs);
          if (answer.kind !== "ok") return answer;
          const { page } = answer;
          const { after } = request;
          if (page.rows.length === 0) {
            if (after !== undefined && doubted.has(after) && page.totalEntries !== 0)
              distrusted.set(reading, now());
            return answer;
          }
          const next = page.next ?? nextPage(request, page.rows);
          // Of what goes on where another poll has stopped it is not known.
          const before = after === undefined ? 0 : (shown.get(after) ?? Infinity);
          const upTo = countedBefore(request, after) ? before + page.rows.length : page.rows.length;
          shown.set(next, countedBefore(request, next) ? upTo : 0);
          if (page.next !== undefined || !isBelieved(reading) || (page.totalEntries ?? 0) <= upTo)
            return answer;
          doubted.add(next);
          return { ...answer, page: { ...page, next } };
        },
      };
    },
  };
}

/** By id, and from the second of a row on, only what comes after the place is counted; by page numbers what came before it, too. */
function countedBefore({ order }: PageRequest, place: string | undefined): boolean {
  return order !== "id" && (parseAnchor(place)?.page ?? 1) > 1;
}
