import type { DashboardWorld } from "./dashboard-world.ts";

/** What the API of a world answers to somebody: to hold beside what the pages show. */
export async function readApi<Answer>(
  { url, tokens }: Pick<DashboardWorld, "url" | "tokens">,
  path: string,
  role: keyof DashboardWorld["tokens"] = "admin",
): Promise<Answer> {
  const response = await fetch(`${url}/v1${path}`, { headers: { authorization: `Bearer ${tokens[role]}` } });
  if (!response.ok) throw new Error(`GET /v1${path}: ${response.status}`);
  return (await response.json()) as Answer;
}
