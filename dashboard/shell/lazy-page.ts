import { type ComponentType, type LazyExoticComponent, lazy } from "react";

const RETRY_MS = 2_000;
const PLACE = "cliniko-webhooks.loaded-again";

/**
 * A page whose code is loaded when it is first opened. That fails while the service is away, and after an update, when
 * its files have other names: the whole window is then loaded again, once the service answers.
 */
export function lazyPage<Page extends ComponentType>(load: () => Promise<Page>): LazyExoticComponent<Page> {
  return lazy(async () => {
    try {
      const page = await load();
      sessionStorage.removeItem(PLACE);
      return { default: page };
    } catch (error) {
      await untilServed();
      // What fails again after that is broken for good: PageBoundary says so.
      if (sessionStorage.getItem(PLACE) === location.pathname) throw error;
      sessionStorage.setItem(PLACE, location.pathname);
      location.reload();
      return await new Promise<never>(() => undefined);
    }
  });
}

async function untilServed(): Promise<void> {
  while (!(await isServed())) {
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function isServed(): Promise<boolean> {
  return await fetch(location.pathname, { headers: { accept: "text/html" } }).then(
    ({ ok }) => ok,
    () => false,
  );
}
