import type { SshConnection } from './connection.ts';

/** The connections to instances that this process has open, by their names. */
export interface HeldConnections {
  /** The one that stands, or a new one. */
  to(name: string, open: () => Promise<SshConnection>): Promise<SshConnection>;
  /** Closes the one that there is. */
  close(name: string): Promise<void>;
}

/** One connection for each instance, which all that is asked of it shares. */
export function heldConnections(): HeldConnections {
  const held = new Map<string, Promise<SshConnection>>();
  return {
    async to(name, open) {
      for (let last = held.get(name); last !== undefined; ) {
        const known = await last.catch(() => undefined);
        if (known?.alive()) return known;
        const next = held.get(name);
        if (next === last) break;
        last = next;
      }
      const opening = open();
      held.set(name, opening);
      return await opening;
    },
    async close(name) {
      const known = await held.get(name)?.catch(() => undefined);
      held.delete(name);
      await known?.close();
    },
  };
}
