/**
 * What the commands do now: handlers that the app and the open screens put in place, and the keys that run them.
 *
 * ```ts
 * handle({ 'changes.next': () => move(1), 'changes.viewed': toggleViewed });
 * ```
 */
import { SvelteMap } from 'svelte/reactivity';
import { chordOf, isTyping } from '../ui/keys';
import { COMMANDS, type Command, type CommandId } from './commands';

type Handler = () => void;

const handlers = new SvelteMap<CommandId, readonly Handler[]>();

/** How long the second key of a sequence may take. */
const SEQUENCE_MS = 1200;

/**
 * Puts handlers in place for as long as the component is there. Call while the component is set up. The latest wins.
 *
 * A handler that is `undefined` leaves its command without effect; pass a function to follow reactive state.
 */
export function handle(
  given: Partial<Record<CommandId, Handler>> | (() => Partial<Record<CommandId, Handler>>),
): void {
  $effect(() => {
    const mine = typeof given === 'function' ? given() : given;
    const entries = Object.entries(mine) as [CommandId, Handler | undefined][];
    const placed = entries.flatMap(([id, handler]) => (handler ? [[id, handler] as const] : []));
    for (const [id, handler] of placed) put(id, handler);
    return () => {
      for (const [id, handler] of placed) take(id, handler);
    };
  });
}

// Reading inside these must not make the effect that places a handler depend on other handlers.
function put(id: CommandId, handler: Handler): void {
  queue(() => handlers.set(id, [...(handlers.get(id) ?? []), handler]));
}

function take(id: CommandId, handler: Handler): void {
  queue(() => {
    const left = (handlers.get(id) ?? []).filter((one) => one !== handler);
    if (left.length === 0) handlers.delete(id);
    else handlers.set(id, left);
  });
}

function queue(change: () => void): void {
  queueMicrotask(change);
}

/** Whether a command does something now. Reactive. */
export function isEnabled(id: CommandId): boolean {
  return handlers.has(id);
}

/** Does a command, if it does something now. */
export function run(id: CommandId): void {
  handlers.get(id)?.at(-1)?.();
}

/** The commands that do something now, in the order of the table. Reactive. */
export function enabledCommands(): readonly (Command & { id: CommandId })[] {
  return COMMANDS.filter((command) => handlers.has(command.id));
}

/** Starts running commands by their keys. Called once, by the app. */
export function startKeys(): () => void {
  let before = '';
  let pressedAt = 0;

  function keydown(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const chord = chordOf(event);
    if (chord === '') return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (plain && isTyping(event.target)) return;
    const inTime = event.timeStamp - pressedAt < SEQUENCE_MS;
    const sequence = before && inTime ? `${before} ${chord}` : '';
    const command =
      (sequence && COMMANDS.find((one: Command) => one.keys === sequence)) ||
      COMMANDS.find((one: Command) => one.keys === chord);
    // A modal dialog has the keyboard to itself, but for what is about the window around it.
    const isForWindow = command && 'inDialogs' in command;
    if (document.querySelector('dialog[open]') && !isForWindow) return;
    before = plain && !command ? chord : '';
    pressedAt = event.timeStamp;
    if (!command || !handlers.has(command.id)) return;
    event.preventDefault();
    run(command.id);
  }

  window.addEventListener('keydown', keydown);
  return () => window.removeEventListener('keydown', keydown);
}
