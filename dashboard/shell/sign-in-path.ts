/** Where somebody signs in who then wants to be at this place of the dashboard. */
export function signInPath(path: string, search: string): string {
  const then = `${path}${search === "" ? "" : `?${search}`}`;
  return then === "/" ? "/sign-in" : `/sign-in?then=${encodeURIComponent(then)}`;
}

export type AfterSignIn =
  | { readonly kind: "page"; readonly path: string }
  /** Outside of this application: the browser loads it. */
  | { readonly kind: "load"; readonly path: string };

/** Where to go after signing in: only to a page of ours, for `then` stands in an address that anybody may have written. */
export function afterSignIn(then: string | null): AfterSignIn {
  // Within this host a path begins with one slash; `//host` and `/\host` are other hosts to a browser.
  if (then === null || !/^\/(?![/\\])/.test(then) || /[\t\n\r]/.test(then))
    return { kind: "page", path: "/" };
  if (then === "/ops/queues" || then.startsWith("/ops/queues/")) return { kind: "load", path: then };
  if (then === "/sign-in" || then.startsWith("/sign-in?")) return { kind: "page", path: "/" };
  return { kind: "page", path: then };
}
