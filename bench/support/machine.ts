import { cpus, loadavg } from "node:os";

/** Which machine, when, and how busy it was: figures mean nothing without. */
export function printMachine(): void {
  const [processor] = cpus();
  const load = loadavg()[0]?.toFixed(1) ?? "?";
  const date = new Date().toISOString().slice(0, 10);
  console.log(
    `${date}, node ${process.version}, ${cpus().length} × ${processor?.model ?? "?"}, load ${load}`,
  );
}
