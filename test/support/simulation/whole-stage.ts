import { recordPath } from "../../../src/cliniko/list-query.ts";
import type { Page } from "../../../src/cliniko/outcome.ts";
import { parseRow } from "../../../src/cliniko/parse-page.ts";
import { bestPlan } from "../../../src/cliniko/reading-plan.ts";
import type { WebhookEvent } from "../../../src/diff/event.ts";
import { confirmSuspects } from "../../../src/pollers/reconcile/confirm-suspects.ts";
import {
  askedByReading,
  settleDoubts,
  suspectUnshown,
} from "../../../src/pollers/reconcile/whole-reading.ts";
import type { ReadingDeps } from "../../../src/pollers/scan/reading-deps.ts";
import { scan } from "../../../src/pollers/scan/scan.ts";
import { createSteadiness } from "../../../src/pollers/scan/steadiness.ts";
import { type ResourceName, resources } from "../../../src/resources/registry.ts";
import { createMemoryReading } from "./memory-reading.ts";
import { ACCOUNT, type World, createWorld } from "./world.ts";

/** Lists that are read whole and move while they are read, and readings that end where the test says. */
export interface WholeStage {
  readonly world: World;
  /** One poll, a minute after the one before. `around` is called before each page; "fail" and "stop" end the reading there. */
  readonly poll: (around?: (page: number) => "fail" | "stop" | undefined) => Promise<string>;
  /** What every page is shown as. */
  show: (page: Page, list: string) => Page;
  readonly told: () => readonly WebhookEvent[];
  /** Ids that were asked for one by one. */
  readonly asked: string[];
}

/** Nothing has been read yet. @param pageSize rows on a page */
export function createWholeStage(name: ResourceName, pageSize: number): WholeStage {
  const world = createWorld({
    seed: 11,
    overlapMs: 20_000,
    pageSize,
    seeded: { practitioners: 8, patients: 1, appointments: 0 },
  });
  const { clock, memory, upstream } = world;
  const reading = createMemoryReading();
  const resource = resources[name];
  const stage: WholeStage = {
    world,
    asked: [],
    show: (page) => page,
    told: () => memory.eventsOf(ACCOUNT).map(({ event }) => event),
    poll: async (around = () => undefined) => {
      clock.advance(61_000);
      const lease = await world.acquire(name);
      const end = new AbortController();
      let pages = 0;
      const client: ReadingDeps["client"] = {
        listPage: async (of, request, signal) => {
          const isKeyset = request.conditions === undefined;
          if (isKeyset) pages += 1;
          const happens = isKeyset ? around(pages) : undefined;
          if (happens === "stop") end.abort();
          if (happens === "fail") return { kind: "unavailable", detail: "HTTP 504", status: 504 };
          const answer = await upstream.client.listPage(of, request, signal);
          return answer.kind === "ok"
            ? { kind: "ok", page: stage.show(answer.page, request.pass.variant ?? "") }
            : answer;
        },
        findRecord: async (of, id) => {
          stage.asked.push(id);
          const date = Math.floor(clock.now() / 1_000);
          const answer = upstream.getJson(recordPath(of, id));
          if (answer.kind === "not_found") return { kind: "ok", found: false, date };
          return answer.kind === "ok"
            ? { kind: "ok", found: true, date, row: parseRow(answer.value) }
            : answer;
        },
      };
      try {
        const { store, context } = world.scanDeps(name);
        const state = await reading.read(ACCOUNT, name);
        const steadiness = resource.hasStamps ? undefined : createSteadiness(state);
        const common = { client, context, overlapMs: 20_000, plan: bestPlan(resource), steadiness, resource };
        const scanned = await scan({ ...common, store }, lease, end.signal);
        if (scanned.kind !== "completed") return scanned.kind;
        const { doubted, shown, watermark } = scanned;
        const found = { reading, watermark, now: clock.now, shown, doubted };
        const held = { ...common, ...found, store: { ...memory.store, ...store }, state };
        const guard = await suspectUnshown(held, lease);
        if (guard) return "guarded";
        if (resource.hasStamps) await settleDoubts(held, lease, end.signal);
        const asked = resource.hasStamps ? client : askedByReading(held);
        const deps = { ...held, client: asked, state: await reading.read(ACCOUNT, name) };
        const isAnswered = resource.hasStamps || shown !== undefined;
        const { kind } = isAnswered ? await confirmSuspects(deps, lease, end.signal) : { kind: "done" };
        const changes = steadiness?.changes();
        if (changes) await reading.update(ACCOUNT, name, changes);
        return kind;
      } finally {
        await memory.leases.release(lease);
      }
    },
  };
  return stage;
}
