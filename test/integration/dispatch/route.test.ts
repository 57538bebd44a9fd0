import { expect } from "vitest";

import type { EndpointSettings } from "../../../src/config/endpoint-settings.ts";
import { type RouteDeps, createRouter, orderOf } from "../../../src/dispatch/routing/route.ts";
import { endpointOf } from "../../support/endpoints.ts";
import { test } from "../../support/redis-test.ts";
import { CRM, commit, commitEvents, setUpRouter as setUp } from "../../support/route-setup.ts";
import { eventOf } from "../../support/stored-things.ts";

const LOOK_CLOSELY_MS = 5 * 60_000;

const CANCELLATIONS = endpointOf("cancellations", { events: ["appointment.cancelled"] });
const SOUTHBANK_ONLY = endpointOf("southbank-only", { accounts: ["southbank"] });

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `evt_${String(index).padStart(5, "0")}`);
}

test("each committed event is given to the endpoints that want it, once, and they are woken", async ({
  redis,
  keys,
}) => {
  const { route, given, woken } = setUp(redis, keys, CRM, CANCELLATIONS, SOUTHBANK_ONLY);
  await commit(redis, keys, "evt_1", "evt_2x", "evt_3");

  expect(await route("northside")).toBe(4);

  expect(await given(CRM)).toEqual(["evt_1", "evt_2x", "evt_3"]);
  expect(await given(CANCELLATIONS)).toEqual(["evt_2x"]);
  expect(await given(SOUTHBANK_ONLY)).toEqual([]);
  expect(woken.toSorted()).toEqual(["cancellations", "crm"]);
  expect(await route("northside")).toBe(0);
  expect(woken).toHaveLength(2);
});

test("what is given carries what delivery needs to know", async ({ redis, keys }) => {
  const { route, outbox, log } = setUp(redis, keys, CRM);
  await commit(redis, keys, "evt_1");
  await route("northside");
  const [entry] = await log.read("northside", undefined, 1);
  const claim = await outbox.claim(await outbox.openWorker("crm"), Date.now(), { count: 5, late: 0 }, []);

  expect(claim).toMatchObject({
    deliveries: [
      {
        eventId: "evt_1",
        account: "northside",
        subject: "appointment",
        subjectId: "1390726237298631770",
        transitions: ["rescheduled", "updated"],
        at: Number(entry?.position.split("-")[0]),
        queuePlace: "",
      },
    ],
  });
});

test("what is committed later is given later, and nothing twice", async ({ redis, keys }) => {
  const { route, given } = setUp(redis, keys, CRM);
  await commit(redis, keys, "evt_1");
  await route("northside");
  await commit(redis, keys, "evt_2");

  expect(await route("northside")).toBe(1);
  expect(await given(CRM)).toEqual(["evt_1", "evt_2"]);
});

test("an account without events, or without anybody who wants them, gives nothing and wakes nobody", async ({
  redis,
  keys,
}) => {
  const { route, become, woken } = setUp(redis, keys, CRM);
  await commit(redis, keys, "evt_1");

  expect(await route("southbank")).toBe(0);
  become(SOUTHBANK_ONLY);
  expect(await route("northside")).toBe(0);
  become();
  expect(await route("northside")).toBe(0);
  expect(woken).toEqual([]);
});

test("an endpoint is given what is committed from its making on, whoever made it when", async ({
  redis,
  keys,
}) => {
  const { route, given, become, log } = setUp(redis, keys, CRM);
  await commit(redis, keys, "evt_1");
  await route("northside");
  const [first] = await log.read("northside", undefined, 1);
  const madeAt = Number(first?.position.split("-")[0]) + 1;
  const later = { ...endpointOf("later"), createdAt: madeAt };
  await expect.poll(() => Date.now()).toBeGreaterThan(madeAt + 1);
  await commit(redis, keys, "evt_2");
  become(CRM, later);

  await route("northside");

  expect(await given(later)).toEqual(["evt_2"]);
  expect(await given(CRM)).toEqual(["evt_1", "evt_2"]);
});

test("an endpoint that has the name of a deleted one does not go on where that one was", async ({
  redis,
  keys,
}) => {
  const { route, given, become, outbox, log } = setUp(redis, keys, CRM);
  await commit(redis, keys, "evt_1", "evt_2");
  const [entry] = await log.read("northside", undefined, 1);
  await outbox.add("heir", "northside", [], entry?.position);
  const madeAt = Number(entry?.position.split("-")[0]) + 1;
  const heir = { ...endpointOf("heir"), createdAt: madeAt };
  become(heir);
  await expect.poll(() => Date.now()).toBeGreaterThan(madeAt + 1);
  await commit(redis, keys, "evt_3");

  await route("northside");

  expect(await given(heir)).toEqual(["evt_3"]);
});

