/** The first part of every metric of ours. */
export const METRIC_PREFIX = "cliniko_webhooks";
