"""A small HTTP service: a greeting at /, its health at /healthz."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGES = {
    '/': os.environ.get('APP_GREETING', 'Hello'),
    '/healthz': 'ok',
}


class Handler(BaseHTTPRequestHandler):
    server_version = 'app'
    sys_version = ''

    def do_GET(self):
        page = PAGES.get(self.path)
        body = f'{page or "not found"}\n'.encode()
        self.send_response(200 if page else 404)
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
