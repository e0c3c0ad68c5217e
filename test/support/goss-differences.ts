/** What goss and Kiln judge otherwise, on purpose; docs/checks.md gives the reason under the same id. */
export interface Difference {
  readonly id: string;
  /** A goss file that shows it, in a known machine. */
  readonly file: string;
  /** `kind name: attribute: goss OUTCOME, Kiln OUTCOME` */
  readonly differs: readonly (string | RegExp)[];
}

const SERVER = 'server: "127.0.0.1:5353", timeout: 5000';

/** What no row of the table has, and goss and Kiln judge alike. */
export const AGREED = `
dns:
  A: { resolve: "A:one.test", ${SERVER}, resolvable: true, addrs: { consist-of: [192.0.2.1, 192.0.2.2] } }
  AAAA: { resolve: "AAAA:one.test", ${SERVER}, resolvable: true, addrs: { consist-of: ["2001:db8::1"] } }
  CNAME: { resolve: "CNAME:alias.test", ${SERVER}, resolvable: true, addrs: { consist-of: [one.test.] } }
  NS: { resolve: "NS:one.test", ${SERVER}, resolvable: true, addrs: { consist-of: [ns1.test.] } }
  MX: { resolve: "MX:one.test", ${SERVER}, resolvable: true, addrs: { consist-of: ["10 mail.test."] } }
  TXT:
    resolve: "TXT:one.test"
    server: "127.0.0.1:5353"
    resolvable: true
    addrs: { consist-of: ["v=spf1 -all", 'say \\"hi\\" \\\\ \\001'] }
  SRV: { resolve: "SRV:_http._tcp.one.test", ${SERVER}, resolvable: true, addrs: ["0 5 80 one.test."] }
  CAA: { resolve: "CAA:one.test", ${SERVER}, resolvable: true, addrs: ["0 issue ca.test"] }
  PTR: { resolve: "PTR:192.0.2.1", ${SERVER}, resolvable: true, addrs: [one.test.] }
  PTR of IPv6: { resolve: "PTR:2001:db8::1", ${SERVER}, resolvable: true, addrs: [one.test.] }
  none: { resolve: "MX:none.test", ${SERVER}, resolvable: true, addrs: [x] }
  nobody: { resolve: one.test, server: "127.0.0.1:1", timeout: 100, resolvable: true }
  nobody of a type: { resolve: "A:one.test", server: "127.0.0.1:1", timeout: 100, resolvable: false }
  old: { resolve: localhost, resolveable: true, addrs: [127.0.0.1] }
  an address: { resolve: 192.0.2.7, resolvable: true, addrs: [192.0.2.7] }
http:
  echo:
    url: http://127.0.0.1:8080/echo
    method: PUT
    status: 200
    request-headers: ["X-Say: it's \\"here\\""]
    request-body: "{\\"it's\\": \\"$(here)\\"}"
    username: me
    password: "a 'secret'"
    body: [PUT, /^Basic bWU6YSAnc2VjcmV0Jw==$/, "it's \\"here\\"", "{\\"it's\\": \\"$(here)\\"}"]
  posted: { url: "http://127.0.0.1:8080/echo", method: POST, request-body: a=b, status: 200, body: [POST, nobody, a=b] }
  away: { url: "http://127.0.0.1:8080/away", status: 200, body: [golden] }
  stays: { url: "http://127.0.0.1:8080/away", no-follow-redirects: true, status: 302, headers: ["Location: /"] }
  nobody: { url: "http://127.0.0.1:1/", status: 200, body: [x] }
  skipped: { url: "http://127.0.0.1:1/", status: 200, headers: [x], body: [x], skip: true }
addr:
  udp: { address: "udp://127.0.0.1:9", reachable: true }
  tcp4: { address: "tcp4://localhost:8080", reachable: true }
  tcp6: { address: "tcp6://127.0.0.1:8080", reachable: true }
  bare: { address: "localhost:8080", reachable: true }
  elsewhere: { address: "tcp://127.0.0.1:8080", local-address: 127.0.0.2, reachable: true }
  of nobody: { address: "tcp://127.0.0.1:8080", local-address: 192.0.2.9, reachable: false }
file:
  home: { path: "~/.bashrc", exists: true }
  of a user: { path: "~known/none", exists: false }
  of nobody: { path: /opt/pipe, exists: true, owner: root, group: root, uid: 54321, filetype: pipe }
  folder: { path: /opt, exists: true, filetype: directory, contents: [x], sha256: "${'0'.repeat(64)}" }
  device: { path: /dev/null, exists: true, filetype: character-device, linked-to: /x }
  patterns: { path: /opt/odd, exists: true, contents: [one, "!/^two/", "/^!two$/", "!nothing", ""] }
  long ago: { path: /opt/odd, exists: true, contains: [one] }
command:
  late: { exec: sleep 20, exit-status: 0, stdout: [x], timeout: 200 }
  old: { exec: exit 4, exit-status: "4" }
  silent: { exec: "true", exit-status: 0, stdout: "", stderr: "" }
  titled: { exec: "true", exit-status: 0, title: it's true, meta: { severity: [1, { a: b }] } }
package:
  none: { name: no-such-package, installed: false, versions: ["1"] }
  missing: { name: no-such-package, installed: true, versions: ["1"] }
kernel-param:
  none: { name: no.such.param, value: { not: x } }
interface:
  none: { name: none0, exists: false, mtu: 1500 }
mount:
  root: { mountpoint: /, exists: true, opts: [rw] }
  missing: { mountpoint: /none, exists: true, opts: [rw] }
  countless: { mountpoint: /proc, exists: true, usage: { gt: 0 } }
user:
  none: { username: none, exists: false, uid: 1 }
  old: { username: known, exists: true, uid: "1234", gid: "1234" }
group:
  none: { groupname: none, exists: false }
port:
  bare: { port: "8080", listening: true }
  udp: { port: "udp:5353", listening: true, ip: [127.0.0.1] }
  tcp6: { port: "tcp6:8081", listening: true, ip: ["::"] }
  none: { port: "tcp:1", listening: false, ip: [127.0.0.1] }
matching:
  and: { content: abc, matches: { and: [] } }
  or: { content: abc, matches: { or: [] } }
  nested: { content: [{ a: 1 }, [b, 2]], matches: { consist-of: [{ have-key: a }, { contain-element: b }] } }
  as Go writes it: { content: { b: [1, x], a: true }, matches: "map[a:true b:[1 x]]" }
  read: { content: [a, b], as-reader: true, matches: ["[a b]"] }
  skipped: { content: 1, matches: 2, skip: true }
  values: { content: { a: x, b: y }, matches: [y] }
  wrong elements: { content: [a, b], matches: { not: { contain-element: { gt: 1 } } } }
  or that stops: { content: abc, matches: { or: [{ gt: 1 }, abc] } }
  or that does not: { content: abc, matches: { or: [abc, { gt: 1 }] } }
  no list: { content: abc, matches: { not: [x] } }
  no version: { content: "1.02.3", matches: { semver-constraint: ">1.0.0" } }
  prerelease: { content: 1.0.0-rc.2, matches: { semver-constraint: ">1.0.0-rc.1 <1.0.0 !1.0.0-rc.3" } }
  queries: { content: '{"f":[{"n":"a","x":1},{"n":"b","x":2}]}', matches: { gjson: { 'f.#(x>1).n': b, 'f.#(x>=1)#.n': [a, b], 'f.#.n|0': a } } }
`;

