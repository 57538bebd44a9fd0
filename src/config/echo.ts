/** Characters of what was written that a problem repeats. */
const MOST = 100;

/** What somebody wrote, as a problem may show it: what refuses is never much larger than what it refuses. */
export function echo(written: string): string {
  return written.length > MOST ? `${written.slice(0, MOST - 1)}…` : written;
}
