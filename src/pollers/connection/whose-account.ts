import type { ClinikoClient } from "../../cliniko/client.ts";
import type { Failure } from "../../cliniko/outcome.ts";
import { compareIds } from "../../cliniko/parse-page.ts";
import { project } from "../../diff/compare.ts";
import { type IdentityKey, fingerprintOf } from "../../diff/identity.ts";
import { FieldShapeError } from "../../diff/normalise.ts";
import type { AccountStore } from "../../store/detection/account-store.ts";
import type { Connection, Owner } from "../../store/detection/connection-store.ts";
import { isResourceName, resources } from "../../resources/registry.ts";
import type { ConnectionKeeper, Decision } from "./connection-keeper.ts";
import { noteRole } from "./key-user.ts";

/** Known records that are asked for as witnesses: so many of each of so many resources, the newest first. */
const WITNESSES = 3;
const RESOURCES_ASKED = 2;
/** A scan's pages follow each other within seconds: what was found out for one of them holds for the next. */
const CONFIRMED_MS = 5_000;

export interface OwnedAccount {
  readonly client: Pick<ClinikoClient, "currentUser" | "clinic" | "findRecord">;
  readonly keyHash: string;
  readonly resources: readonly string[];
}

export interface WhoseDeps {
  readonly keeper: ConnectionKeeper;
  readonly store: Pick<AccountStore, "listIds" | "loadSnapshots">;
  readonly identityKey: IdentityKey;
  readonly now: () => number;
  /** See `KeyUserDeps`. */
  readonly completeUpTo: (account: string) => Promise<number | undefined>;
}

/**
 * Whether an account's answers come from the clinic whose records are remembered. A key or a base URL is easily mixed up, and
 * what another clinic holds would be told as this one's changes.
 */
export interface WhoseAccount {
  /**
   * Before anything is read: once a process, or `anew`. Undefined: it is the same clinic. Under way: another poll of the
   * account is asking, and waiting for it here would take the place of another account's.
   */
  verify(
    name: string,
    account: OwnedAccount,
    anew: boolean,
    signal: AbortSignal,
  ): Promise<Failure | "under_way" | undefined>;
  /**
   * Whether it has been found to be the same clinic, and nothing spoke against it since.
   */
  isFound(name: string): boolean;
  /**
   * Before a page is taken over that brings changes and not one record as it is known: asks again, for the answers may have
   * become another clinic's since.
   */
  confirm(name: string, account: OwnedAccount, signal: AbortSignal): Promise<Failure | undefined>;
}

interface Shown {
  readonly userId: string | undefined;
  readonly role: string | undefined;
  readonly place: string | undefined;
}

export function createWhoseAccount(deps: WhoseDeps): WhoseAccount {
  /** When it was found to be the same clinic. */
  const found = new Map<string, number>();
  const underWay = new Map<string, Promise<Failure | undefined>>();
  const find = async (
    name: string,
    account: OwnedAccount,
    signal: AbortSignal,
  ): Promise<Failure | undefined> => {
    const running =
      underWay.get(name) ?? judge(deps, name, account, signal).finally(() => underWay.delete(name));
    underWay.set(name, running);
    const failure = await running;
    if (failure) found.delete(name);
    else found.set(name, deps.now());
    return failure;
  };
  return {
    isFound: (name) => found.has(name),

    verify: async (name, account, anew, signal) => {
      if (found.has(name) && !anew) return undefined;
      return underWay.has(name) ? "under_way" : await find(name, account, signal);
    },
    confirm: async (name, account, signal) => {
      const age = deps.now() - (found.get(name) ?? 0);
      return age >= 0 && age < CONFIRMED_MS ? undefined : await find(name, account, signal);
    },
  };
}

async function judge(
  deps: WhoseDeps,
  name: string,
  account: OwnedAccount,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const shown = await look(deps, account, signal);
  if ("kind" in shown) return shown;
  const connection = await deps.keeper.read(name);
  const { owner } = connection;
  const why = owner?.adopted ? undefined : await findStrange(deps, name, account, owner, shown, signal);
  if (typeof why === "object") return why;
  if (why !== undefined) return { kind: "another_clinic", detail: why };
  await remember(deps, name, account, shown, connection);
  // Of a new account it is remembered with the rest.
  if (owner) await noteRole(deps, name, shown.role, connection);
  return undefined;
}

/** Who answers. What a role may not see is not known, which is no failure. */
async function look(
  { identityKey }: WhoseDeps,
  { client }: OwnedAccount,
  signal: AbortSignal,
): Promise<Shown | Failure> {
  const user = await client.currentUser(signal);
  if (user.kind !== "ok" && user.kind !== "forbidden") return user;
  const clinic = await client.clinic(signal);
  if (clinic.kind !== "ok" && !UNSEEN.has(clinic.kind)) return clinic;
  const place = clinic.kind === "ok" ? clinic.place : undefined;
  return {
    userId: user.kind === "ok" ? user.userId : undefined,
    role: user.kind === "ok" ? user.role : undefined,
    place: place === undefined ? undefined : fingerprintOf(identityKey, [place]),
  };
}

const UNSEEN: ReadonlySet<string> = new Set(["forbidden", "not_found", "malformed", "bad_filter"]);

