"""What a gateway is also told in the guarded rows: revocation lists, rules about who is let in, and a log. Each proxy in its own words."""

import hashlib
import re
import ssl

RULES = 10_000


def settings(place, guarded):
    """The fragments of all configurations, as the row wants them."""
    return {**list_settings(place.revocation_list, place.pki), **(guard_settings(place) if guarded else UNGUARDED)}


def list_settings(revocation_list, pki):
    """How each is told of the revocation list, if there is one: the same lists for all, asked about the whole chain."""
    if revocation_list is None:
        return {"haproxy_list": "", "nginx_list": "", "sallyport_list": ""}
    lists = f"lists: {revocation_list}, issuers: {pki}/intermediate.pem"
    return {"haproxy_list": f"crl-file {revocation_list}", "nginx_list": f"ssl_crl {revocation_list};",
            "sallyport_list": f", revocation: {{ {lists} }}"}


UNGUARDED = {"haproxy_log": "", "haproxy_rules": "", "nginx_log": "access_log off;", "nginx_rules": "", "nginx_map": "",
             "sallyport_rules": ""}


def guard_settings(place):
    """Only clients on a list of fingerprints are let in, and every request is logged. Sallyport logs in every row."""
    names = place.pki / "allowed.txt"
    table = place.pki / "allowed.map"
    if not names.exists():
        write_fingerprints(place, names, table)
    return {
        "haproxy_log": "log stdout format raw local0\n    option httplog",
        "haproxy_rules": f"http-request deny unless {{ ssl_c_der,sha2(256),hex,lower -m str -f {names} }}",
        "nginx_log": "access_log access.log;",
        "nginx_map": f"map_hash_max_size 65536; map $ssl_client_fingerprint $allowed {{ default 0; include {table}; }}",
        "nginx_rules": "if ($allowed = 0) { return 403; }",
        "sallyport_rules": f'allow: {{ fingerprint: "@{names}" }}',
    }


def write_fingerprints(place, names, table):
    """The clients stand at the end, after certificates that nobody has. nginx knows fingerprints by SHA-1 only."""
    clients = [certificate_of(path) for path in sorted(place.pki.glob("client-*.pem"))]
    strangers = [b"stranger %d" % number for number in range(RULES - len(clients))]
    everyone = strangers + clients
    names.write_text("".join(f"{hashlib.sha256(der).hexdigest()}\n" for der in everyone))
    table.write_text("".join(f"{hashlib.sha1(der).hexdigest()} 1;\n" for der in everyone))


def certificate_of(path):
    """DER of the first certificate in a PEM file."""
    block = re.search("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", path.read_text(), re.DOTALL)
    return ssl.PEM_cert_to_DER_cert(block.group(0))
