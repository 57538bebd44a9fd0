import { eventCatalogue } from "../../src/catalogue/event-catalogue.ts";
import type { ClinikoEvent, EventType } from "../../src/public/events.ts";

type Example<Type> = Extract<ClinikoEvent, { readonly type: Type }>;

/** The catalogue's example of a type, as a subscriber reads it: in test/integration/package.test.ts a compiler holds each to its type. */
export function exampleOf<Type extends EventType>(type: Type): Example<Type> {
  return eventCatalogue.find((entry) => entry.type === type)?.example as unknown as Example<Type>;
}