/** What speaks against its being the same clinic, for a person; undefined: nothing. */
async function findStrange(
  deps: WhoseDeps,
  name: string,
  account: OwnedAccount,
  owner: Owner | undefined,
  shown: Shown,
  signal: AbortSignal,
): Promise<string | Failure | undefined> {
  const sameUser = isSame(owner?.userId, shown.userId);
  const samePlace = isSame(owner?.place, shown.place);
  const isUnmoved = owner?.keyHash === account.keyHash && owner.foreignHash === undefined;
  // The same connection, and nothing that it shows of itself has changed.
  if (isUnmoved && sameUser !== false && samePlace !== false && (sameUser ?? samePlace)) return undefined;
  const witness = await askWitnesses(deps, name, account, signal);
  if ("kind" in witness) return witness;
  const { asked, other, same } = witness;
  if (same > 0) return undefined;
  const what = describe(sameUser, samePlace);
  if (other > 0) return `${what}; ${other} known records are there, but are others`;
  // Whose records they are cannot be seen: a role may hide them all, and a clinic may have none.
  if (sameUser === true && samePlace !== false) return undefined;
  if (asked > 0) return `${what}; none of ${asked} known records is there`;
  return owner === undefined || samePlace === true ? undefined : what;
}

function isSame(known: string | undefined, shown: string | undefined): boolean | undefined {
  return known === undefined || shown === undefined ? undefined : known === shown;
}

function describe(sameUser: boolean | undefined, samePlace: boolean | undefined): string {
  const user =
    sameUser === undefined
      ? "its user is not known"
      : `the key's user is ${sameUser ? "the same" : "another"}`;
  const place =
    samePlace === undefined
      ? "its address is not known"
      : `its address is ${samePlace ? "the same" : "another"}`;
  return `another clinic seems to answer: ${user}, ${place}`;
}

interface Witnesses {
  readonly asked: number;
  /** There, and as they are known, or nearly. */
  readonly same: number;
  /** There, with other content. */
  readonly other: number;
}

/** Asks for known records by their ids, until one is recognised. */
async function askWitnesses(
  { store }: WhoseDeps,
  name: string,
  { client, resources: read }: OwnedAccount,
  signal: AbortSignal,
): Promise<Witnesses | Failure> {
  const counts = { asked: 0, same: 0, other: 0 };
  let resourcesAsked = 0;
  for (const resource of read) {
    if (!isResourceName(resource) || resourcesAsked === RESOURCES_ASKED) continue;
    // What has no id of its own cannot be asked for.
    if (!resources[resource].hasStamps) continue;
    const ids = (await store.listIds(name, resource)).toSorted(compareIds).slice(-WITNESSES);
    if (ids.length > 0) resourcesAsked += 1;
    const known = await store.loadSnapshots(name, resource, ids);
    for (const [id, snapshot] of known) {
      const shown = await client.findRecord(resources[resource], id, signal);
      // Where wildcards are refused, those that are not hidden must do.
      const answer =
        shown.kind === "bad_filter"
          ? await client.findRecord(resources[resource], id, signal, undefined, [])
          : shown;
      if (answer.kind === "forbidden") break;
      // Served under that id, but not in a shape to compare.
      if (answer.kind !== "ok" && answer.kind !== "malformed") return answer;
      counts.asked += 1;
      if (answer.kind !== "ok" || !answer.found) continue;
      const projection = resources[resource];
      const values = snapshot.projectionVersion === projection.version ? snapshot.values() : undefined;
      if (isAlike(values, answer.record && projectOrNone(projection, answer.record))) {
        return { ...counts, same: 1 };
      }
      counts.other += 1;
    }
  }
  return counts;
}

function projectOrNone(
  projection: Parameters<typeof project>[0],
  record: Readonly<Record<string, unknown>>,
): ReturnType<typeof project> | undefined {
  try {
    return project(projection, record);
  } catch (error) {
    if (error instanceof FieldShapeError) return undefined;
    throw error;
  }
}

/** A record changes in a few fields at a time: half of its words the same is the same record. What cannot be compared is there, and that must do. */
function isAlike(
  known: ReturnType<typeof project> | undefined,
  shown: ReturnType<typeof project> | undefined,
): boolean {
  if (!known || !shown) return true;
  const words = known.flatMap((value, index) => (typeof value === "string" ? [value === shown[index]] : []));
  return words.filter(Boolean).length * 2 >= words.length;
}

async function remember(
  deps: WhoseDeps,
  name: string,
  { keyHash }: OwnedAccount,
  { userId, place, role: shownRole }: Shown,
  connection: Connection,
): Promise<void> {
  const decide = ({ owner }: Connection): Decision | undefined => {
    const { role, sawAs, sawUntil } = owner ?? { role: shownRole };
    const seen = { role, sawAs, sawUntil };
    const next = { ...seen, keyHash, userId: userId ?? owner?.userId, place: place ?? owner?.place };
    const isKnown =
      owner?.keyHash === keyHash &&
      owner.userId === next.userId &&
      owner.place === next.place &&
      owner.foreignHash === undefined &&
      !owner.adopted &&
      !owner.asked;
    return isKnown ? undefined : { change: { owner: { ...next, adopted: false, asked: false } } };
  };
  await deps.keeper.update(name, decide, connection);
}
