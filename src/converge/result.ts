/** What happened to one resource of a provisioner in one run. */
export interface ResourceResult {
  /** As its tool names it: `Service[nginx]`, `role : task name`, the script's path. */
  readonly resource: string;
  readonly state: 'changed' | 'unchanged' | 'failed' | 'skipped';
  /** Path inside the workspace, where the tool says it. */
  readonly file?: string;
  readonly line?: number;
  /** What the tool said of it: the change, the error, the reason. */
  readonly message?: string;
}

export type Tool = 'puppet' | 'ansible' | 'shell';

/** One converge step's outcome, read from the tool's structured report. */
export interface StepResult {
  /** `puppet provisioners/puppet/web.pp` */
  readonly step: string;
  readonly tool: Tool;
  readonly version: string;
  readonly ms: number;
  readonly resources: readonly ResourceResult[];
}
