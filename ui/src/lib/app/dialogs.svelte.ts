/** The dialogs that any screen may open. `Dialogs.svelte` shows them. */

/** What "Create release" starts with. Environments by identity. */
export interface ReleaseDraft {
  source?: string;
  target?: string;
}

/** A dialog and what it starts with. */
export type OpenDialog =
  | { name: 'create-release'; draft: ReleaseDraft }
  | { name: 'environment'; id: string | undefined }
  | { name: 'new-workspace' }
  | { name: 'open-workspace' }
  | { name: 'reset-sample' };

let current = $state.raw<OpenDialog>();

/** The dialog that is open. */
export const dialogs = {
  get current(): OpenDialog | undefined {
    return current;
  },
};

/** Opens a dialog; one at a time. */
export function openDialog(dialog: OpenDialog): void {
  current = dialog;
}

/** Closes it. */
export function closeDialog(): void {
  current = undefined;
}
