import type { GROUPS } from "../resources/resource.ts";
import type { EventSchema } from "./event-schema.ts";
import type { JsonSchema } from "./json-schema.ts";
import type { SubjectWords } from "./subject.ts";

/** One event type: all that is known of it, in one place, for schemas, types, pages and tests. */
export interface CatalogueEntry {
  readonly type: string;
  readonly subject: string;
  readonly title: string;
  /** The end of the sentence "sent when …". */
  readonly when: string;
  readonly notWhen: string | undefined;
  /** Accepts the event at every payload level. */
  readonly schema: EventSchema;
  /** Draft 2020-12, complete in itself. Made when it is asked for. */
  jsonSchema(): JsonSchema;
  /** At payload level `full`, without sensitive fields. */
  readonly example: object;
}

/** What the event types of one kind of record have in common. */
export interface CatalogueSubject extends Omit<SubjectWords, "occasions"> {
  /** Section of the docs; undefined: it is told of the service itself. */
  readonly group: keyof typeof GROUPS | undefined;
  /** Fields whose change makes an event; none for what is told of the service itself. */
  readonly watched: readonly string[];
  /** Everything that may be among an event's transitions. */
  readonly transitions: readonly string[];
  /** Left out of every payload unless an endpoint's `include` names them. */
  readonly sensitive: readonly string[];
  /** What the end of a record is called, where it may leave nothing to show. */
  readonly deletedAs: string | undefined;
  readonly entries: readonly CatalogueEntry[];
}
