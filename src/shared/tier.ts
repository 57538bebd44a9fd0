/** How soon a change is to be known, by what people wait for and what seldom changes. */
export type Tier = "live" | "minute" | "quarter" | "daily";
