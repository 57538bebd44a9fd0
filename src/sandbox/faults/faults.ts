import type { Random } from "../clinic/random.ts";
import type { Spelling } from "../wire/respell.ts";
import type { Strictness } from "./strictness.ts";
import { HISTORY_MS } from "../storage/table.ts";

/** One way a single request can go wrong. */
export type Fault =
  /** An HTML error page. With `afterWork` the request is carried out first, and the client cannot know. */
  | { readonly kind: "status"; readonly status: 500 | 502 | 503 | 504; readonly afterWork?: boolean }
  /** 401 although the key is good, as a proxy or a deploy may say for a moment. */
  | { readonly kind: "unauthorized" }
  /** 429 although there is budget left, as when another tool of the same user has spent it. */
  | { readonly kind: "rate_limited"; readonly resetInMs: number }
  /** No answer, ever. */
  | { readonly kind: "hang" }
  | { readonly kind: "slow"; readonly delayMs: number }
  /** A complete answer whose JSON ends in the middle. */
  | { readonly kind: "torn_json" }
  /** The connection ends in the middle of the body. */
  | { readonly kind: "cut_connection" }
  /** The connection is reset before any answer. */
  | { readonly kind: "reset" }
  /** 200 with a page for people. */
  | { readonly kind: "wrong_content_type" };

/**
 * What a user's role may still see of a resource. `hiddenShare` hides that share of the records, always the same ones;
 * `missing` is an account, or a region, that has no such list.
 */
export type Restriction =
  | "forbidden"
  | "missing"
  | "empty"
  | { readonly hiddenShare: number }
  | { readonly hiddenIds: readonly string[] };

/** What is wrong with `total_entries`: cut off at a number, always the same number, blind to filters, not there, or text. */
export type Miscount =
  | { readonly kind: "capped"; readonly at: number }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "unfiltered" | "missing" | "text" };

export interface Faults {
  /** The next requests go wrong; `path` limits it to paths that contain the text. */
  readonly failNext: (fault: Fault, options?: { readonly count?: number; readonly path?: string }) => void;
  /** Every request goes wrong with this probability, until healed. */
  readonly failRandomly: (fault: Fault, probability: number, options?: { readonly path?: string }) => void;
  /** Writes are stamped at once, but readers see them only after a delay drawn for each write. */
  readonly delayCommits: (delay: { readonly minMs?: number; readonly maxMs: number }) => void;
  /** Lists show the records as they were, at an age drawn for each request. */
  readonly staleLists: (age: { readonly minMs?: number; readonly maxMs: number }) => void;
  /** Every other reading of this list, from the next one on, shows it as it was at a moment (ms): two caches answer in turn. */
  readonly alternateList: (resource: string, momentMs: number) => void;
  /** Takes permission for a resource from one user, or from all of them. */
  readonly restrict: (resource: string, restriction: Restriction, userId?: string) => void;
  /** Gives one resource back, or all. */
  readonly unrestrict: (resource?: string) => void;
  /** Lists tell a wrong `total_entries`, until healed. Undefined: the right one again. */
  readonly miscount: (miscount: Miscount | undefined) => void;
  /** Writes are stamped so much too early: the clock of the machine that makes them is behind. */
  readonly stampEarly: (early: { readonly seconds: number }) => void;
  /** Somebody books this time online, and holds it until then. Moments in ms. */
  readonly holdTime: (practitionerId: string, startsAt: number, until: number) => void;
  /** Lists leave these records out; by id they answer. */
  readonly unlist: (resource: string, ids: readonly string[]) => void;
  /** Records of a list say of themselves that they were deleted, at this moment of the clinic's clock (ISO). */
  readonly sayDeleted: (resource: string, at: string) => void;
  /** Lists accept less from now on: those of one resource, or all. */
  readonly enforce: (strictness: Strictness, resource?: string) => void;
  /** Prints the same values otherwise. An audit compares texts: undefined, or heal, before it. */
  readonly spell: (spelling: Spelling | undefined) => void;
  /** Ends every fault and restriction. Writes that are late stay late. */
  readonly heal: () => void;
}

/** The side of the board that the clinic reads. */
export interface FaultBoard extends Faults {
  /** The fault for this request, used up when it was counted. */
  readonly take: (path: string) => Fault | undefined;
  readonly commitDelayMs: () => number;
  /** As of when a list is shown. @param isFirst the first page of a reading */
  readonly listMomentMs: (resource: string, nowMs: number, isFirst: boolean) => number;
  readonly currentMiscount: () => Miscount | undefined;
  readonly stampedEarlySeconds: () => number;
  readonly currentSpelling: () => Spelling | undefined;
  readonly isHeld: (practitionerId: string, startsAt: number, at: number) => boolean;
  readonly unlistedOf: (resource: string) => readonly string[];
  /** What the records of a list say in `deleted_at`; undefined: the truth. */
  readonly deletedAtOf: (resource: string) => string | undefined;
  readonly strictnessOf: (resource: string) => Strictness;
  readonly restrictionOf: (resource: string, userId: string) => Restriction | undefined;
}

