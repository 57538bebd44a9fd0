import { PAGE_SIZE } from "../../cliniko/list-query.ts";
import type { Failure, Row } from "../../cliniko/outcome.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import { linkedId } from "../../diff/normalise.ts";
import { linkedPatients } from "../../diff/patient-links.ts";
import { PATIENTS } from "../../resources/field.ts";
import { type KnownResource, resources } from "../../resources/registry.ts";
import type { AccountStore } from "../../store/detection/account-store.ts";
import { type FindByIdsDeps, findAllByIds } from "./find-by-ids.ts";

/** What keeps it from being told that names were taken away; undefined: they were. */
export type NameWitness = (
  rows: readonly Row[],
  events: readonly WebhookEvent[],
) => Promise<Failure | undefined>;

export interface NameWitnessDeps extends FindByIdsDeps {
  readonly store: Pick<AccountStore, "listIds">;
  readonly account: string;
  readonly resource: KnownResource;
  /** An operator has looked, and has what is gone taken as gone. */
  readonly accepted: boolean;
}

/**
 * A record that names its patient no longer: the clinic took the name away, or Cliniko has stopped serving names to this key, and
 * then no record has one. So it takes a witness: another record of the list that still names somebody, on the same page or among
 * those that are known. Where there is none, the patients must be gone themselves.
 */
export function createNameWitness(deps: NameWitnessDeps): NameWitness {
  const { accepted, account, resource, store } = deps;
  const namesSomebody = ({ record }: Row): boolean => linkedPatients(resource, record).length > 0;
  return async (rows, events) => {
    const nameless = events.filter(({ data }) => data.transitions.includes("anonymised"));
    if (nameless.length === 0 || accepted || rows.some(namesSomebody)) return undefined;
    const shown = new Set(rows.map(({ id }) => id));
    const others = (await store.listIds(account, resource.path)).filter((id) => !shown.has(id));
    const found = await findAllByIds(deps, account, resource, others.slice(0, PAGE_SIZE));
    if ("kind" in found) return found;
    if (found.some(namesSomebody)) return undefined;
    const former = nameless.flatMap(({ data }) =>
      resource.nameLinks.flatMap((link) => linkedId(data.previous[link]) ?? []),
    );
    const patients = await findAllByIds(deps, account, resources[PATIENTS], [...new Set(former)]);
    if ("kind" in patients) return patients;
    if (patients.length === 0) return undefined;
    const [{ subject } = { subject: { id: "" } }] = nameless;
    return {
      kind: "schema_changed",
      detail: `record ${subject.id}: ${resource.nameLinks.join(" and ")} no longer served`,
    };
  };
}
