/**
 * The callback plugin that writes what happened to each task, a JSON line each, to the file `KILN_REPORT`.
 *
 * ansible-core has no JSON output that says where a task stands. The plugin gets results only after Ansible has
 * blanked those under `no_log`. First line: `{"version"}`; then `{"task", "path", "line", "state", "changed",
 * "message"}` with state `ok`, `failed`, `ignored`, `skipped` or `unreachable`. Tried with ansible-core 2.14.
 */
export const ANSIBLE_CALLBACK = `import json
import os

from ansible.plugins.callback import CallbackBase
from ansible.release import __version__


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'aggregate'
    CALLBACK_NAME = 'kiln_report'
    CALLBACK_NEEDS_ENABLED = False

    def __init__(self):
        super().__init__()
        self.report = open(os.environ['KILN_REPORT'], 'a', encoding='utf-8')
        self.write({'version': __version__})

    def write(self, record):
        self.report.write(json.dumps(record) + '\\n')
        self.report.flush()

    def task(self, result, state):
        path, _, line = (result._task.get_path() or '').rpartition(':')
        self.write({
            'task': result._task.get_name(),
            'path': path,
            'line': int(line) if line.isdigit() else None,
            'state': state,
            'changed': bool(result._result.get('changed')),
            'message': message(result._result, state),
        })

    def v2_runner_on_ok(self, result):
        self.task(result, 'ok')

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.task(result, 'ignored' if ignore_errors else 'failed')

    def v2_runner_on_skipped(self, result):
        self.task(result, 'skipped')

    def v2_runner_on_unreachable(self, result):
        self.task(result, 'unreachable')


def message(result, state):
    if 'censored' in result:
        return result['censored']
    if state in ('failed', 'ignored') and result.get('results'):
        failed = [item for item in result['results'] if item.get('failed')]
        return '; '.join('item %s: %s' % (label(item), reason(item)) for item in failed)
    if state in ('failed', 'ignored', 'unreachable'):
        return reason(result)
    if state == 'skipped':
        return str(result.get('skip_reason', ''))
    changed = [item for item in result.get('results', []) if isinstance(item, dict) and item.get('changed')]
    return ', '.join('item %s' % label(item) for item in changed)


def label(item):
    return item.get('_ansible_item_label', item.get(item.get('ansible_loop_var', 'item')))


def reason(result):
    parts = [result.get('msg'), result.get('stderr') or result.get('module_stderr') or result.get('stdout')]
    if result.get('rc') is not None:
        parts.insert(1, 'exit code %s' % result['rc'])
    return ': '.join(str(part).strip() for part in parts if part)
`;
