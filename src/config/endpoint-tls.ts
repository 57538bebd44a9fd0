import { X509Certificate, createPrivateKey } from "node:crypto";

import { z } from "zod";

import { type ConfigSources, type Fault, problem, referenced } from "./config-fields.ts";
import type { EndpointTls } from "./endpoint-settings.ts";

/** A chain of certificates; each is looked at when it is given and when it is used. */
export const MOST_PEM_CHARACTERS = 32_768;

/** PEM texts as they are. */
export function tlsTexts(): z.ZodType<EndpointTls> {
  return withPair(
    z.strictObject({
      ca: checked(z.string(), certificateFault).optional(),
      certificate: checked(z.string(), certificateFault).optional(),
      key: checked(z.string(), keyFault).optional(),
    }),
  );
}

/** PEM texts by reference, as the configuration file has them. */
export function tlsReferences(sources: ConfigSources): z.ZodType<EndpointTls> {
  return withPair(z.strictObject(references(sources)));
}

/** How Redis is spoken to over TLS. */
export interface RedisTls extends EndpointTls {
  /** Whose certificate it has to be, where that is not the host which is connected to. */
  readonly server_name?: string | undefined;
}

/** The same for Redis, whose nodes are often known by address alone. */
export function redisTlsReferences(sources: ConfigSources): z.ZodType<RedisTls> {
  const name = z.hostname("is not the name of a host").optional();
  return withPair(z.strictObject({ ...references(sources), server_name: name }));
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- the fields are their own type
function references(sources: ConfigSources) {
  const certificate = (purpose: string): z.ZodType<string> =>
    checked(referenced(sources, purpose), certificateFault);
  return {
    ca: certificate("the certificate of the authority to trust, as PEM").optional(),
    certificate: certificate("our client certificate, as PEM").optional(),
    key: checked(referenced(sources, "the key of our client certificate, as PEM"), keyFault).optional(),
  };
}

function checked(text: z.ZodType<string>, faultOf: (pem: string) => Fault | undefined): z.ZodType<string> {
  return text.superRefine((pem, context) => {
    const fault = faultOf(pem);
    if (fault) problem(context, fault.message, fault.remedy);
  });
}

function withPair<Tls extends EndpointTls>(schema: z.ZodType<Tls>): z.ZodType<Tls> {
  return schema.superRefine((tls, context) => {
    const fault = pairFault(tls);
    if (fault) problem(context, fault.message, fault.remedy, fault.path);
  });
}

/** Runs although one of the two may have a fault of its own, which is told already. */
function pairFault({ certificate, key }: EndpointTls): (Fault & { readonly path: string[] }) | undefined {
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    const missing = key === undefined ? "key" : "certificate";
    const remedy = "a client certificate and its key go together: give both";
    return { message: `has no ${missing}`, remedy, path: [] };
  }
  if (certificateFault(certificate) ?? keyFault(key)) return undefined;
  if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) return undefined;
  const remedy = "give the two files that were made together";
  return { message: "is not the key of this certificate", remedy, path: ["key"] };
}

function tooLong(pem: string): Fault | undefined {
  if (pem.length <= MOST_PEM_CHARACTERS) return undefined;
  return { message: "is too long", remedy: `use at most ${MOST_PEM_CHARACTERS} characters` };
}

function certificateFault(pem: string): Fault | undefined {
  const fault = tooLong(pem);
  if (fault) return fault;
  try {
    void new X509Certificate(pem);
    return undefined;
  } catch {
    return { message: "is not a certificate in PEM", remedy: "it begins with -----BEGIN CERTIFICATE-----" };
  }
}

const MOST_RSA_BITS = 4_096;

function keyFault(pem: string): Fault | undefined {
  const fault = tooLong(pem);
  if (fault) return fault;
  try {
    const { modulusLength = 0 } = createPrivateKey(pem).asymmetricKeyDetails ?? {};
    if (modulusLength <= MOST_RSA_BITS) return undefined;
    const remedy = `take one of ${MOST_RSA_BITS} bits or fewer, or of an elliptic curve`;
    return { message: `has ${modulusLength} bits: each connection would cost too much`, remedy };
  } catch {
    return {
      message: "is not a private key in PEM that opens without a passphrase",
      remedy: "it begins with -----BEGIN PRIVATE KEY-----; take the passphrase off with: openssl pkey",
    };
  }
}