test("a paused endpoint is given its events all the same", async ({ redis, keys }) => {
  const paused = { ...endpointOf("paused"), pausedAt: 1 };
  const { route, given } = setUp(redis, keys, paused);
  await commit(redis, keys, "evt_1");
  await route("northside");

  expect(await given(paused)).toEqual(["evt_1"]);
});

test("conditions on fields are parked against the event itself", async ({ redis, keys }) => {
  const moved = endpointOf("moved", { when: [{ field: "starts_at" }] });
  const marked = endpointOf("marked", { when: [{ field: "did_not_arrive", to: true }] });
  const { route, given } = setUp(redis, keys, moved, marked, CRM);
  const { data, ...rest } = eventOf();
  const noShow = {
    ...data,
    object: { ...data.object, did_not_arrive: true },
    previous: { did_not_arrive: false },
    changed: ["did_not_arrive"],
    transitions: ["did_not_arrive", "updated"],
  };
  await commitEvents(redis, keys, [
    { ...rest, id: "evt_moved", data },
    { ...rest, id: "evt_no_show", data: noShow },
  ]);
  await route("northside");

  expect(await given(moved)).toEqual(["evt_moved"]);
  expect(await given(marked)).toEqual(["evt_no_show"]);
  expect(await given(CRM)).toEqual(["evt_moved", "evt_no_show"]);
});

test("an event that cannot be looked into is given whatever the conditions are, one that can is not", async ({
  redis,
  keys,
}) => {
  const marked = endpointOf("marked", { when: [{ field: "did_not_arrive", to: true }] });
  const { route, given } = setUp(redis, keys, marked);
  await commit(redis, keys, "evt_erased", "evt_plain", "evt_torn");
  await redis.hdel(keys.bodies("northside"), "evt_erased");
  await redis.hset(keys.bodies("northside"), "evt_torn", "not sealed");
  await route("northside");

  expect(await given(marked)).toEqual(["evt_erased", "evt_torn"]);
});

test("a filter that is changed in between holds from then on: what was given stays given", async ({
  redis,
  keys,
}) => {
  const { route, given, become } = setUp(redis, keys, CRM);
  await commit(redis, keys, "evt_1", "evt_2x");
  await route("northside");
  const narrowed = endpointOf("crm", { events: ["appointment.cancelled"] });
  become(narrowed);
  await commit(redis, keys, "evt_3", "evt_4x");
  await route("northside");
  become(CRM);
  await commit(redis, keys, "evt_5");
  await route("northside");

  expect(await given(CRM)).toEqual(["evt_1", "evt_2x", "evt_4x", "evt_5"]);
});

test("a long log is given in steps, each with its position", async ({ redis, keys }) => {
  const ids = numbered(1_250);
  const { deps, given, outbox, woken, log } = setUp(redis, keys, CRM);
  await commit(redis, keys, ...ids);
  const steps: number[] = [];
  const add: RouteDeps["outbox"]["add"] = async (endpoint, account, events, position) => {
    steps.push(events.length);
    return await outbox.add(endpoint, account, events, position);
  };

  expect(await createRouter({ ...deps, outbox: { ...outbox, add } })("northside")).toBe(1_250);

  expect(steps).toEqual([500, 500, 250]);
  expect(new Set(await given(CRM))).toEqual(new Set(ids));
  expect(new Set(woken)).toEqual(new Set(["crm"]));
  const last = (await log.read("northside", undefined, 2_000)).at(-1);
  expect(await outbox.readPosition("crm", "northside")).toBe(last?.position);
});

test("endpoints that have come to different places are each given what is theirs", async ({
  redis,
  keys,
}) => {
  const ids = numbered(1_100);
  const { route, given, become } = setUp(redis, keys, CRM);
  await commit(redis, keys, ...ids.slice(0, 700));
  await route("northside");
  await commit(redis, keys, ...ids.slice(700));
  const archive = endpointOf("archive");
  become(archive, CRM);

  expect(await route("northside")).toBe(1_500);

  expect(new Set(await given(archive))).toEqual(new Set(ids));
  expect(await given(CRM)).toHaveLength(1_100);
});

test.for(["add", "wake"] as const)(
  "a crash at %s leaves nothing out and gives nothing twice",
  async (place, { redis, keys }) => {
    const ids = numbered(1_100);
    const { deps, given, outbox, route } = setUp(redis, keys, CRM, CANCELLATIONS);
    await commit(redis, keys, ...ids);
    let calls = 0;
    const crash = async (): Promise<never> => await Promise.reject(new Error("killed"));
    const crashing: RouteDeps =
      place === "wake"
        ? { ...deps, wake: crash }
        : {
            ...deps,
            outbox: {
              ...outbox,
              add: async (...all) => {
                calls += 1;
                return calls === 3 ? await crash() : await outbox.add(...all);
              },
            },
          };
    await expect(createRouter(crashing)("northside")).rejects.toThrow("killed");

    await route("northside");

    const found = await given(CRM);
    expect(found).toHaveLength(1_100);
    expect(new Set(found)).toEqual(new Set(ids));
  },
);

