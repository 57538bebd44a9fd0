import type { z } from "zod";

import type { endpointSchema } from "./endpoint-schemas.ts";

export const ENDPOINT: z.infer<typeof endpointSchema> = {
  id: "ep_0f3c8a1b2d4e5f607182",
  source: "api",
  owner: "crm",
  url: "https://crm.example.com/hooks/cliniko",
  events: ["appointment.*", "patient.merged"],
  description: "the CRM",
  accounts: ["northside"],
  when: [],
  payload: "full",
  include: [],
  format: "standard",
  expand: ["patient", "practitioner"],
  local_time: true,
  headers: { "x-team": "[secret]" },
  rate_limit: null,
  concurrency: 8,
  ordering: "none",
  tls: null,
  body_signature: null,
  attempts: null,
  signing_keys: [
    {
      signature: "v1",
      public_key: null,
      kid: null,
      created_at: "2026-11-22T03:15:04.000Z",
      expires_at: null,
    },
  ],
  status: {
    state: "healthy",
    since: "2026-11-22T03:15:04.000Z",
    severity: "ok",
    code: "healthy",
    error_class: null,
    error_status: null,
    failing_since: null,
    last_success_at: "2026-11-23T00:10:31.000Z",
    disables_at: null,
    disabled_by: null,
    next_probe_at: null,
    waiting: 0,
    parked: 0,
    failed: 0,
    delivered: 1_204,
    oldest_waiting_at: null,
  },
  paused: null,
  revision: 3,
  created_at: "2026-11-22T03:15:04.000Z",
  updated_at: "2026-11-22T09:30:00.000Z",
};

export const ENDPOINT_WITH_SECRET = {
  ...ENDPOINT,
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  public_key: null,
};

export const PAUSED = {
  ...ENDPOINT,
  status: { ...ENDPOINT.status, state: "paused", since: "2026-11-23T00:11:00.000Z" },
  paused: { since: "2026-11-23T00:11:00.000Z", by: "subscriber", name: "CRM production" },
};
