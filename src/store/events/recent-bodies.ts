/** What was read so long ago, ms, is read again. */
const KEPT_MS = 20;

type Read = (account: string, eventIds: readonly string[]) => Promise<readonly (Buffer | null)[]>;

/** Reads bodies once for the many endpoints that are given the same events in the same moment. */
export function createRecentBodies(read: Read): Read {
  const recent = new Map<string, Promise<Buffer | null>>();
  let timer: NodeJS.Timeout | undefined;
  return async (account, eventIds) => {
    const missing = eventIds.filter((eventId) => !recent.has(`${account}/${eventId}`));
    if (missing.length > 0) {
      const reading = read(account, missing);
      for (const [index, eventId] of missing.entries()) {
        const key = `${account}/${eventId}`;
        const body = reading.then((bodies) => bodies[index] ?? null);
        recent.set(key, body);
        // What failed is read again by the next who asks.
        body.catch(() => recent.delete(key));
      }
      timer ??= setTimeout(() => {
        timer = undefined;
        recent.clear();
      }, KEPT_MS).unref();
    }
    return await Promise.all(
      eventIds.map(async (eventId) => (await recent.get(`${account}/${eventId}`)) ?? null),
    );
  };
}
