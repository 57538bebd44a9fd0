/** What a path shows: the same while one goes from tab to tab of it. See the routes in app.tsx. */
export function pageOf(path: string): string {
  const [first = "", second = "", ...rest] = path.split("/").slice(1);
  if (first === "system") return "/system";
  if (first === "endpoints" && second !== "") return `/endpoints/${second}`;
  return `/${[first, second, ...rest].filter((part) => part !== "").join("/")}`;
}