test("an answer that was lost on the way does not lose the wake", async ({ redis, keys }) => {
  const { deps, outbox, woken } = setUp(redis, keys, CRM);
  await commit(redis, keys, "evt_1");
  const resent: RouteDeps["outbox"]["add"] = async (...all) => {
    await outbox.add(...all);
    return await outbox.add(...all);
  };

  expect(await createRouter({ ...deps, outbox: { ...outbox, add: resent } })("northside")).toBe(0);

  expect(woken).toEqual(["crm"]);
});

test("two routers at once give every event once, and the position ends at the last", async ({
  redis,
  keys,
}) => {
  const ids = numbered(1_200);
  const { deps, given, outbox, log } = setUp(redis, keys, CRM);
  await commit(redis, keys, ...ids);

  const counts = await Promise.all([createRouter(deps)("northside"), createRouter(deps)("northside")]);

  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1_200);
  expect(await given(CRM)).toHaveLength(1_200);
  const last = (await log.read("northside", undefined, 2_000)).at(-1);
  expect(await outbox.readPosition("crm", "northside")).toBe(last?.position);
});

test("an endpoint that is deleted while it is given something is woken, so that its job can forget it", async ({
  redis,
  keys,
}) => {
  const nothing = endpointOf("nothing", { events: ["patient.merged"] });
  const { deps, outbox, woken, become } = setUp(redis, keys, CRM, nothing);
  await commit(redis, keys, "evt_1");
  const add: RouteDeps["outbox"]["add"] = async (...all) => {
    become(CRM);
    return await outbox.add(...all);
  };

  await createRouter({ ...deps, outbox: { ...outbox, add } })("northside");

  expect(woken.toSorted()).toEqual(["crm", "nothing"]);
});

test("while nothing is new a router reads the log alone, but looks closely every five minutes", async ({
  redis,
  keys,
}) => {
  const { deps, outbox, log, pass, given } = setUp(redis, keys, CRM);
  const asked: string[] = [];
  const route = createRouter({
    ...deps,
    log: {
      ...log,
      at: async (...all) => {
        asked.push("log");
        return await log.at(...all);
      },
    },
    outbox: {
      ...outbox,
      readPlace: async (...all) => {
        asked.push("position");
        return await outbox.readPlace(...all);
      },
    },
  });
  await commit(redis, keys, "evt_1");
  await route("northside");
  asked.length = 0;
  await route("northside");
  expect(asked).toEqual(["log"]);

  // The outbox's shard goes back to what it was before: the log does not say so.
  const { states, heads, positions, timeline } = keys.outbox("crm");
  await redis.del(states.ready, heads, positions, timeline);
  pass(LOOK_CLOSELY_MS);
  expect(await route("northside")).toBe(1);
  expect(await given(CRM)).toEqual(["evt_1"]);
});

/** A router that is watched: how often it asks where endpoints are. */
function watched(deps: RouteDeps): {
  readonly route: (account: string) => Promise<number>;
  readonly asked: () => number;
} {
  let asked = 0;
  const readPlace: RouteDeps["outbox"]["readPlace"] = async (...all) => {
    asked += 1;
    return await deps.outbox.readPlace(...all);
  };
  return { route: createRouter({ ...deps, outbox: { ...deps.outbox, readPlace } }), asked: () => asked };
}

test("a router that knows where its endpoints are gives them what is new without asking", async ({
  redis,
  keys,
}) => {
  const { deps, given, woken } = setUp(redis, keys, CRM, CANCELLATIONS);
  const { route, asked } = watched(deps);
  await commit(redis, keys, "evt_1");
  await route("northside");
  const before = asked();
  await commit(redis, keys, "evt_2x");
  expect(await route("northside")).toBe(2);
  await commit(redis, keys, "evt_3");
  expect(await route("northside")).toBe(1);

  expect(asked()).toBe(before);
  expect(await given(CRM)).toEqual(["evt_1", "evt_2x", "evt_3"]);
  expect(await given(CANCELLATIONS)).toEqual(["evt_2x"]);
  expect(woken.toSorted()).toEqual(["cancellations", "crm", "crm", "crm"]);
});

