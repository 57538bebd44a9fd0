import type { System } from "../../api/answers.ts";

export interface ProcessFault {
  readonly tone: "warn" | "bad";
  readonly text: string;
}

/** What does not happen while no process has the role. */
const WITHOUT: Readonly<Record<string, string>> = {
  poll: "nothing is read from Cliniko, and changes are told late",
  dispatch: "nothing is delivered; what is to be sent waits and is not lost",
  ops: "this dashboard, the API and the metrics are not served",
};

/** What is wrong with the processes as a whole. Pure. */
export function judgeProcesses({
  missing_roles: missing,
  processes,
}: Pick<System, "missing_roles"> & {
  readonly processes: readonly Pick<System["processes"][number], "version">[];
}): readonly ProcessFault[] {
  const faults: ProcessFault[] = missing.map((role) => ({
    tone: "bad",
    text: `No process has the role ${role}: ${WITHOUT[role] ?? "its work waits"}. Start one with --roles ${role}.`,
  }));
  const versions = [...new Set(processes.map(({ version }) => version))].toSorted();
  if (versions.length > 1) {
    faults.push({
      tone: "warn",
      text: `Versions ${versions.join(" and ")} run at once. That is right during an update, and only then: bring all processes to the same one.`,
    });
  }
  return faults;
}
