/** To find programs, and to write times as the service does. */
const GIVEN = ["PATH", "TZ"] as const;

/**
 * What a program that the service starts is told of the service's environment: where programs are, and the time zone. Keys and
 * tokens stand in ours, and whoever may look at that program (`/proc/<pid>/environ`, a core of it, `ps e`) would read them there.
 */
export function childEnvironment(): Record<string, string> {
  // oxlint-disable-next-line node/no-process-env -- what is not handed on is the whole of it, not a setting
  const own = process.env;
  return Object.fromEntries(
    GIVEN.flatMap((name) => {
      const value = own[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
