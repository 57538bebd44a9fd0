import { elapsedMs } from "../../shared/elapsed.ts";
import type { Assessment, Code, Subject } from "../assess/assessment.ts";
import { nameOf } from "../assess/assessment.ts";
import { isWell } from "../assess/severity.ts";
import { compareAssessments } from "../assess/verdict.ts";

/** What people were told last of one thing. */
export interface Told {
  /** `endpoint_disabled`, `late`, …; `well`: that it is over. */
  readonly state: string;
  /** When, unix ms. */
  readonly at: number;
  /** Since when it was wrong, unix ms; undefined: not known. */
  readonly since?: number | undefined;
}

/** By the thing's name. */
export type ToldStates = ReadonlyMap<string, Told>;

/** One thing that people are told of. */
export interface News {
  readonly name: string;
  readonly subject: Subject;
  /** Undefined: it is well again. */
  readonly trouble:
    | { readonly state: string; readonly worst: Assessment; readonly others: number }
    | undefined;
  /** Of what is over: since when it was wrong, unix ms. */
  readonly was: number | undefined;
}

export interface NoticePlan {
  /** The worst first; empty: nothing is to be told now. */
  readonly news: readonly News[];
  /** What is remembered once it was told. */
  readonly told: ToldStates;
  /** Whether nothing is wrong any more, of what people were or are told. */
  readonly isAllWell: boolean;
}

/** Of one thing people hear at most this often. */
export const QUIET_MS = 15 * 60_000;
/** What happens shortly after a notice comes together in the next one. */
export const GATHER_MS = 2 * 60_000;

const WELL = "well";

/** What makes another notice of the same account: not each word for being late. */
const ACCOUNT_STATES: Readonly<Partial<Record<Code, string>>> = {
  key_revoked: "key_revoked",
  account_quarantined: "held",
  permission_reduced: "held",
  schema_changed: "held",
};

/**
 * Whom to tell what, from what is so now and what was told. Tells what holds when it may be told: what came and went in
 * between is told by nobody. Pure. @param now unix ms
 */
export function planNotices(assessments: readonly Assessment[], told: ToldStates, now: number): NoticePlan {
  const things = groupByThing(assessments);
  const next = new Map<string, Told>();
  const news: News[] = [];
  const lastAt = Math.max(0, ...[...told.values()].map(({ at }) => at));
  const gathers = lastAt > 0 && elapsedMs(now, lastAt) < GATHER_MS;
  for (const [name, thing] of things) {
    const last = told.get(name);
    const state = thing.trouble?.state ?? WELL;
    const isNew = state !== (last?.state ?? WELL);
    if (!isNew) {
      const isOver = state === WELL && (!last || elapsedMs(now, last.at) >= QUIET_MS);
      if (last && !isOver) next.set(name, last);
    } else if (gathers || (last && elapsedMs(now, last.at) < QUIET_MS)) {
      if (last) next.set(name, last);
    } else {
      const since = last && last.state !== WELL ? last.since : thing.trouble?.worst.since;
      next.set(name, { state, at: now, since: since ?? thing.trouble?.worst.since });
      news.push({ name, ...thing, was: last?.since });
    }
  }
  const isAllWell = [...next.values()].every((one) => one.state === WELL);
  return { news: news.toSorted(byTrouble), told: next, isAllWell };
}

interface Thing {
  readonly subject: Subject;
  readonly trouble: News["trouble"];
}

/** All kinds of record of an account are one thing: they fail together. */
function groupByThing(assessments: readonly Assessment[]): ReadonlyMap<string, Thing> {
  const groups = new Map<string, Assessment[]>();
  for (const assessment of assessments) {
    const { subject } = assessment;
    const name = subject.kind === "source" ? `account ${subject.account}` : nameOf(subject);
    groups.set(name, [...(groups.get(name) ?? []), assessment]);
  }
  return new Map(
    [...groups].flatMap(([name, group]) => {
      const [first] = group;
      const bad = group.filter(({ severity }) => !isWell(severity)).toSorted(compareAssessments);
      const [worst] = bad;
      if (!first) return [];
      const { subject } = worst ?? first;
      return [
        [
          name,
          { subject, trouble: worst && { state: stateOf(worst), worst, others: bad.length - 1 } },
        ] as const,
      ];
    }),
  );
}

function stateOf({ code, subject }: Assessment): string {
  return subject.kind === "source" ? (ACCOUNT_STATES[code] ?? "late") : code;
}

function byTrouble(left: News, right: News): number {
  if (left.trouble && right.trouble) return compareAssessments(left.trouble.worst, right.trouble.worst);
  return Number(right.trouble !== undefined) - Number(left.trouble !== undefined);
}
