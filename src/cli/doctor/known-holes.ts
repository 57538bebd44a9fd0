import type { RedisFacts } from "../../store/redis/redis-facts.ts";

type Flavour = RedisFacts["flavour"];

/** A published hole, and the first release of each series without it. */
interface Hole {
  readonly id: string;
  readonly what: string;
  /** The first series that has it; undefined: all of them. */
  readonly since?: string;
  readonly fixed: Partial<Readonly<Record<Flavour, readonly string[]>>>;
}

/**
 * From the release notes of both projects and the CVE records, as of November 2026: what a client that is let in can turn into
 * code of its own in the server, or what nobody needs to be let in for. Not every hole there is: that is the packager's to watch.
 */
const HOLES: readonly Hole[] = [
  {
    id: "CVE-2024-46981",
    what: "Lua scripts can run code in the server",
    fixed: { redis: ["6.2.17", "7.2.7", "7.4.2"] },
  },
  {
    id: "CVE-2025-49844",
    what: "Lua scripts can run code in the server",
    fixed: {
      redis: ["6.2.20", "7.2.11", "7.4.6", "8.0.4", "8.2.2"],
      valkey: ["7.2.11", "8.0.6", "8.1.4"],
    },
  },
  {
    id: "CVE-2026-23479",
    what: "a client that waits can run code in the server",
    since: "7.2",
    fixed: {
      redis: ["7.2.14", "7.4.9", "8.2.6", "8.4.3", "8.6.3"],
      valkey: ["7.2.13", "8.0.9", "8.1.7", "9.0.4"],
    },
  },
  {
    id: "CVE-2026-63639",
    what: "a forged dump can run code in the server",
    fixed: { valkey: ["7.2.14", "8.0.10", "8.1.9", "9.0.5", "9.1.1"] },
  },
  {
    id: "CVE-2026-81934",
    what: "where it speaks TLS, strangers may run code in the server",
    fixed: { redis: ["6.2.24", "7.2.16", "7.4.11", "8.2.9", "8.4.6", "8.6.6", "8.8.2", "8.10.1"] },
  },
];

export interface KnownHoles {
  /** Ids, the oldest first. */
  readonly holes: readonly { readonly id: string; readonly what: string }[];
  /** The first release of the same series without any of them; undefined: there is none. */
  readonly fixedIn: string | undefined;
}

/** What is published of a version, by its number. Pure. A series that is newer than the last named one has the mending in it. */
export function findKnownHoles(flavour: Flavour, version: string): KnownHoles {
  const own = HOLES.filter(({ fixed, since }) => {
    const series = fixed[flavour];
    if (!series || (since !== undefined && compare(seriesOf(version), since) < 0)) return false;
    const [newest = "0"] = series.toSorted(compare).toReversed();
    const mended = series.find((one) => seriesOf(one) === seriesOf(version));
    return mended === undefined
      ? compare(seriesOf(version), seriesOf(newest)) < 0
      : compare(version, mended) < 0;
  });
  const mended = own.map(({ fixed }) => fixed[flavour]?.find((one) => seriesOf(one) === seriesOf(version)));
  const known = mended.filter((one) => one !== undefined);
  return {
    holes: own.map(({ id, what }) => ({ id, what })),
    fixedIn: known.length === own.length ? known.toSorted(compare).at(-1) : undefined,
  };
}

function seriesOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

/** By number, part by part: `8.10` is after `8.2`. */
function compare(left: string, right: string): number {
  const [one, other] = [left, right].map((text) => text.split(".").map((part) => Number.parseInt(part, 10)));
  for (let at = 0; at < 3; at += 1) {
    const difference = (one?.[at] ?? 0) - (other?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
