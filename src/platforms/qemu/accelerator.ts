/** How QEMU runs a guest's instructions. */
export interface Accelerator {
  readonly name: 'kvm' | 'tcg';
  /** For `-accel`. */
  readonly accel: string;
  /** For `-cpu`. */
  readonly cpu: string;
}

/** Emulation, which works everywhere. */
export const TCG: Accelerator = { name: 'tcg', accel: 'tcg,thread=multi', cpu: 'max' };
/** The host's own processor. */
export const KVM: Accelerator = { name: 'kvm', accel: 'kvm', cpu: 'host' };
