import type { ChangeFilter } from "./ChangeFilter";
export type ChangePlaceGet = { release: string, resource: string, filter: ChangeFilter, folded: Array<string>, };
