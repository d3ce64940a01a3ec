"""nginx on the far end of the second leg: HTTP/1.1, HTTP/2, gRPC and plain streams, on all three kinds of leg."""
import pathlib
import socket
import subprocess

from .gateway import free_port
from .legs import LEGS
from .waiting import until

CONFIG = """
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log info;
events {{ worker_connections 1024; }}
http {{
    log_format told '$server_protocol $request_method $uri $ssl_client_verify $ssl_client_s_dn $status';
    access_log {folder}/access.log told;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    large_client_header_buffers 8 32k; keepalive_requests 1000000; client_max_body_size 0;
    map $http_upgrade $connection_field {{ default upgrade; '' ''; }}
    {http}
}}
stream {{
    {stream}
}}
"""

TLS = """ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3;"""
REQUIRED = """ssl_client_certificate {let_in}; ssl_verify_client on; ssl_verify_depth 3;"""

# What nginx found out about the gateway goes to the application in X-Leg fields.
LOCATIONS = """
        proxy_http_version 1.1; proxy_request_buffering off; proxy_buffering off; proxy_read_timeout 120s;
        proxy_set_header Host $host; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_field;
        proxy_set_header X-Leg-Protocol $server_protocol; proxy_set_header X-Leg-Verify $ssl_client_verify;
        proxy_set_header X-Leg-Subject $ssl_client_s_dn; proxy_set_header X-Leg-Name $ssl_server_name;
        grpc_read_timeout 120s; grpc_set_header X-Leg-Verify $ssl_client_verify; grpc_set_header X-Leg-Subject $ssl_client_s_dn;
        location / {{ proxy_pass http://{app}; }}
        location /socket {{ proxy_pass http://{web_socket}; }}
        location /{grpc_service}/ {{ grpc_pass grpc://{grpc}; }}
"""


class Nginx:
    """A running nginx over the given contents of its `http` and `stream` blocks, once it listens on `ports`."""

    def __init__(self, folder, ports, http="", stream=""):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        config = self.folder / "nginx.conf"
        config.write_text(CONFIG.format(folder=self.folder, http=http, stream=stream))
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-e", self.folder / "error.log", "-c", config])
        try:
            until(lambda: all(self._answers(port) for port in ports), 15, "nginx to listen")
        except AssertionError:
            self.close()
            raise

    def _answers(self, port):
        assert self.process.poll() is None, (self.folder / "error.log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def close(self):
        """Ends nginx."""
        self.process.terminate()
        self.process.wait(10)


def _tls(legs, leg):
    if leg == "clear":
        return ""
    text = TLS + (REQUIRED if leg == "mtls" else "")
    return text.format(certificate=legs.backend.path, key=legs.backend.key_path, let_in=legs.let_in)


class HttpBackend(Nginx):
    """Ends HTTP of either version and gRPC on each leg, and passes on to `app`, `web_socket` and `grpc` behind it."""

    def __init__(self, legs, folder, app, web_socket="127.0.0.1:9", grpc="127.0.0.1:9", grpc_service="story.Echo"):
        self.ports = {leg: free_port() for leg in (*LEGS, "h2c")}
        locations = LOCATIONS.format(app=app, web_socket=web_socket, grpc=grpc, grpc_service=grpc_service)
        listens = {"clear": "", "tls": " ssl http2", "mtls": " ssl http2", "h2c": " http2"}
        servers = [f"server {{ listen 127.0.0.1:{self.ports[leg]}{words}; {_tls(legs, 'clear' if leg == 'h2c' else leg)} "
                   f"{locations} }}" for leg, words in listens.items()]
        super().__init__(folder, self.ports.values(), http="\n".join(servers))

    def address(self, leg, http2=False):
        """Where this leg ends; HTTP/2 with prior knowledge has a port of its own."""
        return f"127.0.0.1:{self.ports['h2c' if http2 and leg == 'clear' else leg]}"


class StreamBackend(Nginx):
    """Ends a plain stream on each leg and passes its bytes on to `server`, each leg with a PROXY header or without."""

    def __init__(self, legs, folder, server, proxied=False):
        self.ports = {leg: free_port() for leg in LEGS}
        words = {leg: ("" if leg == "clear" else " ssl") + (" proxy_protocol" if proxied else "") for leg in LEGS}
        onward = "proxy_protocol on;" if proxied else ""
        trusted = "set_real_ip_from 127.0.0.0/8;" if proxied else ""
        servers = [f"server {{ listen 127.0.0.1:{self.ports[leg]}{words[leg]}; {_tls(legs, leg)} {trusted} {onward} "
                   f"proxy_pass {server}; }}" for leg in LEGS]
        super().__init__(folder, self.ports.values(), stream="\n".join(servers))

    def address(self, leg):
        """Where this leg ends."""
        return f"127.0.0.1:{self.ports[leg]}"
