export const TOKEN_ROLES = ["admin", "viewer", "subscriber"] as const;
export type TokenRole = (typeof TOKEN_ROLES)[number];
