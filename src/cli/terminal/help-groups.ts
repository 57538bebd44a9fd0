import { type Command, Help } from "commander";

/** Under which heading a newcomer finds a command; what is not named here comes under "Commands:". */
const GROUPS: readonly (readonly [heading: string, commands: readonly string[]])[] = [
  ["Try it (nothing to set up):", ["demo", "sandbox", "listen", "trigger", "grade"]],
  ["Run it:", ["init", "check", "start", "status", "doctor", "dashboard", "notices"]],
  ["Clinics:", ["accounts", "poll", "release", "backfill", "forget"]],
  ["What is sent, to whom:", ["endpoints", "events", "feed", "deliveries", "recover", "explain"]],
  ["Access and keys:", ["tokens", "access", "audit", "keys"]],
];

/** Groups the commands, and puts the groups in the order above. */
export function groupCommands(program: Command): void {
  for (const [heading, names] of GROUPS) {
    for (const command of program.commands) if (names.includes(command.name())) command.helpGroup(heading);
  }
  const order = GROUPS.flatMap(([, names]) => names);
  const placeOf = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  const plain = new Help();
  program.configureHelp({
    visibleCommands: (command) =>
      plain.visibleCommands(command).toSorted((one, other) => placeOf(one.name()) - placeOf(other.name())),
    // Groups come in the order of what they hold, not in that in which the commands were added.
    groupItems: (_added, visible, groupOf) => plain.groupItems([...visible], visible, groupOf),
  });
}
