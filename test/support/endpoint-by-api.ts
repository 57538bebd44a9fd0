import type { DashboardWorld } from "./dashboard-world.ts";

type Role = keyof DashboardWorld["tokens"];

/** Asks the API of a world as somebody: what a test wants to be so before a browser looks at it. */
export async function askApi<Answer>(
  { tokens, url }: Pick<DashboardWorld, "tokens" | "url">,
  role: Role,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const response = await fetch(`${url}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${tokens[role]}`,
      ...(body ? { "content-type": "application/json" } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as Answer;
}

/** An endpoint of a test's own, that takes all that happens to appointments unless it says otherwise. */
export async function makeEndpoint(
  world: Pick<DashboardWorld, "tokens" | "url">,
  body: { readonly url: string; readonly id?: string; readonly events?: readonly string[] },
  role: Role = "admin",
): Promise<{ readonly id: string; readonly secret: string; readonly revision: number }> {
  return await askApi(world, role, "POST", "/endpoints", { events: ["appointment.*"], ...body });
}
