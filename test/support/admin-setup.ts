import { type Base, openBase } from "../../src/admin/base.ts";
import { type WebhookEvent, eventSchema } from "../../src/diff/event.ts";
import type { Visibility } from "../../src/admin/records/visibility.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { createReleaseStack } from "../../src/shared/release-stack.ts";
import { syncFileEndpoints } from "../../src/store/outbox/endpoint-file.ts";
import type { RedisAddress } from "../../src/store/redis/redis.ts";
import { eventOf } from "./stored-things.ts";
import { type TestSetup, testConfig } from "./test-config.ts";

const KEY = "MS0xLWFiY2RlZg-au1";

export interface AdminSetup extends AsyncDisposable {
  readonly base: Base;
  readonly visibility: Visibility;
}

/** All that is kept, opened on a prefix of its own; nothing is polled or sent. */
export async function openAdmin(
  { address, prefix }: { readonly address: RedisAddress; readonly prefix: string },
  setup: Partial<TestSetup> = {},
  now?: () => number,
): Promise<AdminSetup> {
  const config = testConfig({
    accounts: {
      northside: { key: KEY, baseUrl: "http://127.0.0.1:9" },
      southbank: { key: KEY, baseUrl: "http://127.0.0.1:9" },
      ...setup.accounts,
    },
    endpoints: { crm: { url: "http://127.0.0.1:9/hooks" }, ...setup.endpoints },
    ...(setup.settings ? { settings: setup.settings } : {}),
  });
  const stack = createReleaseStack();
  const clock = now ? { now } : {};
  const base = await openBase(stack, { config, logger: createLogger("silent"), prefix, ...clock }, address);
  await syncFileEndpoints(base.endpoints, config.endpoints, base.now);
  return {
    base,
    visibility: { accounts: config.accounts.map(({ name }) => name), endpoints: undefined },
    [Symbol.asyncDispose]: async () => await stack[Symbol.asyncDispose](),
  };
}

/** `evt_` and 24 characters that end in the number. */
export function eventId(number: number): string {
  return `evt_${String(number).padStart(24, "0")}`;
}

/** An event of a record of its own; pass what the test is about. */
export function numbered(number: number, more: Partial<WebhookEvent> = {}): WebhookEvent {
  const transition = (more.type ?? "appointment.rescheduled").split(".")[1] ?? "";
  const event = eventOf();
  return {
    ...event,
    id: eventId(number),
    subject: { type: "appointment", id: String(number) },
    data: { ...event.data, transitions: [transition] },
    ...more,
  };
}

/** Commits events one after the other. */
export async function commitAll(
  { log }: Pick<Base, "log">,
  ...events: readonly WebhookEvent[]
): Promise<void> {
  for (const event of events) await log.append(event);
}

export function idsOf(bodies: readonly string[]): string[] {
  return bodies.map((body) => eventSchema.parse(JSON.parse(body)).id);
}
