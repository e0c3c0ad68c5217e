/*
 * node --import tsx publish-many.ts HOME TEMPLATE COUNT
 *
 * Publishes COUNT images of TEMPLATE one after another and prints the version of each: one of the processes that
 * publish.test.ts runs at once.
 */
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import { sampleDraft, sampleForms } from './sample-record.ts';

const [home = '', template = '', count = '0'] = process.argv.slice(2);
const catalogue = openFileCatalogue(home);
for (let done = 0; done < Number(count); done++) {
  const draft = sampleDraft({ template, bake: `process-${process.pid}-${done}` });
  const { version } = await catalogue.publish(draft, sampleForms(template));
  console.log(version);
}
