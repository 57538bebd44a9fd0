/** A browser has one session for all its windows: who signs in or out in one of them does it in all. */
const NAME = "cliniko-webhooks.session";

/** Somebody has signed in or out in this window. */
export function tellOtherTabs(): void {
  const channel = new BroadcastChannel(NAME);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin, and takes no other
  channel.postMessage("changed");
  channel.close();
}

/** Told when somebody has signed in or out in another window. What is returned ends it. */
export function hearOtherTabs(onChange: () => void): () => void {
  const channel = new BroadcastChannel(NAME);
  channel.addEventListener("message", onChange);
  return () => channel.close();
}
