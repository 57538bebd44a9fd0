import type { Redis } from "../redis/client.ts";

import type { AccountConfig } from "../../config/config.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import { type LinkedRecord, linkedRecords, linksOf } from "../../diff/links.ts";
import { type Related, type RelatedPart, ZONE } from "../../diff/related.ts";
import { namedValues } from "../../diff/values.ts";
import { isResourceName, resources } from "../../resources/registry.ts";
import { UnreadableRecordError } from "../../shared/errors.ts";
import { decodeSnapshot, sealedPartOf, snapshotContext } from "../detection/snapshot-codec.ts";
import type { Keys } from "../redis/keys.ts";
import type { Keyring } from "../sealing/keyring.ts";
import { CONSENT } from "./related-scripts.ts";

/** What a script that writes events is given of what their records lead to. See `RELATED`. */
export interface Relations {
  readonly moreKeys: readonly string[];
  readonly more: readonly (string | number)[];
}

/** What of an account's records may come along with an event that is committed now. */
export interface AlongRules {
  /** Not of patients who refused the clinic's privacy policy. */
  readonly holdsBack: boolean;
  /** Not what is remembered of a resource that is read no more: nobody looks after it. */
  readonly reads: (resource: string) => boolean;
}

export const ALL_ALONG: AlongRules = { holdsBack: false, reads: () => true };

export function alongRules(
  accounts: readonly Pick<AccountConfig, "name" | "resources" | "suppressWithoutConsent">[],
): (account: string) => AlongRules {
  const rules = new Map(
    accounts.map(({ name, resources: read, suppressWithoutConsent: holdsBack }) => [
      name,
      { holdsBack, reads: (resource: string) => read.includes(resource) },
    ]),
  );
  return (account) => rules.get(account) ?? { holdsBack: true, reads: () => false };
}

type Deps = readonly [redis: Redis, keys: Keys, keyring: Keyring];

export async function relationsOf(
  deps: Deps,
  account: string,
  events: readonly WebhookEvent[],
  { holdsBack, reads }: AlongRules,
): Promise<Relations> {
  const [, keys] = deps;
  const homes = [keys.snapshots(account, "businesses"), keys.snapshots(account, "users")];
  const places = new Map<string, number>();
  const moreKeys = events.length === 0 ? [] : [...homes];
  const placeOf = (resource: string): number => {
    const known = places.get(resource);
    if (known !== undefined) return known;
    moreKeys.push(keys.snapshots(account, resource), keys.gone(account, resource));
    places.set(resource, moreKeys.length - 1);
    return moreKeys.length - 1;
  };
  const led = events.map((event) => ({
    id: event.id,
    links: linkedRecords(event).filter(({ resource }) => reads(resource)),
  }));
  const zones = await zonesOf(
    deps,
    account,
    led.flatMap(({ links }) => links.filter(({ name }) => name !== "business")),
  );
  const more = led.flatMap(({ id, links }) => {
    const isPlaced = links.some(({ resource }) => resource === "businesses");
    const through = isPlaced ? [] : links.flatMap((link) => zones.get(placeIn(link)) ?? []);
    const all = [
      ...links,
      ...through.map((business) => ({ name: ZONE, resource: "businesses", id: business })),
    ];
    return [
      id,
      holdsBack ? CONSENT : "",
      all.length,
      ...all.flatMap((link) => [link.name, link.resource, link.id, placeOf(link.resource)]),
    ];
  });
  return { moreKeys, more: [led.length, ...more] };
}

function placeIn({ resource, id }: Pick<LinkedRecord, "id" | "resource">): string {
  return `${resource}/${id}`;
}

/** A place in a class, a line of an invoice: they say where they are by what they lead to. */
async function zonesOf(
  [redis, keys, keyring]: Deps,
  account: string,
  links: readonly LinkedRecord[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const asked = new Map(
    links.flatMap((link) =>
      linksOf(resources[link.resource]).has("business") ? [[placeIn(link), link]] : [],
    ),
  );
  for (const [place, { resource, id }] of asked) {
    const bytes = await redis.hgetBuffer(keys.snapshots(account, resource), id);
    const values = bytes && valuesOf(keyring, account, { resource, id }, bytes);
    const business = values instanceof Map ? values.get("business") : undefined;
    if (typeof business === "string") found.set(place, business);
  }
  return found;
}

/**
 * What is kept of what these events' records led to. `wants`: which of an event's links are asked for: the others are not opened.
 */
export async function readRelated(
  [redis, keys, keyring]: Deps,
  account: string,
  eventIds: readonly string[],
  wants: (name: string) => boolean,
): Promise<ReadonlyMap<string, Related>> {
  const found = new Map<string, Related>();
  if (eventIds.length === 0) return found;
  const kept = await redis.hmget(keys.related(account), ...eventIds);
  const parsed = eventIds.flatMap((id, index) => {
    const text = kept[index];
    return typeof text === "string" ? [{ id, ...parse(text, wants) }] : [];
  });
  const versions = [...new Set(parsed.flatMap(({ parts }) => parts.map(([, version]) => version)))];
  const named = versions.filter((version) => version !== "-");
  const bytes = named.length === 0 ? [] : await redis.hmgetBuffer(keys.versions(account), ...named);
  const opened = new Map<string, RelatedPart>([["-", { state: "deleted" }]]);
  for (const [index, version] of named.entries())
    opened.set(version, open(keyring, account, version, bytes[index] ?? undefined));
  for (const { id, holdsBack, parts } of parsed) {
    const links = parts.map(([name, version]) => [name, opened.get(version) ?? FORGOTTEN] as const);
    found.set(id, { holdsBack, parts: new Map(links) });
  }
  return found;
}

const FORGOTTEN: RelatedPart = { state: "forgotten" };

interface Parsed {
  readonly holdsBack: boolean;
  readonly parts: readonly (readonly [name: string, version: string])[];
}

function parse(text: string, wants: (name: string) => boolean): Parsed {
  const words = text.split(" ");
  const parts = words.flatMap((word) => {
    const [name = "", version] = word.split("=");
    return version === undefined || !wants(name) ? [] : [[name, version] as const];
  });
  return { holdsBack: words.includes(CONSENT), parts };
}

/** The record of a version; undefined: it is none. */
export function recordOfVersion(version: string): Pick<LinkedRecord, "resource" | "id"> | undefined {
  const [resource = "", id = ""] = version.split("/");
  return isResourceName(resource) ? { resource, id } : undefined;
}

/** What is not there any more, or opens no more, was of somebody who was forgotten. */
function open(keyring: Keyring, account: string, version: string, bytes: Buffer | undefined): RelatedPart {
  const record = recordOfVersion(version);
  if (!record || !bytes || keyring.isErased(sealedPartOf(bytes).sealed)) return FORGOTTEN;
  const values = valuesOf(keyring, account, record, bytes);
  return values ? { state: "read", ...record, values } : { state: "unreadable" };
}

function valuesOf(
  keyring: Keyring,
  account: string,
  { resource, id }: Pick<LinkedRecord, "id" | "resource">,
  bytes: Buffer,
): ReturnType<typeof namedValues> {
  try {
    const snapshot = decodeSnapshot(keyring, snapshotContext(account, resource, id), bytes);
    return namedValues(resources[resource], snapshot);
  } catch (error) {
    if (error instanceof UnreadableRecordError) return undefined;
    throw error;
  }
}
