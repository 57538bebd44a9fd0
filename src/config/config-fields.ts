import { z } from "zod";

import { formatMs, parseDurationMs } from "./duration.ts";
import { Secret } from "./secret.ts";

/** What the schema needs from outside: the environment, secret files, and the catalogues it checks names against. */
export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a secret's file (Docker and Kubernetes mount them). Throws when it cannot. */
  readonly readFile: (path: string) => string;
  readonly eventTypes: readonly string[];
  readonly resources: readonly string[];
  /** Names that stand for several of them: `money`, `all`. */
  readonly resourceGroups: Readonly<Record<string, readonly string[]>>;
  /** Read by an account that names none. */
  readonly defaultResources: readonly string[];
  /** Those that may be read from now on, without a first sync. */
  readonly hugeResources: readonly string[];
  /** The one that says who refused the clinic's privacy policy. */
  readonly patients: string;
  /** Fields that payloads leave out unless an endpoint's `include` names them. */
  readonly sensitiveFields: readonly string[];
  /** Fields that lead to other records: what an endpoint's `expand` may name. */
  readonly links: readonly string[];
  /** Fields whose changes make events: what an endpoint's `when` may name. */
  readonly fields: readonly string[];
}

/** What is wrong with a value, without repeating it, and what to do about it. */
export interface Fault {
  readonly message: string;
  readonly remedy: string;
}

/** A remedy that takes a search is found for what is told alone. */
export type Remedy = string | (() => string);

/** A problem found by a check of ours; `path` leads on from the value that is checked. */
export function problem(
  context: z.core.$RefinementCtx,
  message: string,
  remedy: Remedy,
  path: PropertyKey[] = [],
): typeof z.NEVER {
  context.addIssue({ code: "custom", message, path, params: { remedy } });
  return z.NEVER;
}

/** A duration within [min, max], as milliseconds. */
export function duration(minMs: number, maxMs: number): z.ZodType<number> {
  return z.unknown().transform((value, context) => {
    const ms = typeof value === "string" ? parseDurationMs(value) : undefined;
    if (ms === undefined) {
      return problem(context, "is not a duration", 'write a number and a unit, like "5s", "2m" or "24h"');
    }
    if (ms < minMs || ms > maxMs) {
      return problem(context, "is out of range", `use ${formatMs(minMs)} to ${formatMs(maxMs)}`);
    }
    return ms;
  });
}

const WHERE = "write { env: NAME } or { file: /path } so that the secret itself stays out of this file";

/**
 * A secret by reference: `{ env: NAME }` or `{ file: /run/secrets/name }`. A literal is refused, so that the file can
 * be kept in version control. `check` says what is wrong with the value and how to mend it, without repeating it.
 */
export function secret(
  sources: ConfigSources,
  purpose: string,
  check?: (value: string) => Fault | undefined,
): z.ZodType<Secret> {
  return referenced(sources, purpose).transform((value, context) => {
    const fault = check?.(value);
    return fault ? problem(context, fault.message, fault.remedy) : new Secret(value);
  });
}

/** The text that a reference leads to. With `literal`, the text may stand in the file itself: not all of them are secret. */
export function referenced(
  sources: ConfigSources,
  purpose: string,
  { literal = false }: { readonly literal?: boolean } = {},
): z.ZodType<string> {
  return z.unknown().transform((written, context) => {
    if (literal && typeof written === "string") return written;
    const parsed = secretReferenceSchema.safeParse(written);
    if (!parsed.success) {
      if (literal)
        return problem(
          context,
          "is not a text",
          "put quotes around it, or write { env: NAME } or { file: /path }",
        );
      const inFile = typeof written === "string";
      return problem(
        context,
        inFile ? "is written in the file itself" : "is not a reference to a secret",
        WHERE,
      );
    }
    const found = readSecret(sources, parsed.data, purpose);
    return "value" in found ? found.value : problem(context, found.message, found.remedy);
  });
}

const secretReferenceSchema = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
]);

function readSecret(
  sources: ConfigSources,
  reference: z.infer<typeof secretReferenceSchema>,
  purpose: string,
): { readonly value: string } | Fault {
  if ("env" in reference) {
    const value = sources.env[reference.env]?.trim();
    if (value) return { value };
    return {
      message: `the environment variable ${reference.env} is not set`,
      remedy: `set ${reference.env} to ${purpose}`,
    };
  }
  try {
    const value = sources.readFile(reference.file).trim();
    if (value) return { value };
    return { message: `the file ${reference.file} is empty`, remedy: `put ${purpose} into it` };
  } catch {
    return {
      message: `the file ${reference.file} cannot be read`,
      remedy: `put ${purpose} into it, readable by this user`,
    };
  }
}
