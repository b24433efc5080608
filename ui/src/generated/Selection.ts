import type { ChangeFilter } from "./ChangeFilter";
export type Selection = { type: 'resources'; resources: string[] } | { type: 'matching'; filter: ChangeFilter; group: string | null };
