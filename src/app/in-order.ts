/** One of several works, of which some come after others. */
export interface Job {
  readonly name: string;
  /** The job whose end it waits for; one that is not among them is not waited for. */
  readonly after?: string | undefined;
  /** Bytes of memory that it takes. */
  readonly memory: number;
  /** How long it may take, in ms, by what is known of it. */
  readonly expected: number;
}

/** What may be at work at once. */
export interface Capacity {
  readonly jobs: number;
  /** Bytes, for all together; one that asks for more by itself is done alone. */
  readonly memory: number;
}

/**
 * Does all jobs, each after the one that it names, as many at once as there is room for. Of those that could begin,
 * the one goes first whose chain takes longest, as in list scheduling by critical path (Graham, 1969): what much hangs
 * on is never left to the end. `work` gets the result of the job before. Results come in the jobs' order.
 */
export async function inOrder<J extends Job, R>(
  jobs: readonly J[],
  capacity: Capacity,
  work: (job: J, before: R | undefined) => Promise<R>,
): Promise<R[]> {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const before = ({ after }: Job) => (after === undefined ? undefined : byName.get(after));
  const chains = chainLengths(jobs);
  const waiting = new Set([...jobs].sort((a, b) => (chains.get(b.name) ?? 0) - (chains.get(a.name) ?? 0)));
  const results = new Map<string, R>();
  const running = new Map<J, Promise<void>>();
  const failures: unknown[] = [];

  const used = () => [...running.keys()].reduce((sum, { memory }) => sum + memory, 0);
  const fits = ({ memory }: Job) =>
    running.size === 0 || (running.size < capacity.jobs && used() + memory <= capacity.memory);
  const isReady = (job: J) => {
    const first = before(job);
    return first === undefined || results.has(first.name);
  };
  async function run(job: J): Promise<void> {
    try {
      const first = before(job);
      results.set(job.name, await work(job, first === undefined ? undefined : results.get(first.name)));
    } catch (error) {
      failures.push(error);
    } finally {
      running.delete(job);
    }
  }

  for (;;) {
    for (const job of waiting) {
      if (failures.length > 0 || !isReady(job) || !fits(job)) continue;
      waiting.delete(job);
      running.set(job, run(job));
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (failures.length > 0) throw failures[0];
  if (waiting.size > 0) throw new Error(`${[...waiting][0]?.name} waits for itself`);
  return jobs.map(({ name }) => results.get(name) as R);
}

/** How long each job and the longest line of those after it may take. */
function chainLengths(jobs: readonly Job[]): ReadonlyMap<string, number> {
  const lengths = new Map<string, number>();
  const measure = (job: Job, above: ReadonlySet<string>): number => {
    const known = lengths.get(job.name);
    if (known !== undefined) return known;
    const next = jobs.filter(({ name, after }) => after === job.name && !above.has(name));
    const below = new Set([...above, job.name]);
    const length = job.expected + Math.max(0, ...next.map((one) => measure(one, below)));
    lengths.set(job.name, length);
    return length;
  };
  for (const job of jobs) measure(job, new Set([job.name]));
  return lengths;
}
