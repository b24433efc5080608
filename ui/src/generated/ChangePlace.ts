export type ChangePlace = { row: number | null, };
