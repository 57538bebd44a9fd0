import { z } from "zod";

import { type Problem, ConfigError } from "../shared/errors.ts";
import { type ConfigSources, problem, referenced, secret } from "./config-fields.ts";
import { chosenHeader, customHeaders } from "./custom-headers.ts";
import { type EndpointSettings, ORDERINGS, PAYLOAD_LEVELS, FORMATS } from "./endpoint-settings.ts";
import { tlsReferences, tlsTexts } from "./endpoint-tls.ts";
import { fieldCondition } from "./field-condition.ts";
import { httpUrl, plainHttpFault } from "./http-url.ts";
import { MOST_PROBLEMS, toProblems } from "./issue-problems.ts";
import { eventPattern, knownName, linkName } from "./known-names.ts";
import { NOT_PLAIN, isPlain } from "./plain-text.ts";
import type { Secret } from "./secret.ts";
import { signingKindOf, signingSecretFault } from "./signing-secret.ts";

/** How much a setting may hold, whoever writes it down: what is refused must cost no more than what is accepted. */
export const ENDPOINT_LIMITS = {
  descriptionCharacters: 500,
  events: 100,
  accounts: 1_000,
  conditions: 20,
  include: 100,
  expand: 100,
  /** As many as the schedule of retries has. */
  attempts: 10,
} as const;

const ATTEMPTS = `use 1 to ${ENDPOINT_LIMITS.attempts}`;

function most(count: number): { abort: true; error: string } {
  return { abort: true, error: `use at most ${count}` };
}

/** The names that an endpoint's settings are checked against. */
export type EndpointCatalogue = Pick<ConfigSources, "eventTypes" | "sensitiveFields" | "fields" | "links">;

export interface ConfiguredSigningKey {
  readonly kind: "v1" | "v1a";
  readonly secret: Secret;
}

/** What every endpoint has, whoever writes it down. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the schema is its own type
function commonShape(catalogue: EndpointCatalogue, url: z.ZodType<string>, account: z.ZodType<string>) {
  return {
    url,
    description: z
      .string()
      .max(
        ENDPOINT_LIMITS.descriptionCharacters,
        `use at most ${ENDPOINT_LIMITS.descriptionCharacters} characters`,
      )
      .superRefine((text, context) => {
        if (!isPlain(text)) problem(context, NOT_PLAIN.message, NOT_PLAIN.remedy);
      })
      .default(""),
    events: z
      .array(eventPattern(catalogue.eventTypes))
      .min(1, "name one event at least")
      .max(ENDPOINT_LIMITS.events, most(ENDPOINT_LIMITS.events)),
    accounts: z
      .array(account)
      .min(1, "name one account at least, or leave it out for all")
      .max(ENDPOINT_LIMITS.accounts, most(ENDPOINT_LIMITS.accounts))
      .optional(),
    when: z
      .array(fieldCondition(catalogue.fields))
      .max(ENDPOINT_LIMITS.conditions, most(ENDPOINT_LIMITS.conditions))
      .default([]),
    payload: z.enum(PAYLOAD_LEVELS).default("full"),
    include: z
      .array(knownName("sensitive field", catalogue.sensitiveFields))
      .max(ENDPOINT_LIMITS.include, most(ENDPOINT_LIMITS.include))
      .default([]),
    format: z.enum(FORMATS).optional(),
    expand: z
      .array(linkName(catalogue.links))
      .max(ENDPOINT_LIMITS.expand, most(ENDPOINT_LIMITS.expand))
      .optional(),
    local_time: z.boolean().optional(),
    rate_limit: z
      .number()
      .gt(0, "use more than 0 and at most 1000 a second")
      .max(1_000, "use more than 0 and at most 1000 a second")
      .optional(),
    concurrency: z.int().min(1, "use 1 to 100").max(100, "use 1 to 100").default(8),
    ordering: z.enum(ORDERINGS).default("none"),
    body_signature: chosenHeader().optional(),
    attempts: z.int().min(1, ATTEMPTS).max(ENDPOINT_LIMITS.attempts, ATTEMPTS).optional(),
  };
}

const URL_EXAMPLE = "https://crm.example.com/hooks/cliniko";

/** An endpoint of the configuration file: settings, and its secrets by reference. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the schema is its own type
export function fileEndpointSchema(sources: ConfigSources) {
  const signingSecret = secret(sources, "the secret that you share with this endpoint", signingSecretFault);
  // Which accounts there are, and whether plain http is allowed, stands elsewhere in the file: see parse-config.ts.
  return z
    .strictObject({
      ...commonShape(sources, httpUrl(URL_EXAMPLE), z.string()),
      headers: z
        .record(z.string(), referenced(sources, "the header's value", { literal: true }))
        .pipe(customHeaders())
        .default({}),
      tls: tlsReferences(sources).optional(),
      secret: signingSecret,
      former_secrets: z.array(signingSecret).max(5).default([]),
    })
    .superRefine((endpoint, context) => {
      refuseTellingConditions(endpoint, sources.sensitiveFields, context);
      refuseValuesAtIds(endpoint, context);
      refuseSameHeader(endpoint, context);
      if (endpoint.body_signature === undefined || signingKindOf(endpoint.secret.reveal()) === "v1") return;
      problem(context, NEEDS_V1.message, NEEDS_V1.remedy, ["body_signature"]);
    })
    .transform(({ secret: current, former_secrets: former, ...written }) => ({
      settings: toSettings(written),
      signingKeys: [current, ...former].map((value): ConfiguredSigningKey => ({
        kind: signingKindOf(value.reveal()),
        secret: value,
      })),
    }));
}

export interface EndpointRules extends EndpointCatalogue {
  /** The configured ones. */
  readonly accounts: readonly string[];
  readonly allowHttp: boolean;
}

