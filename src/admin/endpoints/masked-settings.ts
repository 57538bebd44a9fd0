import type { EndpointSettings } from "../../config/endpoint-settings.ts";

/** Stands where a secret would. */
export const MASK = "[secret]";

/** Without what could open a receiver's door: header values and the key of a certificate. */
export function maskedSettings({ headers, tls, ...rest }: EndpointSettings): EndpointSettings {
  return {
    ...rest,
    headers: Object.fromEntries(Object.keys(headers).map((name) => [name, MASK])),
    tls: tls && { ...tls, ...(tls.key === undefined ? {} : { key: MASK }) },
  };
}
