import { useSyncExternalStore } from "react";

const DARK = "(prefers-color-scheme: dark)";

/** `light` or `dark`, as it is drawn now: what is painted on a canvas has to be painted anew when it changes. */
export function useDrawnTheme(): "light" | "dark" {
  return useSyncExternalStore(subscribe, () => {
    const { theme } = document.documentElement.dataset;
    const dark = theme === undefined ? matchMedia(DARK).matches : theme === "dark";
    return dark ? "dark" : "light";
  });
}

function subscribe(onChange: () => void): () => void {
  const media = matchMedia(DARK);
  const observer = new MutationObserver(onChange);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  media.addEventListener("change", onChange);
  return () => {
    observer.disconnect();
    media.removeEventListener("change", onChange);
  };
}
