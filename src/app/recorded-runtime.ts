import type { Runtime } from '../catalogue/runtime.ts';
import type { Template } from '../config/template.ts';
import type { RunConfig } from '../forms/oci/oci-store.ts';
import { imageUser } from './bakery.ts';

/** What a record keeps of a template, so that its image is launched by the record alone; `base` is how the base runs. */
export function recordedRuntime(template: Template, base: RunConfig): Runtime {
  const { checks, probe, data, secrets, state, container } = template;
  const user = imageUser(base, container);
  const { init } = container;
  return { init, ...(user === undefined ? {} : { user }), checks, probe, data, secrets, state };
}
