import type { Redis } from "../redis/client.ts";

import type { Delivery } from "./delivery.ts";
import { DELIVERY_STATES, type DeliveryState } from "./delivery-state.ts";
import { type DeliveryRange, type ListedHead, createAttemptReader, createLocator } from "./delivery-log.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { ENDLESS, type Patience } from "../events/patience.ts";

/** Where a page ended: the next one begins behind it. */
export interface DeliveryPlace {
  /** When its event was committed, unix ms. */
  readonly at: number;
  readonly eventId: string;
}

export interface DeliveryPage {
  /** The newest first, with their attempts. */
  readonly deliveries: readonly Delivery[];
  /** Undefined: that was all of the range. */
  readonly next: DeliveryPlace | undefined;
}

export interface DeliveryPages {
  /**
   * A page of an endpoint's deliveries. It may be short, or empty, and still not be the last: so many are looked at and no
   * more, however few are wanted, and only while the patience lasts.
   */
  page(
    endpoint: string,
    range: DeliveryRange,
    place: DeliveryPlace | undefined,
    count: number,
    wanted: (head: ListedHead) => boolean,
    patience?: Patience,
  ): Promise<DeliveryPage>;
  /** The newest of the range, in any of the states: as many pages as it takes. */
  newest(
    endpoint: string,
    range: DeliveryRange,
    count: number,
    states?: readonly DeliveryState[],
  ): Promise<Delivery[]>;
}

const BATCH = 500;
const MOST_LOOKED_AT = 10_000;

export function createDeliveryPages(redis: Redis, keys: Keys, keyring: Keyring): DeliveryPages {
  const locate = createLocator(redis, keys);
  const withAttempts = createAttemptReader(redis, keys, keyring);

  /** What stands behind the place, newest first. Those of one moment stand in the order of their names, backwards. */
  const placesBehind = async (
    endpoint: string,
    { since, until }: DeliveryRange,
    place: DeliveryPlace | undefined,
  ): Promise<readonly DeliveryPlace[]> => {
    const { timeline } = keys.outbox(endpoint);
    const below = async (end: number): Promise<DeliveryPlace[]> =>
      toPlaces(await redis.zrevrangebyscore(timeline, `(${end}`, since, "WITHSCORES", "LIMIT", 0, BATCH));
    if (!place || place.at >= until) return await below(until);
    const same = place.at < since ? [] : await redis.zrangebyscore(timeline, place.at, place.at);
    const left = same.filter((id) => Buffer.compare(Buffer.from(id), Buffer.from(place.eventId)) < 0);
    const leftOfMoment = left.toReversed().map((eventId) => ({ at: place.at, eventId }));
    return [...leftOfMoment, ...(await below(place.at))];
  };

  const pages: DeliveryPages = {
    async page(endpoint, range, place, count, wanted, { signal, isOver } = ENDLESS) {
      const found: ListedHead[] = [];
      let at = place;
      for (let seen = 0; ;) {
        signal.throwIfAborted();
        const places = await placesBehind(endpoint, range, at);
        const heads = await locate(
          endpoint,
          places.map(({ eventId }) => eventId),
        );
        const byId = new Map(heads.map((head) => [head.eventId, head]));
        for (const next of places) {
          at = next;
          // What is not located has been removed just now.
          const head = byId.get(next.eventId);
          if (head && wanted(head)) found.push(head);
          if (found.length === count) break;
        }
        seen += places.length;
        const ended = places.length === 0;
        if (ended || found.length === count || seen >= MOST_LOOKED_AT || isOver()) {
          return { deliveries: await withAttempts(endpoint, found), next: ended ? undefined : at };
        }
      }
    },

    async newest(endpoint, range, count, states = DELIVERY_STATES) {
      const found: Delivery[] = [];
      for (let place: DeliveryPlace | undefined; found.length < count;) {
        const left = count - found.length;
        const page = await pages.page(endpoint, range, place, left, ({ state }) => states.includes(state));
        found.push(...page.deliveries);
        place = page.next;
        if (!place) break;
      }
      return found;
    },
  };
  return pages;
}

function toPlaces(rows: readonly string[]): DeliveryPlace[] {
  return rows.flatMap((eventId, index) =>
    index % 2 === 0 ? [{ eventId, at: Number(rows[index + 1]) }] : [],
  );
}
