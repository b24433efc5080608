/** What jsdom lacks of dialogs and of layout. Nothing that ships imports this. */

/** Lets dialogs open and close, and lists measure themselves as empty, where the document is a simulated one. */
export function simulateDialogs(): void {
  HTMLDialogElement.prototype.showModal ??= function show(this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
    this.open = false;
  };
  globalThis.ResizeObserver ??= class {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  };
}
