import { type OwnFolder, lookAtFolder } from "../../store/redis/own-folder.ts";
import { type Finding, fail, warn } from "./finding.ts";

/** Whether others may use a folder of ours, looked at and not changed. */
export function judgeOpenness(folder: OwnFolder): Finding[] {
  const look = lookAtFolder(folder);
  if (!look) return [];
  const { called, path } = folder;
  if (look.obstacle !== undefined) {
    const detail = `${path} is open to others (${look.mode ?? ""}): ${look.obstacle}`;
    return [fail(called, detail, "the service does not start with it")];
  }
  if (look.mode === undefined && look.within.length === 0) return [];
  const what = look.mode === undefined ? `something in ${path}` : `${path} (${look.mode})`;
  return [warn(called, `${what} is open to others`, "the service closes it when it starts")];
}
