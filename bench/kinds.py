"""The kinds of work of the comparison, and what each proxy is told to do it: fragments for the configurations of proxies.py. In all of them
clients show a certificate, which is verified against the clients' root: by the proxy, or in a passthrough by the backend."""

from dataclasses import dataclass, field

GATEWAY = "client-001"  # the proxies' own certificate, where the backend asks for one


@dataclass(frozen=True)
class Kind:
    identified: bool = True  # the backend is told the client's certificate, and refuses a request without one
    secured: bool = False  # the backend speaks TLS and requires a certificate
    streams: bool = False  # nginx does it in its `stream` block
    fragments: dict = field(default_factory=dict)


HAPROXY_TLS = "ssl crt {server}-all.pem ca-file {pki}/trust.pem {haproxy_list} verify required"
HAPROXY_FORWARD = "http-request set-header X-SSL-Client-Cert %[ssl_c_der,base64]"
SALLYPORT_CERTIFICATES = """certificates:
      - {{ certificate: {server}.pem, private_key: {server}.key }}
    client_auth: {{ mode: required, trust: {pki}/trust.pem{sallyport_list} }}"""

WEB = {
    "haproxy_mode": "http",
    "haproxy_bind": HAPROXY_TLS + " alpn http/1.1",
    "haproxy_work": HAPROXY_FORWARD,
    "haproxy_server": "",
    "nginx_listen": "",
    "nginx_scheme": "http",
    "nginx_back": "",
    "nginx_kept": "64",
    "sallyport_front": SALLYPORT_CERTIFICATES,
    "sallyport_timeouts": "timeouts: {{ idle: 120s }}",
    "sallyport_work": "routes:\n      - backend: bench",
    "sallyport_back": "",
}

KINDS = {
    # HTTP/1.1 on both sides, the backend in the clear.
    "web": Kind(fragments=WEB),
    # HTTP/2 in front, 100 streams at a time; the backend speaks HTTP/1.1. Connections to it are kept as far as they are used.
    "h2": Kind(fragments={
        **WEB,
        "haproxy_bind": HAPROXY_TLS + " alpn h2",
        "nginx_listen": "http2",
        "nginx_kept": "512",
        "sallyport_front": SALLYPORT_CERTIFICATES + "\n    tls: {{ alpn: [ h2 ] }}",
        "sallyport_back": "pool: {{ idle_per_worker: 512 }}",
    }),
    # As web, but the backend speaks TLS as well, is verified, and asks the proxy for a certificate.
    "bridge": Kind(secured=True, fragments={
        **WEB,
        "haproxy_server": "ssl verify required ca-file {pki}/servers.pem verifyhost bench.example sni str(bench.example) "
                          "crt {pki}/" + GATEWAY + ".pem",
        "nginx_scheme": "https",
        "nginx_back": "proxy_ssl_verify on; proxy_ssl_verify_depth 2; proxy_ssl_trusted_certificate {pki}/servers.pem; "
                      "proxy_ssl_name bench.example; proxy_ssl_server_name on; proxy_ssl_protocols TLSv1.2 TLSv1.3; "
                      "proxy_ssl_certificate {pki}/" + GATEWAY + ".pem; proxy_ssl_certificate_key {pki}/" + GATEWAY + ".pem;",
        "sallyport_back": "tls: {{ trust: {pki}/servers.pem, name: bench.example, certificate: {pki}/" + GATEWAY
                          + ".pem, private_key: {pki}/" + GATEWAY + ".pem }}",
    }),
    # The proxy ends TLS and carries bytes to the backend.
    "tcp": Kind(identified=False, streams=True, fragments={
        **WEB,
        "haproxy_mode": "tcp",
        "haproxy_bind": HAPROXY_TLS,
        "haproxy_work": "",
        "nginx_stream": "ssl",
        "nginx_stream_work": "ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {server}.pem; ssl_certificate_key {server}.key; "
                             "ssl_client_certificate {pki}/trust.pem; ssl_verify_client on; ssl_verify_depth 2; "
                             "proxy_pass 127.0.0.1:{backend};",
        "sallyport_front": "mode: tcp\n    " + SALLYPORT_CERTIFICATES,
        "sallyport_timeouts": "",
        "sallyport_work": "backend: bench",
    }),
    # The proxy only reads the server name, and the backend ends TLS.
    "passthrough": Kind(identified=False, secured=True, streams=True, fragments={
        **WEB,
        "haproxy_mode": "tcp",
        "haproxy_bind": "",
        "haproxy_work": "tcp-request inspect-delay 5s\n    tcp-request content accept if {{ req.ssl_hello_type 1 }}\n"
                        "    use_backend bench if {{ req.ssl_sni -i bench.example }}",
        "nginx_stream": "",
        "nginx_stream_work": "ssl_preread on; proxy_pass $chosen;",
        "sallyport_front": "mode: passthrough",
        "sallyport_timeouts": "",
        "sallyport_work": "hosts:\n      - {{ names: [ bench.example ], mode: passthrough, backend: bench }}",
    }),
}


def settings(kind, values):
    """The fragments of a kind with the values filled in."""
    return {name: text.format(**values) for name, text in KINDS[kind].fragments.items()}
