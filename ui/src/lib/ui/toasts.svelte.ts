/** Short notes about what just ended. An error that needs a decision is a `Banner` where it happened, not a toast. */

/** A note at the lower edge of the window. */
export interface Toast {
  id: number;
  tone: 'done' | 'info' | 'error';
  text: string;
  action?: { label: string; run: () => void } | undefined;
}

const SHOWN_MS = 5000;
const MAX_TOASTS = 3;

let next = 0;
let shown = $state.raw<readonly Toast[]>([]);

/** What is shown now. */
export const toasts = {
  get all(): readonly Toast[] {
    return shown;
  },
};

/** Shows a note for five seconds; an error stays until it is dismissed. */
export function toast(
  text: string,
  options: { tone?: Toast['tone']; action?: Toast['action'] } = {},
): void {
  const id = (next += 1);
  const tone = options.tone ?? 'done';
  shown = [...shown.slice(1 - MAX_TOASTS), { id, tone, text, action: options.action }];
  if (tone !== 'error') setTimeout(() => dismissToast(id), SHOWN_MS);
}

/** Takes a note away. */
export function dismissToast(id: number): void {
  shown = shown.filter((one) => one.id !== id);
}
