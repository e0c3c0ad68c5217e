/** How a container engine is told from others: by its own id, as it may be reached by several addresses. */
export interface EngineName {
  readonly id: string;
  /** `unix:///run/docker.sock`: where it was reached. */
  readonly address: string;
}

/**
 * Something that is about to be made outside this process: what finds it again, or what tells that it never came to be.
 * What says on disk whose it is needs none: virtual machines and disks, which have an owner file beside them, and
 * temporary files in folders of ours, which have their owner's name.
 */
export type Intention =
  /** It carries the label `kiln.bake`, or is an instance, which a `place` stands for. */
  | { readonly kind: 'container'; readonly name: string; readonly engine: EngineName }
  /** `lock` is held by whoever makes the very same image, where that may be another's too. */
  | { readonly kind: 'image'; readonly id: string; readonly engine: EngineName; readonly lock?: string }
  | {
      readonly kind: 'name';
      /** `kiln/web:8` */
      readonly name: string;
      readonly id: string;
      readonly engine: EngineName;
      readonly lock?: string;
    }
  /** A version of the template, with what goes with its tree in `images/`, and then `latest`. */
  | { readonly kind: 'publish'; readonly template: string; readonly tree: string }
  | { readonly kind: 'networks'; readonly environment: string; readonly engine: EngineName }
  /** An instance in a place of an environment, until it was found healthy where it serves. */
  | {
      readonly kind: 'place';
      readonly environment: string;
      readonly template: string;
      readonly slot: number;
      readonly launch: string;
      /** Where it is, and where the one is that it replaces. */
      readonly platforms: readonly string[];
    }
  /** Two instances change places; once it is made, the place says where they are. */
  | { readonly kind: 'swap'; readonly environment: string }
  /** An instance that was replaced; `platforms` as in a place. */
  | {
      readonly kind: 'retire';
      readonly environment: string;
      readonly instance: string;
      /** Of a cloud that it is in: 12 digits. */
      readonly account?: string | undefined;
      readonly platforms: readonly string[];
    }
  /** Whatever carries the tag `kiln.bake` with this value in a region of an account of AWS, which is not always known. */
  | {
      readonly kind: 'cloud';
      readonly region: string;
      readonly bake: string;
      /** 12 digits. */
      readonly account?: string | undefined;
    }
  /** An AMI with its snapshots, which may not have their tags yet. */
  | { readonly kind: 'ami'; readonly region: string; readonly id: string }
  /** A file, or a folder with all that is in it; `tmpdir` where programs work in it that have it as TMPDIR. */
  | { readonly kind: 'path'; readonly path: string; readonly tmpdir?: true }
  /** Nothing that is made: an image, or a checkpoint's state, that must stay as long as this is at work. */
  | { readonly kind: 'uses'; readonly image: string; readonly digest: string };

/** One intention in a ledger. */
export interface Intent {
  /** The call that makes it was answered: what is not found now does not come any more. */
  made(): void;
  /** There is nothing left to look after: it is gone, or it has become what it was for. */
  settle(): void;
}

/** That of a scope without a ledger. */
export const UNRECORDED: Intent = { made() {}, settle() {} };
