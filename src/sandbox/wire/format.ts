import { createLinks, type Links } from "./links.ts";
import type { Shard } from "../clinic/shard.ts";
import type { OpenQuestion, Unknowns } from "../clinic/unknowns.ts";
import type { Spelling } from "./respell.ts";
import { toWireTime } from "./time.ts";

/** How this account prints values: what differs from one account to the next, and nothing else. */
export interface WireFormat {
  readonly links: Links;
  readonly id: (id: string) => string | number;
  readonly time: (epochSeconds: number) => string;
  /** The answer to an open question. */
  readonly isSo: (question: OpenQuestion) => boolean;
  /** How values are printed for the time being, if otherwise. */
  readonly spelling: () => Spelling | undefined;
}

export function createWireFormat(
  shard: Shard,
  unknowns: Unknowns,
  spelling: WireFormat["spelling"] = () => undefined,
): WireFormat {
  const time = (epochSeconds: number): string =>
    toWireTime(epochSeconds, spelling()?.moments ?? unknowns.timestampStyle);
  return {
    links: createLinks(shard),
    // Only the short ids of old accounts are ever printed as numbers: those fit a double.
    id: (id) => (unknowns.integerIds ? Number(id) : id),
    time,
    isSo: (question) => unknowns[question],
    spelling,
  };
}
