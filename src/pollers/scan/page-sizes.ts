import type { ClinikoClient } from "../../cliniko/client.ts";
import { PAGE_SIZE } from "../../cliniko/list-query.ts";
import { elapsedMs } from "../../shared/elapsed.ts";

/** Fewer rows a page help no more. */
const LEAST = 6;
/** After this the usual size is tried again, ms. */
const KEPT_MS = 3_600_000;

/** How many rows a page are asked for: half as many after a page that came too late. Rows of notes and forms are large. */
export interface PageSizes {
  /** The same client, with pages of the size that this reading has come to. @param reading account and resource */
  of<Client extends Pick<ClinikoClient, "listPage">>(reading: string, client: Client): Client;
}

export function createPageSizes(now: () => number): PageSizes {
  /** Those that are smaller than usual, and since when. */
  const smaller = new Map<string, { readonly size: number; readonly since: number }>();
  const sizeOf = (reading: string): number => {
    const known = smaller.get(reading);
    if (!known || elapsedMs(now(), known.since) < KEPT_MS) return known?.size ?? PAGE_SIZE;
    smaller.delete(reading);
    return PAGE_SIZE;
  };
  return {
    of: (reading, client) => ({
      ...client,
      listPage: async (resource, request, signal, timeoutMs) => {
        // Pages that are counted must not change their size while somebody reads them.
        const pageSize = request.pageSize ?? (request.order === "id" ? sizeOf(reading) : undefined);
        const sized = pageSize === undefined ? request : { ...request, pageSize };
        const answer = await client.listPage(resource, sized, signal, timeoutMs);
        // A count takes the upstream its time however few rows it shows: only a scan's own pages are learnt from.
        const isScan = request.conditions === undefined;
        if (isScan && pageSize !== undefined && answer.kind === "unavailable" && answer.tooLate) {
          smaller.set(reading, { size: Math.max(LEAST, Math.floor(pageSize / 2)), since: now() });
        }
        return answer;
      },
    }),
  };
}
