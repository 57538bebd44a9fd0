/** What the API answers with, from the very schemas that the service holds its answers against. */
import type { z } from "zod";

import type { accountSchema } from "../../src/ops/api/accounts/account-answer.ts";
import type { auditEntrySchema } from "../../src/ops/api/access/audit-routes.ts";
import type { attemptSchema, deliverySchema } from "../../src/ops/api/deliveries/delivery-answer.ts";
import type { resultSchema } from "../../src/ops/api/endpoints/dry-run-route.ts";
import type {
  endpointSchema,
  endpointStatusSchema,
  endpointWithSecretSchema,
  newEndpointSchema,
  testResultSchema,
} from "../../src/ops/api/endpoints/endpoint-schemas.ts";
import type { callbackSchema, loggedEventSchema } from "../../src/ops/api/events/event-answer.ts";
import type { meSchema } from "../../src/ops/api/access/me-route.ts";
import type {
  explanationSchema,
  recordSchema,
  timelineSchema,
} from "../../src/ops/api/records/record-schemas.ts";
import type { foundRecordSchema } from "../../src/ops/api/records/record-search-route.ts";
import type { countSchema, progressSchema } from "../../src/ops/api/deliveries/recovery-routes.ts";
import type { resourceSchema } from "../../src/ops/api/accounts/resource-schema.ts";
import type { madeTokenSchema, tokenSchema } from "../../src/ops/api/access/token-schemas.ts";

export type { EndpointActivity, History, HistoryRange } from "../../src/ops/api/overview/history-schemas.ts";
export type { Overview } from "../../src/ops/api/overview/overview-schemas.ts";
export type { AccountReading } from "../../src/ops/api/accounts/reading-schemas.ts";
export type { System } from "../../src/ops/api/overview/system-schemas.ts";

export type Account = z.infer<typeof accountSchema>;
export type Attempt = z.infer<typeof attemptSchema>;
export type AuditEntry = z.infer<typeof auditEntrySchema>;
export type Callback = z.infer<typeof callbackSchema>;
export type Delivery = z.infer<typeof deliverySchema>;
export type DryRun = z.infer<typeof resultSchema>;
export type Endpoint = z.infer<typeof endpointSchema>;
export type EndpointStatus = z.infer<typeof endpointStatusSchema>;
export type EndpointWithSecret = z.infer<typeof endpointWithSecretSchema>;
export type Explanation = z.infer<typeof explanationSchema>;
export type FoundRecord = z.infer<typeof foundRecordSchema>;
export type KnownRecord = z.infer<typeof recordSchema>;
export type LoggedEvent = z.infer<typeof loggedEventSchema>;
export type Me = z.infer<typeof meSchema>;
export type MadeToken = z.infer<typeof madeTokenSchema>;
export type NewEndpointBody = z.input<typeof newEndpointSchema>;
export type Recovery = z.infer<typeof progressSchema>;
export type RecoveryCount = z.infer<typeof countSchema>;
export type ResourceStatus = z.infer<typeof resourceSchema>;
export type TestResult = z.infer<typeof testResultSchema>;
export type Timeline = z.infer<typeof timelineSchema>;
export type Token = z.infer<typeof tokenSchema>;

export interface Page<Item> {
  readonly data: readonly Item[];
  readonly next: string | null;
}
