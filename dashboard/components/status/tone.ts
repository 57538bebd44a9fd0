/** good: as it should be · warn: may need a person soon · bad: needs a person · idle: nothing to judge. */
export type Tone = "good" | "warn" | "bad" | "idle";
