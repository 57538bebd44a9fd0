import type { ClinikoClient } from "../../cliniko/client.ts";
import type { Triple } from "../../cliniko/available-times.ts";
import { bestPlan } from "../../cliniko/reading-plan.ts";
import { namedValues } from "../../diff/values.ts";
import { type ResourceName, resources } from "../../resources/registry.ts";
import type { AccountStore } from "../../store/detection/account-store.ts";
import { ONLY_ID } from "../../cliniko/read-single.ts";

/** By what the clinic's settings let a time appear or disappear without anybody's doing. */
export interface OfferRules {
  /** How near a time may be: by the clinic's word or by that of the type, whichever asks for more. */
  readonly leadHours: number;
  /** By the type's own word, where that asks for less. Whether it stands in place of the clinic's is not known. */
  readonly ownLeadHours: number;
  /** How far ahead. */
  readonly horizonDays: number;
  /** How long one is held while somebody books it. */
  readonly holdMinutes: number;
  /** Whether only some of a morning, an afternoon or an evening are offered: then others take the place of those that are too near. */
  readonly isSegmented: boolean;
  readonly timeZone: string;
}

type Fields = (name: string) => unknown;

/** Until the settings can be read: no lead, no end, and Cliniko's usual hold. */
const USUAL_HOLD_MINUTES = 10;
const NO_END_DAYS = 3_650;
/** How long what had to be asked for is believed. */
const BELIEVED_MS = 3_600_000;

export interface OfferRulesDeps {
  readonly account: string;
  readonly client: Pick<ClinikoClient, "findRecord" | "listPage">;
  readonly store: Pick<AccountStore, "loadSnapshots">;
  readonly now: () => number;
  /** By account, resource and id: what had to be asked for. */
  readonly asked: Map<string, { readonly at: number; readonly fields: Fields }>;
}

/** Out of what is known of the settings, the place and the type; what the account does not read is asked for, once an hour. */
export async function readOfferRules(
  deps: OfferRulesDeps,
  { appointmentType, business }: Triple,
  signal: AbortSignal,
): Promise<OfferRules> {
  const settings = await fieldsOf(deps, "settings", ONLY_ID, signal);
  const place = await fieldsOf(deps, "businesses", business, signal);
  const type = await fieldsOf(deps, "appointment_types", appointmentType, signal);
  const of = (name: string): number | undefined => toNumber(settings(`online_bookings.${name}`));
  const zone = place("time_zone_identifier");
  const leadHours = of("min_hours_advance_required_to_book") ?? 0;
  const ownLeadHours = toNumber(type("online_bookings_lead_time_hours")) ?? leadHours;
  return {
    leadHours: Math.max(leadHours, ownLeadHours),
    ownLeadHours,
    horizonDays: of("allow_bookings_days_in_advance") ?? NO_END_DAYS,
    holdMinutes: of("booking_reservation_minutes") ?? USUAL_HOLD_MINUTES,
    isSegmented: of("max_appointments_per_day_segment") !== undefined,
    timeZone: typeof zone === "string" && zone !== "" ? zone : "UTC",
  };
}

async function fieldsOf(
  { account, asked, client, now, store }: OfferRulesDeps,
  name: ResourceName,
  id: string,
  signal: AbortSignal,
): Promise<Fields> {
  const resource = resources[name];
  const snapshot = (await store.loadSnapshots(account, name, [id])).get(id);
  const named = snapshot && snapshot.deletedAt === undefined ? namedValues(resource, snapshot) : undefined;
  if (named) return (field) => named.get(field);
  const key = `${account}/${name}/${id}`;
  const kept = asked.get(key);
  if (kept && Math.abs(now() - kept.at) < BELIEVED_MS) return kept.fields;
  const record = await ask(client, name, id, signal);
  if (!record) return kept?.fields ?? (() => undefined);
  const fields: Fields = (field) => record[field];
  asked.set(key, { at: now(), fields });
  return fields;
}

async function ask(
  client: OfferRulesDeps["client"],
  name: ResourceName,
  id: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const resource = resources[name];
  if (resource.publicly === undefined) {
    const found = await client.findRecord(resource, id, signal);
    return found.kind === "ok" ? found.record : undefined;
  }
  const { order, passes } = bestPlan(resource);
  const [pass] = passes;
  if (!pass) return undefined;
  const page = await client.listPage(resource, { pass, order, since: undefined, after: undefined }, signal);
  return page.kind === "ok" ? page.page.rows[0]?.record : undefined;
}

function toNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
