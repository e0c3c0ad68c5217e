import { kilnHome } from '../../core/home.ts';
import { ownWork } from '../../core/own-work.ts';
import { openDocker } from '../../platforms/registry.ts';
import { openCatalogue } from '../open-catalogue.ts';
import type { ExportPorts } from './export-ports.ts';

/** What this machine's user exports from; nothing is connected to yet. */
export function openExport(): Pick<ExportPorts, 'catalogue' | 'engine' | 'home' | 'work'> {
  const home = kilnHome();
  return {
    catalogue: openCatalogue(),
    engine: async (signal) => (await openDocker(signal)).images,
    home,
    work: ownWork(home),
  };
}
