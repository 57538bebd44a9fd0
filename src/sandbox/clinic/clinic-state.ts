import { createFaultBoard, type FaultBoard } from "../faults/faults.ts";
import { type Background, createBackground } from "./background.ts";
import { createIdSource } from "./ids.ts";
import { createKeyRing, type KeyRing } from "./key-ring.ts";
import { createLedger, type LedgerWriter } from "../audit/ledger.ts";
import { createRandom, type Random } from "./random.ts";
import { createRateLimit, type RateLimit } from "./rate-limit.ts";
import { createSeating, type Seating } from "../acts/seating.ts";
import { createShard, type Shard } from "./shard.ts";
import { openTables, type Tables } from "../tables/tables.ts";
import { createTraffic, type TrafficRecorder } from "./traffic.ts";
import { LIKELY_ANSWERS, type Unknowns } from "./unknowns.ts";
import { createWireFormat, type WireFormat } from "../wire/format.ts";

export interface ClinicOptions {
  /** The clinic's clock, in ms. It has no other. */
  readonly now: () => number;
  readonly seed: number;
  /** Where the account lives: part of its keys and of the links in its records. Default au1. */
  readonly shard?: string;
  /** IANA zone of the practice. Default Australia/Brisbane. */
  readonly timeZone?: string;
  readonly name?: string;
  /** Default 200 a minute for each user, as documented. */
  readonly requestsPerMinute?: number;
  readonly unknowns?: Partial<Unknowns>;
}

/** A place for one file, given to one patient. */
export interface Upload {
  readonly patientId: string;
  readonly policy: string;
  readonly untilMs: number;
  readonly file?: UploadedFile;
}

interface UploadedFile {
  readonly filename: string;
  readonly content_type: string;
  readonly size: number;
}

/** Everything a clinic is, for the acts and the routes to work on. */
export interface ClinicState {
  readonly now: () => number;
  readonly shard: Shard;
  readonly timeZone: string;
  readonly name: string;
  readonly unknowns: Unknowns;
  readonly format: WireFormat;
  readonly faults: FaultBoard;
  readonly keys: KeyRing;
  readonly rateLimit: RateLimit;
  readonly traffic: TrafficRecorder;
  readonly ledger: LedgerWriter;
  readonly nextId: (createdAtMs: number) => string;
  /** Draws for request ids: apart from the rest, so that being read never changes what happens. */
  readonly requestRandom: Random;
  readonly tables: Tables;
  readonly background: Background;
  /** Files on their way into patients' records, by where they lie. */
  readonly uploads: Map<string, Upload>;
  /** Which attendees belong to which booking, individual or group. */
  readonly seating: Seating;
}

export function createClinicState(options: ClinicOptions): ClinicState {
  const { now, seed, timeZone = "Australia/Brisbane", name = "Northside Practice" } = options;
  const unknowns: Unknowns = { ...LIKELY_ANSWERS, ...options.unknowns };
  const random = createRandom(seed);
  const shard = createShard(options.shard ?? "au1");
  const faults = createFaultBoard(random.fork("faults"));
  const format = createWireFormat(shard, unknowns, faults.currentSpelling);
  return {
    now,
    shard,
    timeZone,
    name,
    unknowns,
    format,
    faults,
    keys: createKeyRing(random.fork("keys"), shard),
    rateLimit: createRateLimit(options.requestsPerMinute ?? 200),
    traffic: createTraffic(),
    ledger: createLedger(),
    nextId: createIdSource(random.fork("ids"), unknowns.integerIds),
    requestRandom: random.fork("requests"),
    tables: openTables(format),
    background: createBackground(now),
    uploads: new Map(),
    seating: createSeating(),
  };
}
