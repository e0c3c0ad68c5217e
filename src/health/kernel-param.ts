import { shellQuote } from '../core/shell-quote.ts';
import type { KernelParamCheck } from './checks.ts';
import { fromRecord, type Kind } from './kind.ts';

/** Settings of the kernel, read from `/proc/sys` by their names of sysctl. */
export const kernelParam: Kind<KernelParamCheck> = {
  name: 'kernel-param',
  attributes: { value: 'value' },
  required: 'value',
  subject(id, check) {
    const name = check.name ?? id;
    if (!/^[A-Za-z0-9_*@:-]+([./][A-Za-z0-9_*@:-]+)*$/.test(name))
      throw new Error(`"${name}" is no kernel parameter such as net.core.somaxconn`);
    return name;
  },
  ask: (entries) =>
    entries.map(({ key, subject }) => {
      const path = shellQuote(`/proc/sys/${subject.replaceAll('.', '/')}`);
      return { key, script: `[ -f ${path} ] && { echo value; cat ${path}; }` };
    }),
  see(entry, facts) {
    const fact = facts.get(entry.key) ?? '';
    return fromRecord({
      value: fact.startsWith('value\n') ? fact.slice(6).trim() : { unknown: 'no such kernel parameter' },
    });
  },
};