export const DIFFERENCES: readonly Difference[] = [
  {
    id: 'equal-list',
    file: 'user: { known: { exists: true, groups: { equal: [adm, known] } } }\n',
    differs: [
      'user known: groups: goss failed, Kiln passed',
      / equal \d+: [\w-]+: goss failed, Kiln passed$/,
    ],
  },
  {
    id: 'equal-number',
    file: `matching:
  float: { content: 42, matches: { equal: 42.0 } }
  json: { content: '{"n":3}', matches: { gjson: { n: { equal: 3 } } } }
`,
    differs: [
      'matching float: matches: goss failed, Kiln passed',
      'matching json: matches: goss failed, Kiln passed',
    ],
  },
  {
    id: 'either-family',
    file: 'port: { "tcp:8081": { listening: true, ip: ["::"] } }\n',
    differs: [
      'port tcp:8081: listening: goss failed, Kiln passed',
      'port tcp:8081: ip: goss skipped, Kiln passed',
    ],
  },
  {
    id: 'udp-peer',
    file: 'port: { "udp:5454": { listening: true } }\n',
    differs: ['port udp:5454: listening: goss passed, Kiln failed'],
  },
  {
    id: 'pattern-slash',
    file: 'file: { /opt/odd: { exists: true, contents: [/tc/three] } }\n',
    differs: ['file /opt/odd: contents: goss passed, Kiln failed'],
  },
  {
    id: 'pattern-escape',
    file: 'file: { escaped: { path: /opt/odd, exists: true, contents: ["\\\\!one"] } }\n',
    differs: ['file escaped: contents: goss passed, Kiln failed'],
  },
  {
    id: 'no-mount',
    file: 'mount: { /none: { exists: false } }\n',
    differs: ['mount /none: exists: goss failed, Kiln passed'],
  },
  {
    id: 'empty-list',
    file: 'command: { echo a >&2: { exit-status: 0, stderr: [] } }\n',
    differs: ['command echo a >&2: stderr: goss absent, Kiln skipped'],
  },
  {
    id: 'long-name',
    file: 'process: { a-very-long-program: { running: true } }\n',
    differs: ['process a-very-long-program: running: goss failed, Kiln passed'],
  },
  {
    id: 'special-file',
    file: 'file: { /dev/null: { exists: true, contents: "" } }\n',
    differs: ['file /dev/null: contents: goss passed, Kiln failed'],
  },
  {
    id: 'signal',
    file: 'command: { signal: { exec: "kill -9 $$", exit-status: 137 } }\n',
    differs: ['command signal: exit-status: goss failed, Kiln passed'],
  },
  {
    id: 'background',
    file: 'command: { left: { exec: "sleep 5 & echo hi", exit-status: 0, stdout: [hi], timeout: 2000 } }\n',
    differs: [
      'command left: exit-status: goss failed, Kiln passed',
      'command left: stdout: goss failed, Kiln passed',
    ],
  },
];
