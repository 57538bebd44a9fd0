import type { Base } from "../../src/admin/base.ts";
import { createLeases } from "../../src/store/detection/lease.ts";
import type { Token } from "../../src/store/access/token-store.ts";
import { resources } from "../../src/resources/registry.ts";
import { numbered } from "./admin-setup.ts";
import { type ApiHarness, type OpenApiDocument, type OpenApiOperation, OPS_TOKEN } from "./api-harness.ts";
import { settingsOf } from "./endpoints.ts";
import { outboxEventOf } from "./outbox-setup.ts";
import { snapshotOf } from "./stored-things.ts";
import { SECRET } from "./test-config.ts";

/** Whose thing a path names. */
export type Owner = "a" | "b";

/** Who asks. a and b are subscribers with an account each. */
export const CALLERS = ["none", "wrong", "revoked", "expired", "viewer", "admin", "a", "b"] as const;
export type CallerName = (typeof CALLERS)[number];

/** In everything that is b's. Found in an answer to somebody else, it is a leak. */
export const MARK_OF_B = "southside";

/** Two subscribers with their things, and a token of each kind. */
export interface World {
  readonly api: ApiHarness;
  readonly tokens: Readonly<Record<CallerName, string | null>>;
  /** A path of the template with fresh things in it: the n-th parameter is of the n-th owner, those after of the last. */
  pathOf(template: string, ...owners: readonly Owner[]): Promise<string>;
}

const ACCOUNTS: Readonly<Record<Owner, string>> = { a: "northside", b: MARK_OF_B };
let made = 0;

/** Makes an endpoint of its own for every call: walking a route may delete it. */
export async function makeEndpoint({ endpoints }: Base, owner: Owner): Promise<string> {
  const account = ACCOUNTS[owner];
  const id = `${account}-${made++}`;
  await endpoints.create({
    id,
    source: "api",
    owner: account,
    // Nobody listens there.
    settings: settingsOf({
      url: `https://127.0.0.1:59999/${account}`,
      description: account,
      accounts: [account],
    }),
    signingKeys: [{ kind: "v1", secret: SECRET, createdAt: 0 }],
  });
  return id;
}

interface Value {
  /** Whether it is somebody's: asked for by another, it does not exist. */
  readonly owned: boolean;
  /** `before` are the values of the parameters before it. */
  readonly make: (base: Base, owner: Owner, before: readonly string[]) => Promise<string>;
}

const APPOINTMENT: Value = { owned: false, make: async () => "appointment" };

/**
 * What a path's parameters stand for. The key is the template up to and with the parameter: a new one is added here, or
 * the walk fails.
 */
const VALUES: Readonly<Record<string, Value>> = {
  "/v1/endpoints/{id}": { owned: true, make: makeEndpoint },
  "/v1/endpoints/{id}/deliveries/{event}": { owned: true, make: makeDelivery },
  "/v1/endpoints/{id}/recoveries/{recovery}": { owned: true, make: makeRecovery },
  "/v1/events/{event}": { owned: true, make: makeEvent },
  "/v1/event-types/{type}": { owned: false, make: async () => "appointment.rescheduled" },
  "/v1/accounts/{account}": { owned: true, make: async (_base, owner) => ACCOUNTS[owner] },
  "/v1/accounts/{account}/records/{subject}": APPOINTMENT,
  "/v1/accounts/{account}/records/{subject}/{id}": { owned: true, make: makeRecord },
  "/v1/tokens/{id}": {
    owned: true,
    make: async ({ tokens }) =>
      (await tokens.create({ name: "to be revoked", role: "viewer", sensitive: false })).token.id,
  },
};

/** What an operation is asked with besides its example, by its id. */
export const QUERIES: Readonly<Record<string, string>> = { findRecords: "?id=1000" };

/** Of somebody's account. The owner's mark stands in its body. */
async function makeEvent({ log }: Base, owner: Owner): Promise<string> {
  const event = numbered(100 + made++, { account: ACCOUNTS[owner] });
  const object = { ...event.data.object, patient_name: ACCOUNTS[owner] };
  await log.append({ ...event, data: { ...event.data, object } });
  return event.id;
}

/** Of this owner's: where the path begins with another's endpoint, of another one. */
async function endpointFor(base: Base, owner: Owner, [endpoint = ""]: readonly string[]): Promise<string> {
  return endpoint.startsWith(ACCOUNTS[owner]) ? endpoint : await makeEndpoint(base, owner);
}

