import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where a file of this package is, like `dist/cli.js`: the same from `src`, and from wherever the build has put this line. */
export function packageFile(path: string): string {
  let folder = new URL(".", import.meta.url);
  while (!existsSync(new URL("package.json", folder)) && folder.pathname !== "/")
    folder = new URL("..", folder);
  return fileURLToPath(new URL(path, folder));
}
