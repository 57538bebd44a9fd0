import { isRecord } from "../../../shared/is-record.ts";
import type { DocumentPart } from "./webhooks.ts";

const PLACE = "#/components/schemas/";
/** What the schema of something that is sent to us is called, beside that of the same thing as we send it. */
const INPUT = "Input";

/**
 * Leaves out the schemas that nothing refers to: each is there twice, as it comes in and as it goes out, and those of the
 * whole process are among them. One that is only needed as it comes in goes by its plain name.
 */
export function keepUsedComponents(document: DocumentPart): DocumentPart {
  const { components, ...rest } = document;
  const schemas = isRecord(components) && isRecord(components["schemas"]) ? components["schemas"] : {};
  const used = new Set<string>();
  const visit = (node: unknown): void => {
    for (const name of refsIn(node)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(schemas[name]);
    }
  };
  visit(rest);
  const plainName = (name: string): string => {
    const plain = name.endsWith(INPUT) ? name.slice(0, -INPUT.length) : name;
    return used.has(plain) ? name : plain;
  };
  const kept = Object.fromEntries(
    [...used].toSorted().map((name) => [plainName(name), tidy(schemas[name], plainName)]),
  );
  return {
    ...toRecord(tidy(rest, plainName)),
    components: { ...toRecord(components), schemas: kept },
  };
}

function refsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(refsIn);
  if (!isRecord(node)) return [];
  const { $ref } = node;
  const own = typeof $ref === "string" && $ref.startsWith(PLACE) ? [$ref.slice(PLACE.length)] : [];
  return [...own, ...Object.values(node).flatMap(refsIn)];
}

/** With other names, and without the bounds of JavaScript's integers, which say nothing. */
function tidy(node: unknown, nameOf: (name: string) => string): unknown {
  if (Array.isArray(node)) return node.map((item) => tidy(item, nameOf));
  if (!isRecord(node)) return node;
  return Object.fromEntries(
    Object.entries(node).flatMap(([name, value]) => {
      if (name === "maximum" && value === Number.MAX_SAFE_INTEGER) return [];
      if (name === "minimum" && value === Number.MIN_SAFE_INTEGER) return [];
      if (name === "$ref" && typeof value === "string" && value.startsWith(PLACE)) {
        return [[name, PLACE + nameOf(value.slice(PLACE.length))]];
      }
      return [[name, tidy(value, nameOf)]];
    }),
  );
}

function toRecord(value: unknown): DocumentPart {
  return isRecord(value) ? value : {};
}