async function makeDelivery(base: Base, owner: Owner, before: readonly string[]): Promise<string> {
  const id = await makeEvent(base, owner);
  const event = outboxEventOf(id, { at: base.now() });
  await base.outbox.add(await endpointFor(base, owner, before), ACCOUNTS[owner], [event]);
  return id;
}

async function makeRecovery(base: Base, owner: Owner, before: readonly string[]): Promise<string> {
  const endpoint = await endpointFor(base, owner, before);
  const range = { since: 0, until: 1, states: ["parked"], types: [] };
  return await base.queues.addRecover({ endpoint, ...range, after: 0, seen: 0, taken: 0 });
}

async function makeRecord({ redis, keys, store }: Base, owner: Owner): Promise<string> {
  const leases = createLeases(redis, keys, 10_000);
  const lease = await leases.acquire(ACCOUNTS[owner], "individual_appointments");
  if (!lease) throw new Error("nobody else reads this account");
  const id = String(1_000 + made++);
  const fields = Object.keys(resources.individual_appointments.fields);
  const values = fields.map((name) => (name === "patient_name" ? ACCOUNTS[owner] : null));
  const snapshots = new Map([[id, snapshotOf(values)]]);
  await store.commit(lease, { snapshots, events: [], cursor: undefined });
  await leases.release(lease);
  return id;
}

const OWN_RANGES = ["127.0.0.1/32"];

/** What the world's endpoints need. Nobody answers them, and a subscriber is told so when the time for an answer is over. */
export const WORLD = {
  settings: {
    ops: { port: 0, token: { env: "OPS_TOKEN" } },
    delivery: {
      allow_http: true,
      timeout: "1s",
      allow_private: OWN_RANGES,
      allow_private_for: Object.fromEntries(Object.values(ACCOUNTS).map((owner) => [owner, OWN_RANGES])),
    },
  },
};

export async function makeWorld(api: ApiHarness): Promise<World> {
  const { base } = api;
  const make = async (given: Partial<Token> & Pick<Token, "role">) =>
    await base.tokens.create({ name: "a token", sensitive: false, ...given });
  const revoked = await make({ role: "admin" });
  await base.tokens.revoke(revoked.token.id);
  const expired = await make({ role: "admin", expiresAt: base.now() - 1 });
  const viewer = await make({ role: "viewer" });
  const subscriber = async (owner: Owner): Promise<string> => {
    const account = ACCOUNTS[owner];
    const given = { role: "subscriber" as const, subscriber: account, accounts: [account] };
    return (await make({ ...given, name: `of ${account}` })).secret;
  };
  return {
    api,
    tokens: {
      none: null,
      wrong: `cwt_000000000000_${"x".repeat(43)}`,
      revoked: revoked.secret,
      expired: expired.secret,
      viewer: viewer.secret,
      admin: OPS_TOKEN,
      a: await subscriber("a"),
      b: await subscriber("b"),
    },
    async pathOf(template, ...owners) {
      const values: string[] = [];
      const parameters = [...template.matchAll(/\{\w+\}/g)];
      for (const [index, { 0: parameter, index: at }] of parameters.entries()) {
        const owner = owners[Math.min(index, owners.length - 1)] ?? "a";
        values.push(await valueOf(template.slice(0, at + parameter.length)).make(base, owner, values));
      }
      return template.replaceAll(/\{\w+\}/g, () => encodeURIComponent(values.shift() ?? ""));
    },
  };
}

function valueOf(key: string): Value {
  const value = VALUES[key];
  if (!value) throw new Error(`${key} is not known to the walk: add it to test/support/api-world.ts`);
  return value;
}

/** Whether a path names something that is somebody's. */
export function namesOwned(template: string): boolean {
  return [...template.matchAll(/\{\w+\}/g)].some(
    ({ 0: parameter, index: at }) => valueOf(template.slice(0, at + parameter.length)).owned,
  );
}

export interface WalkedOperation {
  readonly method: string;
  readonly template: string;
  readonly operation: OpenApiOperation;
}

/** Every operation of the document. */
export function operationsOf({ paths }: OpenApiDocument): WalkedOperation[] {
  return Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      template,
      operation,
    })),
  );
}

/** The body that the document shows. */
export function exampleBody({ requestBody }: OpenApiOperation): unknown {
  return (requestBody as { content?: Record<string, { example?: unknown }> } | undefined)?.content?.[
    "application/json"
  ]?.example;
}
