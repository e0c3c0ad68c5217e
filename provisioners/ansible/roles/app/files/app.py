"""A small HTTP service: its page at /, its health at /healthz, what needs the token at /private.

What differs between environments comes from outside: GREETING, NOTICES and KILN_* in the process's environment, the
token in the folder that systemd passes credentials in. All of it may be absent, as it is while the image is baked.
"""

import hmac
import json
import os
import pathlib
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def page():
    """The greeting, what else is to be known, and where this runs."""
    named = {
        'environment': os.environ.get('KILN_ENVIRONMENT', 'none: this runs with what is baked in'),
        'node': os.environ.get('KILN_NODE'),
        'image': os.environ.get('KILN_IMAGE'),
    }
    return '\n'.join([
        os.environ.get('GREETING', 'Hello'),
        *(f'- {notice}' for notice in json.loads(os.environ.get('NOTICES', '[]'))),
        '',
        *(f'{name}: {value}' for name, value in named.items() if value),
    ])


def read_token():
    """The token as bytes; none when this instance was given none, or an empty one."""
    folder = os.environ.get('CREDENTIALS_DIRECTORY')
    if folder is None:
        return None
    try:
        return pathlib.Path(folder, 'api_token').read_bytes().strip() or None
    except FileNotFoundError:
        return None


PAGE = page()
TOKEN = read_token()


class Handler(BaseHTTPRequestHandler):
    server_version = 'app'
    sys_version = ''

    def do_GET(self):
        if self.path == '/':
            self.answer(200, PAGE)
        elif self.path == '/healthz':
            self.answer(200, 'ok')
        elif self.path == '/private':
            self.answer(*self.private())
        else:
            self.answer(404, 'not found')

    def private(self):
        if TOKEN is None:
            return 503, 'this instance was given no api_token'
        # headers are read as latin-1: this gives the bytes that were sent
        said = self.headers.get('Authorization', '').encode('latin-1')
        # takes as long for a token that is nearly right as for any other
        if hmac.compare_digest(said, b'Bearer ' + TOKEN):
            return 200, 'the token is right'
        return 403, 'this needs `Authorization: Bearer` and the right token'

    def answer(self, status, text):
        body = f'{text}\n'.encode()
        self.send_response(status)
        self.send_header('Content-Type', 'text/plain; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    port = int(os.environ.get('APP_PORT', '8080'))
    with ThreadingHTTPServer(('', port), Handler) as server:
        server.serve_forever()


if __name__ == '__main__':
    main()
