const BASE_URL = "https://api.au1.cliniko.com/v1";

/** A link as Cliniko serves it, for samples. */
export function linkTo(path: string): { readonly links: { readonly self: string } } {
  return { links: { self: `${BASE_URL}/${path}` } };
}
