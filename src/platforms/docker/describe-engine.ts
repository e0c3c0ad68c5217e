import { type EngineAddress, getFromEngine } from './engine-http.ts';

/** What an engine says of itself. */
export interface EngineDescription {
  readonly version: string;
  /** `overlay2`, or a snapshotter's name when the image store is containerd's. */
  readonly storageDriver: string;
  /** Images are kept by containerd: their ids are then digests of manifests, which the oci form does not know. */
  readonly containerdStore: boolean;
  /** `1` or `2` */
  readonly cgroupVersion: string;
  /** Where it keeps its data, on its own host. */
  readonly dataRoot: string;
}

/** Asks an engine for its version and storage. */
export async function describeEngine(
  address: EngineAddress,
  signal?: AbortSignal,
): Promise<EngineDescription> {
  const info = JSON.parse(await getFromEngine(address, '/info', signal)) as Record<string, unknown>;
  const word = (key: string) => (typeof info[key] === 'string' ? info[key] : 'unknown');
  const status = Array.isArray(info['DriverStatus']) ? (info['DriverStatus'] as unknown[]) : [];
  return {
    version: word('ServerVersion'),
    storageDriver: word('Driver'),
    containerdStore: status.some((entry) =>
      String(entry).startsWith('driver-type,io.containerd.snapshotter'),
    ),
    cgroupVersion: word('CgroupVersion'),
    dataRoot: word('DockerRootDir'),
  };
}
