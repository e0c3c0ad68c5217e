import { kilnHome } from '../../core/home.ts';
import { openAmiRegions } from '../../platforms/registry.ts';
import { openCatalogue } from '../open-catalogue.ts';
import type { AmiRegions, DistributePorts } from './distribute-ports.ts';

/** AMIs of this user's account; nothing is loaded before a region is asked for. */
export function lazyAmiRegions(): AmiRegions {
  let opened: ReturnType<typeof openAmiRegions> | undefined;
  return async (region) => {
    opened ??= openAmiRegions();
    return await (await opened)(region);
  };
}

/** What this machine's user distributes from; nothing is connected to yet. */
export function openDistribute(): Pick<DistributePorts, 'catalogue' | 'amis' | 'home'> {
  return { catalogue: openCatalogue(), amis: lazyAmiRegions(), home: kilnHome() };
}
