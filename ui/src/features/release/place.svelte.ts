import type { Anchor } from '../../generated/Anchor';

let wanted = $state.raw<Anchor>();

/** The place in the changes that another tab sends the person to: where the Changes tab is to go when it shows next. */
export const place = {
  get wanted(): Anchor | undefined {
    return wanted;
  },
  set wanted(next: Anchor | undefined) {
    wanted = next;
  },
};
