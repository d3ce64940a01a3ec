"""An HTTP server for revocation lists that does what the story says."""
import http.server
import socketserver
import threading


class ListServer:
    """Answers GET with what `answers` has for the path: bytes, a status, or a callable that is given the handler."""

    def __init__(self):
        self.answers = {}
        self.asked = []
        self.stopped = False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # noqa: N802, the library's name
                outer.asked.append(self.path)
                outer.answer(self)

            def log_message(self, *_):
                pass

        class Threading(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            request_queue_size = 64

        self.server = Threading(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, path="/list.crl"):
        """Where the server is."""
        return f"http://{self.host}{path}"

    def put(self, answer, path="/list.crl"):
        """From now on, this is the answer: a file's path, bytes, a status, or a callable."""
        self.answers[path] = answer.read_bytes() if hasattr(answer, "read_bytes") else answer

    def answer(self, handler):
        """Gives one answer."""
        answer = self.answers.get(handler.path, 404)
        if self.stopped:
            handler.close_connection = True
            return
        if callable(answer):
            answer(handler)
            return
        body = answer if isinstance(answer, bytes) else b"no"
        handler.send_response(200 if isinstance(answer, bytes) else answer)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def stop(self):
        """Ends the server; its port is free then."""
        self.stopped = True
        self.server.shutdown()
        self.server.server_close()
