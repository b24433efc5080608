export type Topic =
  | { kind: 'all' }
  | { kind: 'environment'; environment: string }
  | { kind: 'capture'; environment: string }
  | { kind: 'release'; release: string }
  | { kind: 'review'; release: string }
  | { kind: 'comment'; release: string }
  | { kind: 'deployment'; deployment: string; release: string | null; environment: string | null };
