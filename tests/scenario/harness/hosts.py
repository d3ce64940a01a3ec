"""One listener with a host for each kind of client authentication: what the stories of tickets and names play on."""
from . import pki

HOSTS = """\
workers: {workers}
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    hosts:
      - names: [ off.example.com ]
        client_auth: { mode: "off" }
      - names: [ optional.example.com ]
        client_auth: { mode: optional, trust: "{clients}" }
      - names: [ required.example.com, alias.example.com ]
        client_auth: { mode: required, trust: "{clients}" }
      - names: [ twin.example.com ]
        client_auth: { mode: required, trust: "{clients}" }
      - names: [ partners.example.com ]
        client_auth: { mode: required, trust: "{partners}" }
      - names: [ "*.wild.example.com" ]
        client_auth: { mode: required, trust: "{clients}" }
      - names: [ lax.wild.example.com ]
        client_auth: { mode: "off" }
      - names: [ request.example.com ]
        client_auth: { mode: request }
      - names: [ proof.example.com ]
        client_auth: { mode: any_with_proof }
      - names: [ report.example.com ]
        client_auth: { mode: report_only, trust: "{clients}" }
      - names: [ page.example.com ]
        client_auth: { mode: required, trust: "{clients}", refuse_with: page,
                       help_link: "https://help.example.com/certificates?from=gate&to=you" }
      - names: [ optional-page.example.com ]
        client_auth: { mode: optional, trust: "{clients}", refuse_with: page }
    routes:
      - path: /strip
        backend: stripping
      - backend: app
backends:
  app:
    servers: [ "{backend}" ]
    forward: { profiles: [ rfc9440, x_ssl_client_cert ] }
  stripping:
    servers: [ "{backend}" ]
    forward: { profiles: [ rfc9440, x_ssl_client_cert ] }
    on_protected_header: strip
"""

NAMES = ["off", "optional", "required", "alias", "twin", "partners"]
DEMANDING = ["required", "alias", "twin", "partners"]


def name(short):
    """The server name of a host."""
    return f"{short}.example.com"


def start(world, backend, workers=1, **options):
    """The gateway; partners are trusted under a CA of their own, `world.partners_ca`."""
    world.partners_ca = pki.Authority(world.folder, "Partners CA")
    sans = ["off.example.com", "*.example.com", "*.wild.example.com", "localhost", "127.0.0.1"]
    server = world.servers_ca.issue("example.com", "server", names=sans)
    return world.gateway(HOSTS, backend=backend.address, workers=workers, partners=world.partners_ca.path,
                         server=server.path, server_key=server.key_path, **options)
