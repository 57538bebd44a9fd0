import { PAGE_SIZE } from "../../cliniko/list-query.ts";
import { type Failure, type Row, besides } from "../../cliniko/outcome.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import { linkedId } from "../../diff/normalise.ts";
import { PATIENTS } from "../../resources/field.ts";
import { type KnownResource, resources } from "../../resources/registry.ts";
import type { AccountStore } from "../../store/detection/account-store.ts";
import { type FindByIdsDeps, findAllByIds } from "./find-by-ids.ts";

/** What keeps it from being told that links went away; undefined: they did. */
export type LinkWitness = (
  rows: readonly Row[],
  events: readonly WebhookEvent[],
) => Promise<Failure | undefined>;

export interface LinkWitnessDeps extends FindByIdsDeps {
  readonly store: Pick<AccountStore, "listIds">;
  readonly account: string;
  readonly resource: KnownResource;
  /** An operator has looked, and has what is gone taken as gone. */
  readonly accepted: boolean;
}

/** A link that a record had, and the record it was on. */
interface Gone {
  readonly link: string;
  readonly event: WebhookEvent;
}

/**
 * A record that leads nowhere any longer where nearly all lead somewhere: the clinic took the patient's name away, or the business or
 * practitioner was unset. Or Cliniko has stopped serving the link to this key, and then no record has one. So it takes a witness:
 * another record of the list that still has it, on the same page or among those that are known. Where there is none of a link to a
 * patient, the patients must be gone themselves.
 */
export function createLinkWitness(deps: LinkWitnessDeps): LinkWitness {
  const { accepted, account, resource, store } = deps;
  const { nameLinks, witnessedLinks } = resource;
  return async (rows, events) => {
    if (accepted) return undefined;
    const gone = events.flatMap((event) => goneFrom(witnessedLinks, event));
    const open = gone.filter(({ link }) => !rows.some((row) => has(row, link)));
    if (open.length === 0) return undefined;
    const shown = new Set(rows.map(({ id }) => id));
    const others = (await store.listIds(account, resource.path)).filter((id) => !shown.has(id));
    const found = await findAllByIds(deps, account, resource, others.slice(0, PAGE_SIZE));
    if ("kind" in found) return found;
    const left = open.filter(({ link }) => !found.some((row) => has(row, link)));
    const former = left.map(({ link, event }) =>
      nameLinks.includes(link) ? linkedId(event.data.previous[link]) : undefined,
    );
    const named = [...new Set(former)].filter((id) => id !== undefined);
    const patients = await findAllByIds(deps, account, resources[PATIENTS], named);
    if ("kind" in patients) return besides(patients, PATIENTS);
    const there = new Set(patients.map(({ id }) => id));
    const [unproved] = left.filter((_, index) => former[index] === undefined || there.size > 0);
    if (unproved === undefined) return undefined;
    const { event, link } = unproved;
    return { kind: "schema_changed", detail: `record ${event.subject.id}: ${link} is no longer served` };
  };
}

function goneFrom(links: readonly string[], event: WebhookEvent): Gone[] {
  const { changed, object } = event.data;
  return links.flatMap((link) =>
    changed.includes(link) && linkedId(object?.[link]) === undefined ? [{ link, event }] : [],
  );
}

function has({ record }: Row, link: string): boolean {
  return linkedId(record[link]) !== undefined;
}
