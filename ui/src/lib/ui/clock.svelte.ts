/** The present, as far as the window shows it: renewed twice a minute while something reads it. */
import { createSubscriber } from 'svelte/reactivity';

const TICK_MS = 30_000;

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, TICK_MS);
  return () => clearInterval(timer);
});

/** `clock.now`: epoch milliseconds; reading it in a component keeps that component current. */
export const clock = {
  get now(): number {
    subscribe();
    return Date.now();
  },
};
