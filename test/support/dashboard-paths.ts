import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { DashboardWorld } from "./dashboard-world.ts";
import { eventually } from "./harness.ts";
import { readApi } from "./read-api.ts";

/** Every page of the dashboard, as its routes have it, with an id of this world for each that they name. */
export type PagePath = string;

const APP = fileURLToPath(new URL("../../dashboard/app.tsx", import.meta.url));
/** Only leads to another page. */
const REDIRECTS = ["/sign-in", "/index.html"];
const TABS: Readonly<Record<string, readonly string[]>> = {
  "/endpoints/:id": ["", "/deliveries", "/settings", "/keys"],
  "/system": ["", "/access", "/audit"],
};

/** The patterns of the routes, from the code that makes them: a page that is added later is tested, too. */
export function readRoutes(): readonly string[] {
  const found = [...readFileSync(APP, "utf8").matchAll(/<Route path="([^"]+)"/g)].map(
    ([, path = ""]) => path,
  );
  return found.filter((path) => !REDIRECTS.includes(path));
}

/** @param endpoints those whose pages are looked at */
export async function listPages(
  world: Pick<DashboardWorld, "url" | "tokens">,
  endpoints: readonly string[],
): Promise<readonly PagePath[]> {
  const event = await firstEvent(world);
  const values: Readonly<Record<string, readonly string[]>> = {
    ":account": [event.account],
    ":subject": [event.subject.type],
    ":event": [event.id],
  };
  return readRoutes().flatMap((route) => {
    const [base = route, hasTab] = route.split("/:tab?");
    const tabs = hasTab === undefined ? [""] : TABS[base];
    if (!tabs) throw new Error(`which tabs has ${route}?`);
    // `:id` is a record's or an endpoint's.
    const ids = base.startsWith("/endpoints/") ? endpoints : [event.subject.id];
    const filled = fill(base, { ...values, ":id": ids });
    return filled.flatMap((path) => tabs.map((tab) => `${path}${tab}`));
  });
}

function fill(route: string, values: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const name = /:\w+/.exec(route)?.[0];
  if (name === undefined) return [route];
  const known = values[name];
  if (!known) throw new Error(`what stands for ${name} in ${route}?`);
  return known.flatMap((value) => fill(route.replace(name, encodeURIComponent(value)), values));
}

interface SeenEvent {
  readonly id: string;
  readonly account: string;
  readonly subject: { readonly type: string; readonly id: string };
}

/** One that every role may see: of an appointment, which has more to show than others. */
async function firstEvent(world: Pick<DashboardWorld, "url" | "tokens">): Promise<SeenEvent> {
  return await eventually(async () => {
    const path = "/events?payload=ids&subject=appointment";
    const { data } = await readApi<{ readonly data: readonly SeenEvent[] }>(world, path, "subscriber");
    return data[0];
  });
}
