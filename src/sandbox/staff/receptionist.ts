import {
  bookClass,
  cancelClassPlace,
  greetAtClass,
  joinClass,
  moveClass,
  noteClassNoShow,
} from "./class-acts.ts";
import type { Clinic } from "../clinic/clinic.ts";
import {
  bookCourse,
  bookVisit,
  cancelAfternoon,
  cancelVisit,
  editVisitNote,
  handOver,
  moveAfternoon,
  moveVisit,
  removeVisit,
} from "./diary-acts.ts";
import {
  correctDetails,
  correctName,
  greet,
  invoice,
  mergeDuplicates,
  noteNoShow,
  putAwayPatient,
  registerNewcomer,
  remind,
  takeBackArrival,
  takeBackNoShow,
  takeOutPatient,
} from "./front-door-acts.ts";
import { officeWork } from "./office-acts.ts";
import type { TableName } from "../tables/tables.ts";
import { localTimeIn } from "../clinic/local-time.ts";
import { createRandom } from "../clinic/random.ts";
import type { ActReport, Reception } from "./reception.ts";

/** How often each act comes up, relative to the others. */
const DAILY_WORK = {
  bookVisit: 22,
  bookCourse: 3,
  moveVisit: 18,
  cancelVisit: 10,
  greet: 12,
  takeBackArrival: 2,
  noteNoShow: 5,
  takeBackNoShow: 2,
  registerNewcomer: 5,
  correctDetails: 5,
  correctName: 2,
  editVisitNote: 7,
  handOver: 4,
  remind: 5,
  invoice: 2,
  mergeDuplicates: 1,
  removeVisit: 2,
  putAwayPatient: 1,
  takeOutPatient: 1,
  moveAfternoon: 1,
  cancelAfternoon: 1,
  bookClass: 1,
  joinClass: 3,
  cancelClassPlace: 2,
  greetAtClass: 2,
  noteClassNoShow: 1,
  moveClass: 1,
  officeWork: 12,
} as const satisfies Record<string, number>;

export type ActKind = keyof typeof DAILY_WORK;

const ACTS: Readonly<
  Record<ActKind, (reception: Reception, cabinet: TableName | undefined) => ActReport | undefined>
> = {
  bookVisit,
  bookCourse,
  moveVisit,
  cancelVisit,
  greet,
  takeBackArrival,
  noteNoShow,
  takeBackNoShow,
  registerNewcomer,
  correctDetails,
  correctName,
  editVisitNote,
  handOver,
  remind,
  invoice,
  mergeDuplicates,
  removeVisit,
  putAwayPatient,
  takeOutPatient,
  moveAfternoon,
  cancelAfternoon,
  bookClass,
  joinClass,
  cancelClassPlace,
  greetAtClass,
  noteClassNoShow,
  moveClass,
  officeWork,
};

export interface Act extends ActReport {
  readonly kind: ActKind;
  readonly at: number;
}

export interface ReceptionistOptions {
  readonly clinic: Clinic;
  readonly seed: number;
  /** Leaves a record alone for so long after acting on it. Default 0: as busy as can be. */
  readonly minGapMs?: number;
  /** Other frequencies; 0 switches an act off. */
  readonly weights?: Partial<Readonly<Record<ActKind, number>>>;
  /** Tables without visits that the office works with, too: see `fillCabinets`. Default none. */
  readonly cabinets?: readonly TableName[];
  readonly onAct?: (act: Act) => void;
}

export interface Receptionist {
  /** Does one believable thing now. Undefined when there is nothing to do: no patients, nobody quiet. */
  readonly step: () => Act | undefined;
  readonly acts: number;
}

const TRIES = 40;
/** Of the weight of an office, for each cabinet in it: every one of many has its turn within minutes. */
const CABINET_WEIGHT = 2;

export function createReceptionist(options: ReceptionistOptions): Receptionist {
  const { clinic, seed, minGapMs = 0, cabinets = [], onAct } = options;
  const random = createRandom(seed).fork("receptionist");
  const lastActAt = new Map<string, number>();
  const reception: Reception = {
    clinic,
    random,
    localTime: localTimeIn(clinic.timeZone),
    isQuiet: (id, gapMs = 0) => clinic.now() - (lastActAt.get(id) ?? -Infinity) >= Math.max(minGapMs, gapMs),
  };
  const office = Math.max(DAILY_WORK.officeWork, cabinets.length * CABINET_WEIGHT);
  const usual = { ...DAILY_WORK, officeWork: cabinets.length > 0 ? office : 0 };
  let turns = 0;
  const draw = createDraw({ ...usual, ...options.weights }, random.next);
  let acts = 0;
  return {
    get acts() {
      return acts;
    },
    step: () => {
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const kind = draw();
        // One cabinet after the other, so that none is forgotten.
        if (kind === "officeWork") turns += 1;
        const report = ACTS[kind](reception, cabinets[turns % cabinets.length]);
        if (report === undefined) continue;
        const at = clinic.now();
        if (minGapMs > 0) for (const id of report.recordIds) lastActAt.set(id, at);
        acts += 1;
        const act: Act = { kind, at, ...report };
        onAct?.(act);
        return act;
      }
      return undefined;
    },
  };
}

export interface WorkOptions {
  readonly actsPerMinute: number;
  /** Aborting it ends the work, like disposing. */
  readonly signal?: AbortSignal;
  /** For the gaps only. */
  readonly seed?: number;
}

/** Lets a receptionist work by the clock, at gaps between half and one and a half times the mean. */
export function startReceptionist(receptionist: Receptionist, options: WorkOptions): AsyncDisposable {
  const { actsPerMinute, signal, seed = 1 } = options;
  const random = createRandom(seed).fork("gaps");
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  };
  const plan = (): void => {
    timer = setTimeout(
      () => {
        plan();
        receptionist.step();
      },
      (60_000 / actsPerMinute) * (0.5 + random.next()),
    );
  };
  if (signal?.aborted !== true) {
    signal?.addEventListener("abort", stop, { once: true });
    plan();
  }
  return {
    [Symbol.asyncDispose]: async () => {
      stop();
      await Promise.resolve();
    },
  };
}

function createDraw(weights: Readonly<Record<ActKind, number>>, next: () => number): () => ActKind {
  const kinds = Object.keys(weights).filter(isActKind);
  const total = kinds.reduce((sum, kind) => sum + weights[kind], 0);
  return () => {
    let left = next() * total;
    for (const kind of kinds) {
      left -= weights[kind];
      if (left < 0) return kind;
    }
    return "bookVisit";
  };
}

function isActKind(text: string): text is ActKind {
  return Object.hasOwn(DAILY_WORK, text);
}
