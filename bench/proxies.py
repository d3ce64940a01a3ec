"""The proxies of the comparison, each configured for the same job (kinds.py) with one worker. Settings are those of a careful administrator;
nothing is switched off that a peer does by default."""

import pathlib
import re
import shutil
import subprocess

import guards
import kinds
from processes import Failure, await_port, descriptor_limit, free_port

HAPROXY = """\
global
    nbthread 1
    maxconn {haproxy_connections}
    ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
    mode {haproxy_mode}
    timeout connect 5s
    timeout client 120s
    timeout server 120s
    {haproxy_kept}
    {haproxy_log}
frontend bench
    bind 127.0.0.1:{port} {haproxy_bind}
    {haproxy_rules}
    {haproxy_work}
    default_backend bench
backend bench
    server bench 127.0.0.1:{backend} {haproxy_server}
"""
HAPROXY_KEPT = "timeout http-keep-alive 120s\n    http-reuse always"

NGINX_HEAD = """\
{nginx_modules}
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/error.log warn;
events {{ worker_connections 20000; }}
"""
NGINX_HTTP = """\
http {{
    {nginx_log}
    {nginx_map}
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    upstream bench {{
        server 127.0.0.1:{backend};
        keepalive {nginx_kept};
        keepalive_requests 1000000000;
        keepalive_timeout 120s;
    }}
    server {{
        listen 127.0.0.1:{port} ssl {nginx_listen} backlog=4096;
        keepalive_requests 1000000000;
        keepalive_timeout 120s;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate {server}.pem;
        ssl_certificate_key {server}.key;
        ssl_client_certificate {pki}/trust.pem;
        ssl_verify_client on;
        ssl_verify_depth 2;
        {nginx_list}
        ssl_session_tickets {tickets};
        proxy_max_temp_file_size 0;
        {nginx_rules}
        location / {{
            proxy_pass {nginx_scheme}://bench;
            {nginx_back}
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            {forward}
        }}
    }}
}}
"""
NGINX_STREAM = """\
stream {{
    map $ssl_preread_server_name $chosen {{ bench.example 127.0.0.1:{backend}; }}
    server {{
        listen 127.0.0.1:{port} {nginx_stream} backlog=4096;
        proxy_timeout 120s;
        {nginx_stream_work}
    }}
}}
"""
NGINX_MODULE = pathlib.Path("/usr/lib/nginx/modules/ngx_stream_module.so")
NGINX_FORWARD = "proxy_set_header X-SSL-Client-Cert $ssl_client_escaped_cert;"

SALLYPORT = """\
workers: 1
control: {{ socket: control.sock }}
log: {{ access: access.log, refusals: refusals.log }}
listeners:
  - name: bench
    bind: 127.0.0.1:{port}
    {sallyport_front}
    {sallyport_rules}
    {sallyport_timeouts}
    {sallyport_work}
backends:
  bench:
    servers: ["127.0.0.1:{backend}"]
    {sallyport_back}
"""


class Proxy:
    """A kind of proxy: how to find it, configure it and start it. `header` is what it hands the client's certificate on in."""

    def __init__(self, name, header, executable):
        self.name = name
        self.header = header
        self.executable = executable

    def version(self):
        return "unknown"

    def configure(self, home, values):
        """Writes the configuration into `home`; returns the command."""
        raise NotImplementedError

    def start(self, processes, place, core, kind="web", guarded=False, **more):
        """Starts it for a kind of work in front of the backend; returns (process, port)."""
        home = place.new_home(self.name)
        port = free_port()
        values = {"home": home, "port": port, "pki": place.pki, "server": place.server, "backend": place.backend_port}
        values["haproxy_connections"] = min(8000, descriptor_limit() // 2 - 50)  # it wants two descriptors for each
        values.update(guards.settings(place, guarded))
        values.update(kinds.settings(kind, values), streams=kinds.KINDS[kind].streams)
        command = self.configure(home, {**values, **more})
        log_path = home / "stderr.log"
        with open(log_path, "wb") as log:
            process = processes.start(command, core, log, stdout=log, cwd=home)
        try:
            await_port(port, process, self.name, log_path)
        except Failure:
            processes.end(process)
            raise
        return process, port


class Haproxy(Proxy):
    def version(self):
        return first_match([self.executable, "-v"], r"version (\S+)")

    def configure(self, home, values):
        kept = HAPROXY_KEPT if values["haproxy_mode"] == "http" else ""
        (home / "haproxy.cfg").write_text(HAPROXY.format(haproxy_kept=kept, **values))
        return [self.executable, "-db", "-f", home / "haproxy.cfg"]


class Nginx(Proxy):
    def version(self):
        return first_match([self.executable, "-v"], r"nginx/(\S+)")

    def configure(self, home, values):
        if values["streams"] and not NGINX_MODULE.exists():
            raise Failure("nginx has no module for streams: run scripts/deps bench")
        modules = f"load_module {NGINX_MODULE};" if values["streams"] else ""
        text = NGINX_HEAD + (NGINX_STREAM if values["streams"] else NGINX_HTTP)
        defaults = {"tickets": "on", "forward": NGINX_FORWARD, "nginx_modules": modules}
        (home / "nginx.conf").write_text(text.format(**{**defaults, **values}))
        return [self.executable, "-p", home, "-e", home / "error.log", "-c", home / "nginx.conf"]


class Sallyport(Proxy):
    profiles = None

    def version(self):
        return first_match([self.executable, "version"], r"(\d+\.\d+\S*)")

    def configure(self, home, values):
        text = SALLYPORT.format(**values)
        if self.profiles:
            text += f"    forward: {{ profiles: [{self.profiles}] }}\n"
        (home / "sallyport.yaml").write_text(text)
        return [self.executable, "run", "-c", home / "sallyport.yaml"]


def find(names, release, sallyport, profiles):
    """The proxies asked for that are on this machine, and the names of those that are not."""
    kinds = {
        "sallyport": (Sallyport, "Client-Cert", sallyport or find_sallyport(release)),
        "haproxy": (Haproxy, "X-SSL-Client-Cert", which("haproxy")),
        "nginx": (Nginx, "X-SSL-Client-Cert", which("nginx")),
    }
    found, missing = [], []
    for name in names:
        if name not in kinds:
            raise Failure(f"there is no proxy {name}; known are {', '.join(kinds)}")
        kind, header, executable = kinds[name]
        if executable is None:
            missing.append(name)
            continue
        found.append(kind(name, header, executable))
        if name == "sallyport" and profiles:
            found[-1].profiles = profiles
            found[-1].header = "Client-Cert" if "rfc9440" in profiles else "X-SSL-Client-Cert"
    return found, missing


def find_sallyport(release):
    candidates = [path for path in pathlib.Path(release).rglob("sallyport") if path.is_file() and path.stat().st_mode & 0o100]
    return candidates[0].resolve() if candidates else None


def which(name):
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")


def first_match(command, pattern):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=10, check=False)
    found = re.search(pattern, result.stdout + result.stderr)
    return found.group(1) if found else "unknown"
