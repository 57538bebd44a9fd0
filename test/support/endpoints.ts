import type { EndpointSettings } from "../../src/config/endpoint-settings.ts";
import type { Endpoint } from "../../src/store/outbox/endpoint-store.ts";
import { SECRET } from "./test-config.ts";

/** An endpoint's settings as the parser fills them in; pass what the test is about. */
export function settingsOf(more: Partial<EndpointSettings> = {}): EndpointSettings {
  return {
    url: "https://crm.example.com/hooks?team=7",
    description: "",
    events: ["*"],
    when: [],
    payload: "full",
    include: [],
    headers: {},
    concurrency: 5,
    ordering: "none",
    ...more,
  };
}

/** An endpoint that was made at the beginning of time. */
export function endpointOf(id = "crm", settings: Partial<EndpointSettings> = {}): Endpoint {
  return {
    id,
    source: "api",
    settings: settingsOf(settings),
    signingKeys: [{ kind: "v1", secret: SECRET, createdAt: 0 }],
    revision: 1,
    createdAt: 0,
    updatedAt: 0,
  };
}