interface Planned {
  readonly fault: Fault;
  readonly path: string;
  readonly probability: number;
  remaining: number;
}

interface Span {
  readonly minMs: number;
  readonly maxMs: number;
}

const NOTHING: Span = { minMs: 0, maxMs: 0 };

export function createFaultBoard(random: Random): FaultBoard {
  let planned: Planned[] = [];
  let commitDelay = NOTHING;
  let listAge = NOTHING;
  let wrongCount: Miscount | undefined;
  let earlySeconds = 0;
  let spelling: Spelling | undefined;
  const deletedAt = new Map<string, string>();
  const alternating = new Map<string, { readonly momentMs: number; isOld: boolean }>();
  const held = new Map<string, number>();
  const unlisted = new Map<string, readonly string[]>();
  const restrictions = new Map<string, Restriction>();
  const strictnesses = new Map<string, Strictness>();
  const draw = (span: Span): number =>
    span.maxMs === 0 ? 0 : Math.min(HISTORY_MS, random.integer(span.minMs, span.maxMs));

  return {
    failNext: (fault, options) => {
      planned.push({ fault, path: options?.path ?? "", probability: 1, remaining: options?.count ?? 1 });
    },
    failRandomly: (fault, probability, options) => {
      planned.push({ fault, path: options?.path ?? "", probability, remaining: Infinity });
    },
    delayCommits: ({ minMs = 0, maxMs }) => {
      commitDelay = { minMs, maxMs };
    },
    staleLists: ({ minMs = 0, maxMs }) => {
      listAge = { minMs, maxMs };
    },
    alternateList: (resource, momentMs) => alternating.set(resource, { momentMs, isOld: false }),
    restrict: (resource, restriction, userId = "*") => restrictions.set(`${resource} ${userId}`, restriction),
    unrestrict: (resource) => {
      for (const key of restrictions.keys()) {
        if (resource === undefined || key.startsWith(`${resource} `)) restrictions.delete(key);
      }
    },
    miscount: (miscount) => {
      wrongCount = miscount;
    },
    spell: (given) => {
      spelling = given;
    },
    stampEarly: ({ seconds }) => {
      earlySeconds = seconds;
    },
    holdTime: (practitionerId, startsAt, until) => held.set(`${practitionerId} ${startsAt}`, until),
    unlist: (resource, ids) => unlisted.set(resource, ids),
    sayDeleted: (resource, at) => deletedAt.set(resource, at),
    enforce: (strictness, resource = "*") => strictnesses.set(resource, strictness),
    heal: () => {
      planned = [];
      earlySeconds = 0;
      spelling = undefined;
      deletedAt.clear();
      unlisted.clear();
      alternating.clear();
      held.clear();
      wrongCount = undefined;
      commitDelay = NOTHING;
      listAge = NOTHING;
      restrictions.clear();
      strictnesses.clear();
    },
    take: (path) => {
      const due = planned.find((plan) => path.includes(plan.path) && random.chance(plan.probability));
      if (due === undefined) return undefined;
      due.remaining -= 1;
      planned = planned.filter((plan) => plan.remaining > 0);
      return due.fault;
    },
    commitDelayMs: () => draw(commitDelay),
    listMomentMs: (resource, nowMs, isFirst) => {
      const turns = alternating.get(resource);
      if (turns && isFirst) turns.isOld = !turns.isOld;
      return turns?.isOld === true ? turns.momentMs : nowMs - draw(listAge);
    },
    currentMiscount: () => wrongCount,
    stampedEarlySeconds: () => earlySeconds,
    currentSpelling: () => spelling,
    isHeld: (practitionerId, startsAt, at) => (held.get(`${practitionerId} ${startsAt}`) ?? 0) > at,
    unlistedOf: (resource) => unlisted.get(resource) ?? [],
    deletedAtOf: (resource) => deletedAt.get(resource),
    strictnessOf: (resource) => strictnesses.get(resource) ?? strictnesses.get("*") ?? {},
    restrictionOf: (resource, userId) =>
      restrictions.get(`${resource} ${userId}`) ?? restrictions.get(`${resource} *`),
  };
}
