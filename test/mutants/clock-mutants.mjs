import { mutant } from "./mutant.mjs";

const LEASE = "src/store/lease.ts";

const leases = "test/integration/store/lease.test.ts";

/** What waits, and what it waits by. */
export const clockMutants = [
  mutant(
    "a lease from before Redis's clock went back is waited out",
    [leases],
    [LEASE, "if at ~= 2 and redis.call('PTTL', key) > tonumber(ARGV[1]) then", "if false then"],
  ),
];
