/** One call of a method, as a hook sees it. */
export interface Call<Subject> {
  /** Counted by method, from 1. */
  readonly nth: number;
  readonly subject: Subject;
}

/** What a test lets happen in a call: it may throw, abort something, or change the world. */
export type Hook<Subject> = (call: Call<Subject>) => void | Promise<void>;

export interface FaultInjection<Method extends string, Subject> {
  /** Runs before the call does anything; what it throws, the call throws. */
  before(method: Method, hook: Hook<Subject>): void;
  /** Runs when the call has done everything; what it throws, the call throws all the same. */
  after(method: Method, hook: Hook<Subject>): void;
  /** Lets the nth call of a method fail before it does anything. */
  fail(method: Method, nth: number, error: unknown): void;
}

/** Hooks around the methods of a fake. `around` is what the fake runs its methods in. */
export function faultInjection<Method extends string, Subject>(): FaultInjection<Method, Subject> & {
  around<T>(method: Method, subject: Subject, work: () => Promise<T>): Promise<T>;
} {
  const hooks: {
    readonly method: Method;
    readonly when: 'before' | 'after';
    readonly hook: Hook<Subject>;
  }[] = [];
  const counts = new Map<Method, number>();
  const run = async (when: 'before' | 'after', method: Method, call: Call<Subject>) => {
    for (const hooked of hooks) if (hooked.method === method && hooked.when === when) await hooked.hook(call);
  };
  return {
    before: (method, hook) => void hooks.push({ method, when: 'before', hook }),
    after: (method, hook) => void hooks.push({ method, when: 'after', hook }),
    fail(method, nth, error) {
      const hook: Hook<Subject> = (call) => {
        if (call.nth === nth) throw error;
      };
      hooks.push({ method, when: 'before', hook });
    },
    async around(method, subject, work) {
      const nth = (counts.get(method) ?? 0) + 1;
      counts.set(method, nth);
      await run('before', method, { nth, subject });
      const result = await work();
      await run('after', method, { nth, subject });
      return result;
    },
  };
}