/** An endpoint's settings as they are given at run time: with values where the configuration file has references. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the schema is its own type
export function endpointSettingsSchema(rules: EndpointRules) {
  const url = httpUrl(URL_EXAMPLE).superRefine((address, context) => {
    const fault = rules.allowHttp ? undefined : plainHttpFault(address);
    if (fault) problem(context, fault.message, fault.remedy);
  });
  return z
    .strictObject({
      ...commonShape(rules, url, knownName("account", rules.accounts)),
      headers: customHeaders().default({}),
      tls: tlsTexts().optional(),
    })
    .superRefine((endpoint, context) => {
      refuseTellingConditions(endpoint, rules.sensitiveFields, context);
      refuseValuesAtIds(endpoint, context);
      refuseSameHeader(endpoint, context);
    })
    .transform(toSettings);
}

/**
 * Checks settings given at run time. `nameOf` says how the one who gave them calls a setting (`--url`, `url`).
 * @throws ConfigError with every problem
 */
export function parseEndpointSettings(
  input: unknown,
  source: string,
  rules: EndpointRules,
  nameOf: (path: readonly PropertyKey[]) => string,
): EndpointSettings {
  const schema = endpointSettingsSchema(rules);
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  const placeOf = (path: readonly PropertyKey[]): Pick<Problem, "path"> => ({ path: nameOf(path) });
  const problems = toProblems(result.error.issues, placeOf, schema, { most: MOST_PROBLEMS });
  throw new ConfigError(source, problems);
}

/** Settings in the words of the configuration file and of the HTTP API. */
export type EndpointInput = z.input<ReturnType<typeof endpointSettingsSchema>>;

type Written = Omit<EndpointSettings, "localTime" | "rateLimit" | "bodySignature"> & {
  readonly rate_limit?: number | undefined;
  readonly body_signature?: string | undefined;
  readonly local_time?: boolean | undefined;
};

/** What comes along and is not asked for is left out: a release that does not know of it reads such an endpoint all the same. */
function toSettings({
  rate_limit: rateLimit,
  body_signature: bodySignature,
  expand,
  format,
  local_time: localTime,
  ...rest
}: Written): EndpointSettings {
  return {
    ...rest,
    rateLimit,
    bodySignature,
    ...(expand?.length ? { expand } : {}),
    ...(localTime ? { localTime } : {}),
    ...(format === undefined || format === "standard" ? {} : { format }),
  };
}

/** The inverse of the schema: what one would write to get these settings. */
export function asWritten({
  rateLimit,
  bodySignature,
  expand,
  localTime,
  ...rest
}: EndpointSettings): EndpointInput {
  return {
    ...rest,
    ...(expand && { expand: [...expand] }),
    ...(localTime && { local_time: localTime }),
    events: [...rest.events],
    accounts: rest.accounts && [...rest.accounts],
    when: [...rest.when],
    include: [...rest.include],
    headers: { ...rest.headers },
    rate_limit: rateLimit,
    body_signature: bodySignature,
  };
}

/** There are no values at that level: not the record's, and not those of what it leads to. */
export function refuseValuesAtIds(
  { payload, expand, local_time: localTime }: Pick<Written, "payload" | "expand" | "local_time">,
  context: z.core.$RefinementCtx,
): void {
  if (payload !== "ids") return;
  for (const [name, given] of [
    ["expand", (expand?.length ?? 0) > 0],
    ["local_time", localTime === true],
  ] as const) {
    if (given)
      problem(
        context,
        "brings values, and payload ids has none",
        `leave ${name} out, or use payload changes or full`,
        [name],
      );
  }
}

/** Whether an event comes would tell the value of a sensitive field that is kept out of the body. */
function refuseTellingConditions(
  { when, include }: Pick<EndpointSettings, "when" | "include">,
  sensitiveFields: readonly string[],
  context: z.core.$RefinementCtx,
): void {
  for (const [index, { field }] of when.entries()) {
    if (!sensitiveFields.includes(field) || include.includes(field)) continue;
    problem(
      context,
      `would tell of "${field}", which this endpoint is not to get`,
      `add ${field} to include, or leave the condition out`,
      ["when", index, "field"],
    );
  }
}

/** What is wrong with `body_signature` at an endpoint whose newest key is of v1a. */
export const NEEDS_V1 = {
  message: "needs a shared secret, which v1a does not have",
  remedy: "sign with v1 (a whsec_ secret), or leave it out and verify with the public key",
};

function refuseSameHeader(
  {
    headers,
    body_signature: name,
  }: { readonly headers: object; readonly body_signature?: string | undefined },
  context: z.core.$RefinementCtx,
): void {
  if (name === undefined || !(name in headers)) return;
  problem(context, "is among the headers as well", "take another name, or leave it out of headers", [
    "body_signature",
  ]);
}
