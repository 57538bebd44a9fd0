export interface ServedRequest {
  readonly at: number;
  readonly method: string;
  /** With its query string, as it was sent. */
  readonly path: string;
  readonly status: number;
  /** The user whose key was used; undefined when nobody was recognised. */
  readonly userId: string | undefined;
}

/** What was asked of the clinic: how a test, or a demo, sees the price of being watched. */
export interface Traffic {
  readonly total: number;
  readonly byStatus: ReadonlyMap<number, number>;
  readonly byUser: ReadonlyMap<string, number>;
  /** The latest ones, oldest first. */
  readonly recent: readonly ServedRequest[];
}

export interface TrafficRecorder extends Traffic {
  readonly record: (request: ServedRequest) => void;
}

const KEPT = 2000;

export function createTraffic(): TrafficRecorder {
  const byStatus = new Map<number, number>();
  const byUser = new Map<string, number>();
  const recent: ServedRequest[] = [];
  let total = 0;
  return {
    get total() {
      return total;
    },
    byStatus,
    byUser,
    recent,
    record: (request) => {
      total += 1;
      byStatus.set(request.status, (byStatus.get(request.status) ?? 0) + 1);
      const user = request.userId ?? "unknown";
      byUser.set(user, (byUser.get(user) ?? 0) + 1);
      recent.push(request);
      if (recent.length > KEPT) recent.shift();
    },
  };
}
