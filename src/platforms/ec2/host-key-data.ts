/**
 * What cloud-init is told: to take this host key, which the machine is known by from the first connection on, instead
 * of what the image has. It is a secret of a temporary machine; sealing removes it. JSON is YAML.
 */
export function hostKeyData(hostKey: { readonly privateKey: string; readonly publicKey: string }): string {
  const data = {
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
  };
  return `#cloud-config\n${JSON.stringify(data)}\n`;
}
