import { cpSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import type { Received } from "../../test/support/local-servers.ts";
import { startHttp } from "../../test/support/local-servers.ts";
import type { ToolStage } from "../../test/support/tool-stage.ts";
import { npm } from "./tool-processes.ts";
import type { Tarballs } from "./tool-under-test.ts";

type Perform = (z: object, bundle: object) => unknown;

interface App {
  readonly authentication: { readonly test: object };
  readonly triggers: Readonly<Record<string, { readonly operation: Readonly<Record<string, Perform>> }>>;
}

interface Zapier {
  createAppTester(app: App): (perform: unknown, bundle: object) => Promise<unknown>;
  createAppHandler(app: App): (event: object) => Promise<{ readonly results: readonly unknown[] }>;
}

const CORE = "zapier-platform-core@19.1.0";

/** The app on Zapier's own platform library: judged by its validator, and each of its parts run against the service. */
export async function proveZapier(
  folder: string,
  tarballs: Tarballs,
  stage: ToolStage,
  moves: number,
): Promise<boolean> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(process.cwd(), "integrations/zapier"), folder, { recursive: true });
  npm(folder, ["install", "--no-save", tarballs.service, CORE]);
  const load = createRequire(join(folder, "index.js"));
  const app = load("./index.js") as App;
  const zapier = load("zapier-platform-core") as Zapier;
  const faults = (await zapier.createAppHandler(app)({ command: "validate" })).results;
  console.log(`Zapier (${CORE}): ${faults.length} faults found by its validator`);

  const run = zapier.createAppTester(app);
  const authData = stage.service;
  const me = (await run(app.authentication.test, { authData })) as { readonly name?: string };
  const { performSubscribe, performUnsubscribe, performList, perform } =
    app.triggers["event"]?.operation ?? {};
  await using hooks = await startHttp((_request, response) => void response.writeHead(200).end());
  const inputData = { events: ["appointment.rescheduled"], expand: ["patient"], local_time: false };
  const targetUrl = `${hooks.url}/hooks/catch/1`;
  const subscribeData = (await run(performSubscribe, { authData, inputData, targetUrl })) as { id: string };
  const samples = (await run(performList, { authData, inputData })) as readonly unknown[];
  for (let move = 1; move <= moves; move++) {
    stage.moveVisit(move);
    await delay(120);
  }
  await stage.harness.settled();
  const sent = async (): Promise<number> =>
    (await stage.ask<{ status: { delivered: number } }>("GET", `/endpoints/${subscribeData.id}`)).status
      .delivered;
  let seen = -1;
  for (let now = await sent(); now !== seen || now === 0; now = await sent()) {
    seen = now;
    await delay(2_000);
  }
  let started = 0;
  for (const received of hooks.received)
    started += ((await run(perform, asZapier(received))) as readonly unknown[]).length;
  let halted = 0;
  for (const received of hooks.received.slice(0, 10)) {
    const forged = { ...received, body: `${received.body} ` };
    await run(perform, asZapier(forged)).catch(() => (halted += 1));
  }
  await run(performUnsubscribe, { authData, inputData, targetUrl, subscribeData });
  const left = await stage.endpointsAt(targetUrl);
  console.log(
    `  connected as ${me.name ?? "?"}, ${samples.length} samples, ${moves} moves, ${seen} events, ${hooks.received.length} callbacks sent, ` +
      `${started} Zaps started, ${halted} of ${Math.min(10, hooks.received.length)} forged halted, endpoints left ${left.length}`,
  );
  return faults.length === 0 && seen > 0 && started === hooks.received.length && left.length === 0;

  function asZapier({ headers, body }: Received): object {
    const named = Object.entries(headers).map(([name, value]) => [`Http-${name}`, value]);
    const rawRequest = { method: "POST", content: body, headers: Object.fromEntries(named), querystring: "" };
    return { authData, inputData, subscribeData, targetUrl, rawRequest, cleanedRequest: JSON.parse(body) };
  }
}
