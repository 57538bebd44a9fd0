import type { DashboardWorld } from "./dashboard-world.ts";
import { askApi } from "./endpoint-by-api.ts";
import { eventually } from "./harness.ts";

type Asked = Pick<DashboardWorld, "tokens" | "url">;

interface List<Item> {
  readonly data: readonly Item[];
}

/** The newest event of a type about a record, once there is one. */
export async function findEventOf(world: Asked, type: string, recordId: string): Promise<string> {
  const [subject = ""] = type.split(".");
  const query = new URLSearchParams({ types: type, subject, subject_id: recordId, payload: "ids" });
  return await eventually(async () => {
    const { data } = await askApi<List<{ readonly id: string }>>(
      world,
      "admin",
      "GET",
      `/events?${query.toString()}`,
    );
    return data[0]?.id;
  });
}

/** An event whose delivery to an endpoint is in a state and has been tried, once there is one. */
export async function findDelivery(world: Asked, endpoint: string, state: string): Promise<string> {
  type Listed = List<{ readonly event: string; readonly attempts: readonly unknown[] }>;
  return await eventually(async () => {
    const { data } = await askApi<Listed>(
      world,
      "admin",
      "GET",
      `/endpoints/${endpoint}/deliveries?state=${state}`,
    );
    return data.find(({ attempts }) => attempts.length > 0)?.event;
  });
}
