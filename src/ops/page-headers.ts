/** 180 days: who gives up TLS is not shut out for years. */
const HSTS_SECONDS = 180 * 24 * 60 * 60;

/** Everything that is not named is not allowed. Scripts and styles come from files of ours, and nothing goes elsewhere. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/** What a page could ask a browser for. None of it is wanted, but to copy an id or a secret. */
const OFF = [
  "accelerometer autoplay browsing-topics camera clipboard-read display-capture encrypted-media fullscreen gamepad",
  "geolocation gyroscope hid idle-detection local-fonts magnetometer microphone midi payment picture-in-picture",
  "publickey-credentials-get screen-wake-lock serial storage-access usb xr-spatial-tracking",
].flatMap((line) => line.split(" "));

const PAGE_HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": [...OFF.map((feature) => `${feature}=()`), "clipboard-write=(self)"].join(", "),
  // Compressed or not: caches keep both.
  vary: "accept-encoding",
};

/** On everything that a browser shows of ours. `publicUrl`: where people reach it; https there makes browsers come by https alone. */
export function pageHeaders(publicUrl: string | undefined): Readonly<Record<string, string>> {
  const isSecure = publicUrl !== undefined && URL.parse(publicUrl)?.protocol === "https:";
  return {
    ...PAGE_HEADERS,
    ...(isSecure ? { "strict-transport-security": `max-age=${HSTS_SECONDS}` } : {}),
  };
}
