/**
 * Every Redis key we write (BullMQ writes its own under `<prefix>:queue`). All keys of an account carry `{account}`,
 * so that on a cluster they share one hash slot and one script can change them together.
 */
export interface Keys {
  readonly installation: string;
  budget(keyHash: string): string;
  connection(account: string): string;
  /** Stream: one entry an event, without its body. */
  log(account: string): string;
  /** Hash: event id to sealed body, apart from the log so that a body can be erased and the event still counted. */
  bodies(account: string): string;
  routed(account: string): string;
  cursor(account: string, resource: string): string;
  snapshots(account: string, resource: string): string;
  /** Hash: id to what is kept of a deleted record. */
  gone(account: string, resource: string): string;
  /** Hash: id to when the upstream first said that it is not there. */
  suspects(account: string, resource: string): string;
  /** Hash: how and when a resource is read besides the scans. */
  reading(account: string, resource: string): string;
  /** Set: patients whose appointments are to be read again. */
  rereads(account: string): string;
  lease(account: string, resource: string): string;
  epoch(account: string, resource: string): string;
  schedule(account: string, resource: string): string;
}

export function createKeys(prefix: string): Keys {
  return {
    installation: `${prefix}:installation`,
    budget: (keyHash) => `${prefix}:budget:{${keyHash}}`,
    connection: (account) => `${prefix}:{${account}}:connection`,
    log: (account) => `${prefix}:{${account}}:log`,
    bodies: (account) => `${prefix}:{${account}}:bodies`,
    routed: (account) => `${prefix}:{${account}}:routed`,
    cursor: (account, resource) => `${prefix}:{${account}}:cursor:${resource}`,
    snapshots: (account, resource) => `${prefix}:{${account}}:snapshots:${resource}`,
    gone: (account, resource) => `${prefix}:{${account}}:gone:${resource}`,
    suspects: (account, resource) => `${prefix}:{${account}}:suspects:${resource}`,
    reading: (account, resource) => `${prefix}:{${account}}:reading:${resource}`,
    rereads: (account) => `${prefix}:{${account}}:rereads`,
    lease: (account, resource) => `${prefix}:{${account}}:lease:${resource}`,
    epoch: (account, resource) => `${prefix}:{${account}}:epoch:${resource}`,
    schedule: (account, resource) => `${prefix}:{${account}}:schedule:${resource}`,
  };
}
