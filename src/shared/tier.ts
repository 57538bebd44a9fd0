/** How soon a change is to be known, by what people wait for and what seldom changes. */
export const TIERS = ["live", "minute", "quarter", "daily"] as const;
export type Tier = (typeof TIERS)[number];
