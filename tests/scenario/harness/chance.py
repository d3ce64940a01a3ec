"""Configurations, certificates and requests by chance, for comparing two ways of deciding about them."""
import datetime
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from . import crl, pki
from .gateway import ROOT

SERVER_NAMES = ["a.test", "b.test", "x.wild.test", "deep.x.wild.test", "unknown.test", ""]
HOSTS = ["a.test", "A.Test.", "b.test:8443", "x.wild.test", "unknown.test", "localhost", "127.0.0.1", "a..test", "exa$mple"]
METHODS = ["GET", "GET", "GET", "POST", "DELETE", "OPTIONS", "BREW"]
PATHS = ["/", "/public", "/public/x?y=/admin", "/publicity", "/admin", "/admin/users", "/x/../admin", "/%61dmin", "/a%2fb",
         "//admin", "/api/v1/users", "/api;x=1/v1", "/api/v1/users/7"]
SOURCES = ["127.0.0.1", "127.0.0.2"]
SPIFFE = "spiffe://example.org/ns/web/sa/shop"


def words_of(struct, key):
    """The words that a setting may have, by the schema for editors."""
    schema = json.loads((ROOT / "docs" / "settings.schema.json").read_text(encoding="utf-8"))
    return schema["$defs"][struct]["properties"][key]["enum"]


class People:
    """CAs, lists, and certificates with one thing wrong or another; `presented` has them by what they are."""

    def __init__(self, folder, clients_ca):
        self.root = clients_ca
        self.department = pki.Authority(folder, "Department", issuer=clients_ca)
        self.closed = pki.Authority(folder, "Closed department", issuer=clients_ca)
        self.narrow = pki.Authority(folder, "Narrow department", issuer=clients_ca, extensions=[
            (x509.NameConstraints([x509.DNSName("example.org")], None), True)])
        self.expired_ca = pki.Authority(folder, "Old department", issuer=clients_ca, not_after=pki.now() - pki.HOUR)
        self.deepest = self.department
        for level in range(3):
            self.deepest = pki.Authority(folder, f"Level {level}", issuer=self.deepest)
        self.strangers = pki.Authority(folder, "Strangers CA")
        self.presented = {None: None, **self._issued(), **self._broken(), **self._spoilt()}
        self.lists = self._lists(folder)

    def _issued(self):
        issue = self.root.issue
        department = self.department.issue("dora")
        return {"good": issue("alice", names=["alice.example.org"]), "rsa": issue("rita", kind="rsa"),
                "ed25519": issue("edda", kind="ed25519"), "good again": issue("bob", names=["bob@example.org"]),
                "spiffe": issue("shop", names=[SPIFFE]), "two uris": issue("twins", names=[SPIFFE, SPIFFE + "2"]),
                "department": department, "deep": self.deepest.issue("diver"),
                "intermediate missing": self.department.issue("lost", chain=b""),
                "middle missing": self.deepest.issue("gap", chain=self.deepest.certificate.pem),
                "disordered": department.with_chain(self.strangers.certificate, self.department.certificate),
                "revoked": issue("mallory"), "on hold": issue("harry"), "closed": self.closed.issue("cleo")}

    def _broken(self):
        issue = self.root.issue
        return {"tampered": issue("tom").tampered(), "stranger": self.strangers.issue("alice"),
                "alone": pki.make(self.root.folder, pki.common_name("sven"), None, usage="client"),
                "expired": issue("emil", not_after=pki.now() - pki.DAY),
                "early": issue("anna", not_before=pki.now() + pki.DAY),
                "old department": self.expired_ca.issue("otto"),
                "narrow": self.narrow.issue("nora", names=["nora.example.org"]),
                "too broad": self.narrow.issue("bruno", names=["bruno.example.com"])}

    def _spoilt(self):
        issue = self.root.issue
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
        leaf = issue("lisa")
        return {"server's": issue("web", usage="server"), "for all": issue("all", usage="any"),
                "no usage": issue("nick", usage=None), "for mail": issue("mia", usage="email"),
                "agreement": issue("agnes", key_usage="agreement"), "critical": issue("chris", extensions=[(unknown, True)]),
                "harmless": issue("hugo", extensions=[(unknown, False)]), "long digest": issue("dina", digest=hashes.SHA512()),
                "issued by a leaf": pki.Authority.acting(leaf, self.root).issue("lena", chain=leaf.pem)}

    def _lists(self, folder):
        revoked = [self.presented["revoked"], self.closed.certificate]
        hold = [self.presented["on hold"]]
        names = ["all", "stale", "held", "department"]
        made = [crl.write(self.root, revoked), crl.write(self.root, revoked, next_update=pki.now() - pki.HOUR),
                crl.write(self.root, hold, reason=crl.HOLD), crl.write(self.department)]
        return dict(zip(names, made))


