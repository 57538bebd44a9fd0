import { type Failure, type Row, besides } from "../../cliniko/outcome.ts";
import { eventRefuses, recordRefuses, snapshotRefuses } from "../../diff/consent.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import { isWithoutPatient, withoutParticipants, withoutPatient } from "../../diff/forgotten.ts";
import { linkedPatients, patientsOf } from "../../diff/patient-links.ts";
import type { AccountStore } from "../../store/detection/account-store.ts";
import type { Tombstones } from "../../store/detection/tombstones.ts";
import { PATIENTS } from "../../resources/field.ts";
import { type KnownResource, goesByPatient, resources } from "../../resources/registry.ts";
import { type FindByIdsDeps, findAllByIds } from "./find-by-ids.ts";

/** Whether an event may be told: of whom nothing shows, it is not known whether they refused. */
export type Consent = (event: WebhookEvent) => "told" | "refused" | "unknown";

/**
 * Of whom nothing may be remembered, and of whom nothing is told. Asked under the lease of what is being read, so that who is
 * forgotten while a page is on its way is not brought back by it.
 */
export interface PrivacyFilter {
  /** What may be remembered and told of these rows: of forgotten patients nothing, of what is theirs when and where alone. */
  withhold(rows: readonly Row[]): Promise<readonly Row[]>;
  /** Which of these events, and of others about the same patients, are about somebody who is not told of. */
  judge(events: readonly WebhookEvent[]): Promise<Consent | Failure>;
  /** Records of this resource that the upstream has and that we keep nothing of. */
  forgottenIds(): Promise<readonly string[]>;
}

export interface PrivacyFilterDeps extends FindByIdsDeps {
  readonly store: Pick<AccountStore, "loadSnapshots">;
  readonly tombstones: Pick<Tombstones, "read">;
  readonly account: string;
  /** As this account serves it. */
  readonly resource: KnownResource;
  /** Nothing is told of patients who refused the clinic's privacy policy. */
  readonly suppressWithoutConsent: boolean;
}

export function createPrivacyFilter(deps: PrivacyFilterDeps): PrivacyFilter {
  const { account, resource, suppressWithoutConsent, tombstones } = deps;
  return {
    async withhold(rows) {
      if (rows.length === 0) return rows;
      const forgotten = await tombstones.read(account);
      if (forgotten.isEmpty && !suppressWithoutConsent) return rows;
      if (goesByPatient(resource)) return rows.filter(({ id }) => !forgotten.has(id));
      // Who takes part in a class is told by the attendees, one by one: here it would pass by whoever refused.
      const isLeftOut = (id: string): boolean => suppressWithoutConsent || forgotten.has(id);
      const isNobodys = forgotten.isEmpty ? () => false : await lookForNobodys(deps, rows);
      return rows.map((row) => {
        const patients = linkedPatients(resource, row.record);
        if (isNobodys(row) || patients.some((patient) => forgotten.has(patient))) {
          return { ...row, record: withoutPatient(resource, row.record) };
        }
        return { ...row, record: withoutParticipants(row.record, isLeftOut) };
      });
    },

    async judge(events) {
      if (!suppressWithoutConsent || events.length === 0) return () => "told";
      if (resource.path === PATIENTS) return (event) => (eventRefuses(event) ? "refused" : "told");
      const refuses = await refusalsOf(deps, [...new Set(events.flatMap(patientsOf))]);
      if ("kind" in refuses) return refuses;
      return (event) => {
        const answers = patientsOf(event).map((id) => refuses.get(id));
        if (answers.includes(true)) return "refused";
        return answers.includes(undefined) ? "unknown" : "told";
      };
    },

    async forgottenIds() {
      return resource.path === PATIENTS ? (await tombstones.read(account)).ids() : [];
    },
  };
}

/**
 * Rows that name nobody and of which nothing of anybody is kept: the clinic took the name of a forgotten patient away, and what was
 * written of them is still served.
 */
async function lookForNobodys(
  { account, resource: of, store }: PrivacyFilterDeps,
  rows: readonly Row[],
): Promise<(row: Row) => boolean> {
  const nameless =
    of.nameLinks.length === 0 ? [] : rows.filter(({ record }) => linkedPatients(of, record).length === 0);
  if (nameless.length === 0) return () => false;
  const known = await store.loadSnapshots(
    account,
    of.path,
    nameless.map(({ id }) => id),
  );
  const bare = new Set([...known].flatMap(([id, snapshot]) => (isWithoutPatient(of, snapshot) ? [id] : [])));
  return (row) => bare.has(row.id) && linkedPatients(of, row.record).length === 0;
}

/**
 * Whether these patients refused. What was last read of a patient decides; one that has not been read yet (just registered, with
 * an appointment) is asked for, so that nothing is told before it is known whether it may be. Whom no list shows (it may be of a
 * cache, a role may not see them) is left out.
 */
async function refusalsOf(
  deps: PrivacyFilterDeps,
  patientIds: readonly string[],
): Promise<ReadonlyMap<string, boolean> | Failure> {
  const { account, store } = deps;
  const refuses = new Map<string, boolean>();
  for (const [id, snapshot] of await store.loadSnapshots(account, PATIENTS, patientIds)) {
    const known = snapshotRefuses(snapshot);
    if (known !== undefined) refuses.set(id, known);
  }
  const unknown = patientIds.filter((id) => !refuses.has(id));
  const found = await findAllByIds(deps, account, resources[PATIENTS], unknown);
  if ("kind" in found) return besides(found, PATIENTS);
  for (const { id, record } of found) refuses.set(id, recordRefuses(record));
  return refuses;
}
