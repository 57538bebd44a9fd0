import { chmodSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Of a file or folder, in octal digits. */
export function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8).padStart(3, "0");
}

/** Everything below a folder that anybody but its user may use. */
export function openBelow(path: string): string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const one = join(path, entry.name);
    const below = entry.isDirectory() ? openBelow(one) : [];
    return (statSync(one).mode & 0o077) === 0 ? below : [one, ...below];
  });
}

/** Made, if it is not there. */
export function openFolder(path: string, mode: number): string {
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
  return path;
}