class Dice:
    """What is drawn, all of it from one random generator."""

    def __init__(self, random, people):
        self.random = random
        self.people = people

    def maybe(self, share, value):
        """`value` in a share of all draws, else nothing."""
        return value if self.random.random() < share else {}

    def configuration(self):
        """A whole one, its listener on {port}, its backend at {backend}."""
        hosts = [{"names": names, **self.maybe(0.8, {"client_auth": self.client_auth()}), **self.rules(0.25)}
                 for names in (["a.test"], ["b.test", "x.wild.test"], ["*.wild.test"])]
        listener = {"name": "public", "bind": "127.0.0.1:{port}",
                    "certificates": [{"certificate": "{server}", "private_key": "{server_key}"}],
                    "client_auth": self.client_auth(), "hosts": hosts, "routes": self.routes(), **self.rules(0.15),
                    **self.maybe(0.5, {"default_host": "a.test"})}
        return f"listeners: {json.dumps([listener])}\nbackends: {json.dumps({'app': {'servers': ['{backend}']}})}\n"

    def client_auth(self):
        """Client authentication in all of its modes."""
        draw = self.random
        mode = draw.choice(words_of("Client_authentication", "mode") + ["required", "optional"])
        if mode in ("off", "request", "any_with_proof"):
            return {"mode": mode, **({"refuse_with": "page"} if mode == "any_with_proof" and draw.random() < 0.3 else {})}
        trust = [str(self.people.root.path)] + [str(self.people.strangers.path)] * (draw.random() < 0.2)
        return {"mode": mode, "trust": trust, **self.maybe(0.4, {"depth": draw.randint(0, 4)}),
                **({"refuse_with": "page"} if mode != "report_only" and draw.random() < 0.3 else {}),
                **self.maybe(0.4, {"extended_key_usage": draw.choice(["if_present", "required", "ignored"])}),
                **self.maybe(0.3, {"profile": draw.choice(["path", "rfc5280"])}),
                **self.maybe(0.2, {"key_types": draw.sample(["rsa", "p256", "ed25519"], 2)}),
                **self.maybe(0.1, {"min_signature_digest": "sha512"}),
                **self.maybe(0.1, {"pins": {"certificates": [self.people.presented["good"].fingerprint]}}),
                **self.maybe(0.5, {"revocation": self.revocation()})}

    def revocation(self):
        """Lists and their rules."""
        draw = self.random
        lists = draw.sample(sorted(self.people.lists), draw.randint(1, 3))
        return {"lists": [str(self.people.lists[name]) for name in lists],
                "issuers": [str(self.people.department.path)],
                "missing": draw.choice(["refuse", "allow", "allow"]),
                **draw.choice([{"stale": "hard"}, {"stale": "soft"}, {"stale": "grace", "grace": "10m"},
                               {"stale": "grace", "grace": "1d"}]),
                "scope": draw.choice(["chain", "leaf"])}

    def rules(self, share):
        """Nothing, or rules about clients and requests."""
        draw = self.random
        if draw.random() >= share:
            return {}
        deny = [self.rule() for _ in range(draw.randint(0, 2))]
        allow = [self.rule() for _ in range(draw.randint(0, 3))] + [{"anyone": True}] * (draw.random() < 0.3)
        return {**({"deny": deny} if deny else {}), **({"allow": allow} if allow else {})} or {"deny": self.rule()}

    def rule(self):
        """One or two conditions, sometimes an exception, sometimes only a shadow."""
        draw = self.random
        good = self.people.presented["good"]
        conditions = [{"subject.cn": draw.choice(["alice", "a*", "*", ["bob", "dora", "rita"]])},
                      {"fingerprint": good.fingerprint}, {"spiffe": "spiffe://example.org/ns/*/sa/*"},
                      {"san.dns": "*.example.org"}, {"san.mail": "*@example.org"}, {"issuer.cn": "Department"},
                      {"root.cn": draw.choice(["Clients CA", "Strangers CA"])}, {"address": draw.choice(SOURCES)},
                      {"sni": "*.test"}, {"certificate": draw.choice(["none", "verified", "presented"])},
                      {"method": draw.choice(["GET", ["POST", "DELETE"]])}, {"host": "a.test"},
                      {"path": draw.choice(["/public", "/admin", "/api/*/users", "/api/**"])}]
        picked = draw.sample(conditions, draw.choice([1, 1, 2]))
        rule = {key: value for condition in picked for key, value in condition.items()}
        return {**rule, **self.maybe(0.2, {"unless": draw.choice(conditions)}), **self.maybe(0.2, {"shadow": True})}

    def routes(self):
        """One for everything, or some that leave gaps."""
        draw = self.random
        some = [{"path": "/public", "backend": "app"}, {"host": "a.test", "backend": "app", **self.rules(0.4)},
                {"host": "*.wild.test", "path": "/api", "backend": "app", **self.rules(0.3)},
                {"path": "/admin", "backend": "app", **self.rules(0.7)}]
        return draw.sample(some, draw.randint(1, 4)) + [{"backend": "app", **self.rules(0.2)}] * (draw.random() < 0.7)

    def requests(self, count):
        """Methods, paths and hosts; the first host of each fits the server name more often than not."""
        draw = self.random
        return [{"method": draw.choice(METHODS), "path": draw.choice(PATHS), "host": draw.choice(HOSTS)}
                for _ in range(count)]
