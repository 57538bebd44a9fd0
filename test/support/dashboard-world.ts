import { startApp } from "../../src/app/app.ts";
import { type Base, openBase } from "../../src/admin/base.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { createReleaseStack } from "../../src/shared/release-stack.ts";
import { type Clinic, createClinic } from "../../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../src/sandbox/http/clinic-server.ts";
import { createReceptionist, startReceptionist } from "../../src/sandbox/staff/receptionist.ts";
import { type Receiver, startReceiver } from "../../src/sandbox/http/receiver.ts";
import { type SeededClinic, seedClinic } from "../../src/sandbox/staff/seed-clinic.ts";
import type { RedisAddress } from "../../src/store/redis/redis.ts";
import { startSubscriber } from "./answering-server.ts";
import { eventually } from "./harness.ts";
import { SECRET, testConfig } from "./test-config.ts";

/** Two clinics at work and their subscribers, of whom not all are well: what an operator has on the screen. */
export interface DashboardWorld extends AsyncDisposable {
  readonly url: string;
  readonly base: Base;
  /** The clinic where a receptionist is at work. */
  readonly clinic: Clinic;
  readonly seeded: SeededClinic;
  /** Takes everything. Endpoint `crm`. */
  readonly receiver: Receiver;
  /** What the endpoint `reminders` answers with from now on; 503 at first. */
  answerReminders(status: number): void;
  /** A whole token of each role. The subscriber's endpoint is `ep_…`, of northside. */
  readonly tokens: Readonly<Record<"admin" | "viewer" | "subscriber", string>>;
  readonly subscriberEndpoint: string;
}

export interface DashboardWorldOptions {
  readonly address: RedisAddress;
  readonly prefix: string;
  /** Where the built pages are; left out: as the service finds them. */
  readonly dashboardFolder?: string;
  /** 0: nobody is at work, so that nothing changes by itself. */
  readonly actsPerMinute?: number;
  readonly port?: number;
  /** Where people reach it, behind a proxy. */
  readonly publicUrl?: string | undefined;
}

export async function startDashboardWorld(options: DashboardWorldOptions): Promise<DashboardWorld> {
  const { address, prefix, actsPerMinute = 30, port = 0, publicUrl } = options;
  const stack = createReleaseStack();
  const clinic = createClinic({ now: Date.now, seed: 1 });
  clinic.setRateLimit(100_000);
  const seeded = seedClinic(clinic, { practitioners: 3, patients: 40, appointments: 80 });
  const server = stack.use(await startClinicServer(clinic));
  const other = createClinic({ now: Date.now, seed: 2 });
  seedClinic(other, { practitioners: 1, patients: 12, appointments: 10 });
  const otherServer = stack.use(await startClinicServer(other));
  const receiver = stack.use(await startReceiver({ secret: SECRET }));
  let remindersAnswer = 503;
  const reminders = stack.use(await startReceiver({ secret: SECRET, answer: () => remindersAnswer }));
  // It verifies nothing: the secret of the subscriber's endpoint is made after it.
  const portal = stack.use(await startSubscriber());
  const closed = stack.use(await startReceiver({ secret: SECRET, answer: () => 410 }));

  const config = testConfig({
    accounts: {
      northside: { key: clinic.addKey(), baseUrl: server.url },
      southside: { key: other.addKey(), baseUrl: otherServer.url },
    },
    endpoints: {
      crm: { url: `${receiver.url}hooks/crm`, settings: { include: ["notes"] } },
      reminders: { url: `${reminders.url}hooks/reminders`, settings: { events: ["appointment.*"] } },
      billing: { url: `${closed.url}hooks/billing`, settings: { events: ["appointment.*", "patient.*"] } },
    },
    settings: {
      ops: {
        port,
        token: { env: "OPS_TOKEN" },
        ...(publicUrl === undefined ? {} : { public_url: publicUrl }),
      },
      roles: ["poll", "dispatch", "ops"],
      polling: { promise: "5s", requests_per_minute: 6_000, budget_share: 1 },
      delivery: {
        allow_http: true,
        allow_private: ["127.0.0.1/32"],
        allow_private_for: { portal: ["127.0.0.1/32"] },
      },
    },
  });
  const logger = createLogger("silent");
  const folder = options.dashboardFolder === undefined ? {} : { dashboardFolder: options.dashboardFolder };
  const app = stack.use(await startApp({ config, logger, redis: address, prefix, ...folder }));
  const base = await openBase(stack, { config, logger, prefix }, address);
  const url = app.opsUrl ?? "";
  const make = async (given: object): Promise<string> =>
    (await base.tokens.create({ name: "a token", role: "viewer", sensitive: false, ...given })).secret;
  const tokens = {
    admin: await make({ name: "Ada Admin", role: "admin" }),
    viewer: await make({ name: "Vic Viewer", role: "viewer" }),
    subscriber: await make({
      name: "Portal production",
      role: "subscriber",
      subscriber: "portal",
      accounts: ["northside"],
    }),
  };
  const subscriberEndpoint = await createEndpoint(url, tokens.subscriber, {
    url: `${portal.url}/hooks/portal`,
    events: ["appointment.cancelled", "appointment.rescheduled"],
    description: "Patient portal",
  });
  await eventually(async () => {
    const status = await app.status();
    return status.every(({ cursor }) => cursor?.phase === "live") || undefined;
  });
  if (actsPerMinute > 0) {
    const receptionist = createReceptionist({ clinic, seed: 1, minGapMs: 3_000, onAct: () => undefined });
    stack.use(startReceptionist(receptionist, { actsPerMinute, seed: 1 }));
  }
  return {
    url,
    base,
    clinic,
    seeded,
    receiver,
    tokens,
    subscriberEndpoint,
    answerReminders(status) {
      remindersAnswer = status;
    },
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
    },
  };
}

async function createEndpoint(url: string, token: string, body: object): Promise<string> {
  const response = await fetch(`${url}/v1/endpoints`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { readonly id?: string; readonly detail?: string };
  if (answer.id === undefined) throw new Error(`the endpoint was not made: ${JSON.stringify(answer)}`);
  return answer.id;
}
