/** The two ways to the core: the shell's IPC, and HTTP on loopback when the page runs in an ordinary browser (tests). */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Event } from '../../generated/Event';

/** A way to the core. Rejections are as the transport gives them; `toApiError` reads them. */
export interface Transport {
  call(name: string, request: unknown): Promise<unknown>;
  /** Hears the core's events until the returned function is called. */
  listen(handler: (event: Event) => void): () => void;
}

/** The name under which the shell sends the core's events. */
const EVENT = 'slipway';

const overIpc: Transport = {
  call: (name, request) => invoke('call', { name, request }),
  listen(handler) {
    const stop = listen<Event>(EVENT, (event) => handler(event.payload));
    return () => void stop.then((unlisten) => unlisten());
  },
};

const overHttp: Transport = {
  async call(name, request) {
    const response = await fetch(`/api/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw answer;
    return answer;
  },
  listen(handler) {
    const source = new EventSource('/events');
    source.onmessage = (message: MessageEvent<string>) =>
      handler(JSON.parse(message.data) as Event);
    return () => source.close();
  },
};

/** Whether the page runs in the shell's window. */
export const IN_SHELL = '__TAURI_INTERNALS__' in globalThis;

/** The way to the core that this page has. */
export const transport: Transport = IN_SHELL ? overIpc : overHttp;
