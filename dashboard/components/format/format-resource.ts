/** `individual_appointments` as people write it: `Individual appointments`. */
export function formatResource(resource: string): string {
  const words = resource.replaceAll("_", " ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