test("an endpoint that is not where it was known to be is asked where it is: nothing is left out and nothing given twice", async ({
  redis,
  keys,
}) => {
  const { deps, given, outbox } = setUp(redis, keys, CRM, CANCELLATIONS);
  const { route, asked } = watched(deps);
  await commit(redis, keys, "evt_1", "evt_2x");
  await route("northside");
  // The outbox's shard goes back to before all of it, and another process is ahead with the other endpoint.
  const { states, heads, positions, timeline } = keys.outbox("crm");
  await redis.del(states.ready, heads, positions, timeline);
  await commit(redis, keys, "evt_3x");
  const elsewhere = createRouter({
    ...deps,
    endpoints: { ...deps.endpoints, list: async () => [CANCELLATIONS] },
  });
  expect(await elsewhere("northside")).toBe(1);
  const before = asked();
  await commit(redis, keys, "evt_4x");

  expect(await route("northside")).toBe(5);

  expect(asked()).toBeGreaterThan(before);
  expect(await given(CRM)).toEqual(["evt_1", "evt_2x", "evt_3x", "evt_4x"]);
  expect(await given(CANCELLATIONS)).toEqual(["evt_2x", "evt_3x", "evt_4x"]);
  expect(await outbox.readPosition("crm", "northside")).toBe(
    await outbox.readPosition("cancellations", "northside"),
  );
});

test("a wake is not lost with the answer where the router knew the place", async ({ redis, keys }) => {
  const { deps, outbox, woken, given } = setUp(redis, keys, CRM);
  const resent: RouteDeps["outbox"]["addFrom"] = async (...all) => {
    await outbox.addFrom(...all);
    return await outbox.addFrom(...all);
  };
  const route = createRouter({ ...deps, outbox: { ...outbox, addFrom: resent } });
  await commit(redis, keys, "evt_1");
  await route("northside");
  woken.length = 0;
  await commit(redis, keys, "evt_2");
  await route("northside");

  expect(woken).toContain("crm");
  expect(await given(CRM)).toEqual(["evt_1", "evt_2"]);
});

test.for([
  ["told before Redis has answered, and not woken", true, []],
  ["woken when it has", false, ["crm woken"]],
] as const)("who delivers to an endpoint is %s", async ([_how, isThere, woken], { redis, keys }) => {
  const { deps, outbox } = setUp(redis, keys, CRM, CANCELLATIONS);
  const seen: string[] = [];
  const add: RouteDeps["outbox"]["add"] = async (endpoint, ...given) => {
    const added = await outbox.add(endpoint, ...given);
    seen.push(`${endpoint} answered`);
    return added;
  };
  const route = createRouter({
    ...deps,
    outbox: { ...outbox, add },
    expect: (endpoint) => {
      seen.push(`${endpoint} expected`);
      return isThere;
    },
    wake: async (endpoint) => void seen.push(`${endpoint} woken`),
  });
  await commit(redis, keys, "evt_1");
  await route("northside");

  expect(seen.filter((what) => what.startsWith("crm"))).toEqual(["crm expected", "crm answered", ...woken]);
  // Nothing of it is for the other one.
  expect(seen.filter((what) => what.startsWith("cancellations"))).toEqual(["cancellations answered"]);
});

test("who asks while an account is being routed shares the next round, and none is in another's way", async ({
  redis,
  keys,
}) => {
  const { deps, given } = setUp(redis, keys, CRM, CANCELLATIONS);
  const { route, asked } = watched(deps);
  await commit(redis, keys, "evt_1");
  await route("northside");
  const before = asked();
  const told: Promise<number>[] = [];
  for (const id of ["evt_2x", "evt_3", "evt_4x", "evt_5"]) {
    await commit(redis, keys, id);
    told.push(route("northside"), route("northside"), route("southbank"));
  }
  await Promise.all(told);

  // Of the other account nothing was known: it was asked for once.
  expect(asked() - before).toBe(2);
  expect(await given(CRM)).toEqual(["evt_1", "evt_2x", "evt_3", "evt_4x", "evt_5"]);
  expect(await given(CANCELLATIONS)).toEqual(["evt_2x", "evt_4x"]);
});

test("where order is kept, events of a subject stand one behind the other", async ({ redis, keys }) => {
  const settings: Partial<EndpointSettings> = { ordering: "subject" };
  const ordered = endpointOf("ordered", settings);
  const { route } = setUp(redis, keys, ordered, CRM);
  await commit(redis, keys, "evt_1", "evt_2", "evt_3");
  await route("northside");

  expect(await redis.zrange(keys.outbox("ordered").states.blocked, "0", "-1")).toHaveLength(2);
  expect(await redis.zrange(keys.outbox("crm").states.blocked, "0", "-1")).toHaveLength(0);
});

test.for([
  ["9-1", "10-0"],
  ["5-2", "5-10"],
  ["999999999999-9", "1763781291000-0"],
] as const)("by name, %s comes before %s", ([before, after]) => {
  expect(orderOf(before) < orderOf(after)).toBe(true);
});
