/** What stands before `/ops/` where the service is reached below a path, like `/cliniko`: all files of ours are in `/ops/assets/`. */
export const BASE_PATH = pathBefore(import.meta.url);

export function pathBefore(url: string): string {
  return /^(.*)\/ops\/assets\/[^/]+$/.exec(new URL(url).pathname)?.[1] ?? "";
}
