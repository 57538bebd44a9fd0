const BYTES = 250_000;
const repeated = (count: number, text: string): string[] => Array.from({ length: count }, () => text);
const keyed = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`evnts${index}`, 1]));
const URL_AND_EVENTS = { url: "https://crm.example.com/", events: ["*"] };

/** Requests that take as long to refuse as anybody could make them: what, method, path, body. */
export const HOSTILE_REQUESTS: readonly (readonly [string, string, string, unknown])[] = [
  ["16,000 unknown settings", "POST", "/v1/endpoints", { ...URL_AND_EVENTS, ...keyed(16_000) }],
  ["one event type of 250 kB", "POST", "/v1/endpoints", { events: ["a".repeat(BYTES)] }],
  ["60,000 event types", "POST", "/v1/endpoints", { ...URL_AND_EVENTS, events: repeated(60_000, "a") }],
  ["60,000 sensitive fields", "POST", "/v1/endpoints", { ...URL_AND_EVENTS, include: repeated(60_000, "n") }],
  ["60,000 accounts", "POST", "/v1/endpoints", { ...URL_AND_EVENTS, accounts: repeated(60_000, "n") }],
  [
    "9,000 conditions",
    "POST",
    "/v1/endpoints",
    { ...URL_AND_EVENTS, when: Array.from({ length: 9_000 }, () => ({ field: "startz_at" })) },
  ],
  ["16,000 headers", "POST", "/v1/endpoints", { ...URL_AND_EVENTS, headers: keyed(16_000) }],
  ["a certificate of 250 kB", "POST", "/v1/endpoints", { ...URL_AND_EVENTS, tls: { ca: "-".repeat(BYTES) } }],
  ["an address of 250 kB", "POST", "/v1/endpoints", { url: `https://${"a".repeat(BYTES)}`, events: ["*"] }],
  ["60,000 event types in a dry run", "POST", "/v1/dry-run", { events: repeated(60_000, "b") }],
  [
    "60,000 accounts of a token",
    "POST",
    "/v1/tokens",
    { name: "x", role: "subscriber", accounts: repeated(60_000, "n") },
  ],
  ["lists in lists", "POST", "/v1/dry-run", `${"[".repeat(60_000)}${"]".repeat(60_000)}`],
  ["a filter of 14 kB", "GET", `/v1/events?types=${"appointmant.".repeat(1_150)}`, undefined],
  [
    "7,000 filters",
    "GET",
    `/v1/events?types=${"a,".repeat(3_500)}&accounts=${"b,".repeat(3_000)}`,
    undefined,
  ],
];
