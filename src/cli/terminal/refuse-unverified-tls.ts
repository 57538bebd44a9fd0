import { ConfigError } from "../../shared/errors.ts";

const NAME = "NODE_TLS_REJECT_UNAUTHORIZED";

/**
 * Node looks at no certificate with this variable, and says so in one line that scrolls by: keys and patients' data would go
 * to whoever answers. @throws ConfigError
 */
export function refuseUnverifiedTls(env: NodeJS.ProcessEnv): void {
  // As Node reads it: any other value verifies.
  if (env[NAME] !== "0") return;
  throw new ConfigError("the environment", [
    {
      path: NAME,
      message: "is 0, which lets anybody stand in for Cliniko, for Redis and for your receivers",
      remedy:
        "unset it; trust an authority of your own with tls.ca at the endpoint, or with NODE_EXTRA_CA_CERTS=/path/to/ca.pem",
    },
  ]);
}
