/** A place in the Changes tab that another tab sends the person to. */
interface Wanted {
  resource: string;
  /** The thread to show, by its first comment. */
  thread?: string | undefined;
}

let wanted = $state.raw<Wanted>();

/** Where the Changes tab is to go when it shows next. */
export const place = {
  get wanted(): Wanted | undefined {
    return wanted;
  },
  set wanted(next: Wanted | undefined) {
    wanted = next;
  },
};
