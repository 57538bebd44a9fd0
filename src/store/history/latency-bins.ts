/*
 * Latencies are counted in bins whose bounds grow by 2^(1/4): four an octave. Bin 0 is everything under SHORTEST_MS; the
 * last one also takes what is longer than LONGEST_MS. Counts of bins add up over processes, endpoints and hours, which
 * percentiles do not.
 */

const BINS_PER_OCTAVE = 4;
/** Upstream stamps are whole seconds: there is nothing to tell apart below. */
const SHORTEST_MS = 50;
/** The retry schedule from end to end, with its jitter. */
const LONGEST_MS = 4 * 86_400_000;
const LAST_BIN = binBelow(LONGEST_MS);

/** A percentile out of bins is at most this many times what it would be exactly, and at least one part in as many. */
export const MOST_ERROR = 2 ** (1 / BINS_PER_OCTAVE);

/** Number of latencies by bin. */
export type LatencyBins = ReadonlyMap<number, number>;

/** The bin of a latency. @param latencyMs not negative */
export function binOf(latencyMs: number): number {
  return latencyMs < SHORTEST_MS ? 0 : Math.min(binBelow(latencyMs), LAST_BIN);
}

function binBelow(latencyMs: number): number {
  return 1 + Math.floor(Math.log2(latencyMs / SHORTEST_MS) * BINS_PER_OCTAVE);
}

/**
 * The latency (ms) that `part` of them (0 to 1) did not exceed, by nearest rank; undefined: there are none. Inside the bin
 * they are taken to lie evenly on its logarithmic scale: the answer is off by less than a bin's width (MOST_ERROR, or
 * SHORTEST_MS below that).
 */
export function percentileOf(bins: LatencyBins, part: number): number | undefined {
  const counted = [...bins].filter(([, count]) => count > 0).toSorted(([left], [right]) => left - right);
  const total = counted.reduce((sum, [, count]) => sum + count, 0);
  const rank = Math.max(1, Math.ceil(part * total));
  let before = 0;
  for (const [bin, count] of counted) {
    if (before + count >= rank) return latencyIn(bin, (rank - before - 0.5) / count);
    before += count;
  }
  return undefined;
}

/** @param place in the bin, 0 to 1 */
function latencyIn(bin: number, place: number): number {
  if (bin === 0) return SHORTEST_MS * place;
  return SHORTEST_MS * 2 ** ((bin - 1 + place) / BINS_PER_OCTAVE);
}
