/* The table of reasons: REASON(NAME, label, fault, retry, HTTP status, TLS alert, sentence, remedy). No include guard: included where a
 * column is wanted. TLS alerts: RFC 8446 section 6 and RFC 5246 section 7.2; statuses: RFC 9110 section 15. */

REASON(NONE, "none", NONE, NO, 0, 0, "Nothing is wrong.", "")

/* --- how a connection ends without anyone's fault --- */
REASON(CLOSED, "closed", NONE, NO, 0, 0, "The peer closed the connection.", "")
REASON(IDLE, "idle", NONE, NO, 0, 0, "The connection was idle for longer than timeouts.idle.", "")
REASON(DRAINING, "draining", NONE, NO, 503, 0, "The gateway is shutting down or has a new configuration.",
       "Connect again.")

/* --- limits --- */
REASON(LIMIT_CONNECTIONS, "limit-connections", CLIENT, NO, 503, 0, "The limit of connections is reached.",
       "Raise limits.connections or find the client that holds them.")
REASON(LIMIT_PER_ADDRESS, "limit-connections-per-address", CLIENT, NO, 429, 0,
       "This address has as many connections as limits.connections_per_address allows.",
       "Close connections or raise the limit.")
REASON(LIMIT_HANDSHAKES, "limit-handshakes", CLIENT, NO, 503, 0, "The limit of handshakes in progress is reached.",
       "Raise limits.handshakes or look for a flood of connections.")
REASON(LIMIT_ADDRESS_HANDSHAKES, "limit-address-handshakes", CLIENT, NO, 429, 0,
       "This address begins more handshakes in a second than client_limits.address.handshakes_per_second allows.",
       "Keep connections open, or raise the limit.")
REASON(LIMIT_ADDRESS_REQUESTS, "limit-address-requests", CLIENT, NO, 429, 0,
       "This address makes more requests in a second than client_limits.address.requests_per_second allows.",
       "Send fewer requests, or raise the limit.")
REASON(LIMIT_IDENTITY_CONNECTIONS, "limit-identity-connections", CLIENT, NO, 429, 0,
       "This identity has as many connections as client_limits.identity.connections allows.",
       "Close connections or raise the limit.")
REASON(LIMIT_IDENTITY_REQUESTS, "limit-identity-requests", CLIENT, NO, 429, 0,
       "This identity makes more requests in a second than client_limits.identity.requests_per_second allows.",
       "Send fewer requests, or raise the limit.")
REASON(MEMORY, "memory", OURS, NO, 503, 80, "The worker could not get memory.",
       "Give the machine more memory or lower limits.connections.")
REASON(INTERNAL, "internal", OURS, NO, 500, 80, "Something failed inside the gateway.",
       "See the gateway's own log lines of this time.")

/* --- PROXY header --- */
REASON(PROXY_TIMEOUT, "proxy-header-timeout", CLIENT, NO, 0, 0, "The PROXY protocol header did not come in time.",
       "Let the load balancer in front send it, or take its network out of proxy_protocol.from.")
REASON(PROXY_MALFORMED, "proxy-header-malformed", CLIENT, NO, 0, 0, "The PROXY protocol header is malformed.",
       "Check that the load balancer in front sends PROXY protocol version 1 or 2.")

/* --- ClientHello and handshake --- */
REASON(HELLO_TIMEOUT, "client-hello-timeout", CLIENT, NO, 0, 0, "The ClientHello did not come in time.",
       "Look for a slow or stuck client.")
REASON(HELLO_MALFORMED, "client-hello-malformed", CLIENT, NO, 0, 50, "What came is not a TLS ClientHello.",
       "The client has to speak TLS on this port.")
REASON(HELLO_TOO_LARGE, "client-hello-too-large", CLIENT, NO, 0, 47,
       "The ClientHello is larger than the gateway reads.", "The client has to send a smaller ClientHello.")
REASON(HELLO_PLAIN_HTTP, "plain-http", CLIENT, NO, 400, 0, "A plain HTTP request came to a TLS port.",
       "Use https:// for this address.")
REASON(SNI_UNKNOWN, "sni-unknown", CLIENT, NO, 0, 112, "No host is configured for the server name of the ClientHello.",
       "Add the name to hosts, or name a default_host.")
REASON(TLS_VERSION, "tls-version", CLIENT, NO, 0, 70, "Client and host have no TLS version in common.",
       "Update the client, or lower tls.min_version of the host.")
REASON(TLS_NO_SHARED_CIPHER, "tls-no-shared-cipher", CLIENT, NO, 0, 40,
       "Client and host have no cipher, group or signature algorithm in common.",
       "Compare the client's offer with tls.ciphers, tls.ciphersuites and tls.groups.")
REASON(TLS_NO_SHARED_ALPN, "tls-no-shared-alpn", CLIENT, NO, 0, 120,
       "Client and host have no application protocol (ALPN) in common.", "Let the client offer http/1.1, or no ALPN.")
REASON(TLS_TIMEOUT, "handshake-timeout", CLIENT, NO, 0, 0, "The TLS handshake was not finished in time.",
       "Look for a slow or stuck client, or raise timeouts.handshake.")
REASON(TLS_CLIENT_ALERT, "tls-client-alert", CLIENT, NO, 0, 0, "The client ended the handshake with an alert.",
       "The client may not trust the gateway's certificate: look at its own log.")
REASON(TLS_CLIENT_CLOSED, "tls-client-closed", CLIENT, NO, 0, 0,
       "The client closed the connection during the handshake.", "Look at the client's own log.")
REASON(TLS_PROTOCOL, "tls-protocol", CLIENT, NO, 0, 50, "The client broke the TLS protocol.",
       "Look at the client's TLS library.")
REASON(TLS_EXTENDED_MASTER_SECRET, "tls-extended-master-secret", CLIENT, NO, 0, 40,
       "A TLS 1.2 client did not offer the extended master secret (RFC 7627).",
       "Update the client's TLS library or use TLS 1.3.")

/* --- the client's certificate --- */
REASON(CERT_MISSING, "certificate-missing", CLIENT, NO, 403, 116,
       "This host requires a client certificate and none was presented.",
       "Configure the client with a certificate issued under the host's trust.")
REASON(CERT_MALFORMED, "certificate-malformed", CLIENT, NO, 403, 42, "A presented certificate is malformed.",
       "Issue the certificate again with a correct encoder.")
REASON(CERT_TOO_LARGE, "certificate-too-large", CLIENT, NO, 403, 42,
       "The presented certificates are larger or more than the gateway reads.",
       "Send only the leaf and its intermediates.")
REASON(CERT_EXPIRED, "certificate-expired", CLIENT, NO, 403, 45, "A certificate of the chain has expired.",
       "Renew the certificate.")
REASON(CERT_NOT_YET_VALID, "certificate-not-yet-valid", CLIENT, NO, 403, 42,
       "A certificate of the chain is not valid yet.", "Check the clocks, or wait for its notBefore.")
REASON(CERT_UNKNOWN_ISSUER, "certificate-unknown-issuer", CLIENT, NO, 403, 48,
       "No chain from the certificate to the host's trust was found.",
       "Send the missing intermediate, or add the issuing CA to client_auth.trust.")
REASON(CERT_BAD_SIGNATURE, "certificate-bad-signature", CLIENT, NO, 403, 42,
       "A certificate's signature does not verify: it was altered, or another key of the same issuer name signed it.",
       "Issue the certificate again.")
REASON(CERT_ISSUER_NOT_CA, "certificate-issuer-not-ca", CLIENT, NO, 403, 48,
       "A certificate of the chain was issued by one that is not a CA.",
       "Use a certificate issued by a CA certificate.")
REASON(CERT_CHAIN_TOO_LONG, "certificate-chain-too-long", CLIENT, NO, 403, 48,
       "The chain is longer than client_auth.depth or a path length constraint allows.",
       "Raise client_auth.depth, or use a shorter chain.")
REASON(CERT_WRONG_USAGE, "certificate-wrong-usage", CLIENT, NO, 403, 43,
       "The certificate is not for TLS client authentication (key usage or extended key usage).",
       "Issue it with the extended key usage clientAuth and the key usage digitalSignature.")
REASON(CERT_WEAK_KEY, "certificate-weak-key", CLIENT, NO, 403, 43,
       "A key or signature of the chain is weaker or larger than allowed, or of an unknown kind.",
       "Use P-256, P-384 or RSA of 2048 to 8192 bits with SHA-256 or better.")
REASON(CERT_CRITICAL_EXTENSION, "certificate-critical-extension", CLIENT, NO, 403, 43,
       "A certificate has a critical extension that the gateway does not know.", "Issue the certificate without it.")
REASON(CERT_NAME_CONSTRAINT, "certificate-name-constraint", CLIENT, NO, 403, 42,
       "A name in the certificate is outside of what its CA may certify.",
       "Issue it from a CA that may certify the name.")
REASON(CERT_INVALID, "certificate-invalid", CLIENT, NO, 403, 42, "The chain breaks a rule of RFC 5280.",
       "See the detail of the record; issue the certificate again.")
REASON(CERT_PROFILE, "certificate-profile", CLIENT, NO, 0, 42,
       "A certificate of the chain lacks what RFC 5280 or the public web demands of those who issue.",
       "Issue it again as the detail says, or set client_auth.profile to path, which is safe.")
REASON(CERT_REVOKED, "certificate-revoked", CLIENT, NO, 403, 44, "A certificate of the chain is revoked.",
       "Issue a new certificate.")
REASON(CERT_ON_HOLD, "certificate-on-hold", CLIENT, NO, 403, 44,
       "A certificate of the chain is on hold: revoked for the time being.",
       "Release the certificate at its CA, and load the list in which it is no longer named.")
REASON(DENIED, "denied", CLIENT, NO, 403, 44, "The operator has revoked this certificate, or whoever it names.",
       "See sallyport denied; sallyport release lets it in again.")
REASON(DENIED_ON_HOLD, "denied-on-hold", CLIENT, NO, 403, 44,
       "The operator has put this certificate, or whoever it names, on hold.",
       "See sallyport denied; sallyport release lets it in again.")
REASON(
    REVOCATION_LIST_MISSING, "revocation-list-missing", OURS, NO, 403, 46,
    "No revocation list speaks for a certificate of the chain.",
    "Add the list of its issuer to revocation.lists and the issuer's certificate to revocation.issuers, or set revocation.missing to allow.")
REASON(REVOCATION_LIST_STALE, "revocation-list-stale", OURS, NO, 403, 46,
       "The revocation list that speaks for a certificate of the chain is too old.",
       "Load a fresh list, or set revocation.stale to grace or soft.")
REASON(
    OCSP_UNAVAILABLE, "ocsp-unavailable", OURS, NO, 403, 46,
    "No OCSP responder gave an answer about a certificate of the chain.",
    "See the detail of the record, which says what each responder did; mend the responder, or set revocation.ocsp.mode to soft.")
REASON(OCSP_BAD_ANSWER, "ocsp-bad-answer", OURS, NO, 403, 46,
       "What the OCSP responder answered about a certificate of the chain cannot be used.",
       "See the detail; the issuer has to sign the answer, or to certify its responder for OCSPSigning.")
REASON(OCSP_STALE, "ocsp-stale", OURS, NO, 403, 46, "The OCSP answer about a certificate of the chain is too old.",
       "Let the responder give fresh answers, or compare the clocks.")
REASON(OCSP_UNKNOWN, "ocsp-unknown", CLIENT, NO, 403, 46,
       "The OCSP responder does not know a certificate of the chain.",
       "Ask the certificate's issuer whether it issued it, and whether this is its responder.")
REASON(CERT_NO_SVID, "certificate-no-svid", CLIENT, NO, 403, 43,
       "The certificate is no X509-SVID: its SPIFFE id or its key usage is not as SPIFFE asks.",
       "Issue it with exactly one URI, a SPIFFE id with a path, and with the key usage digitalSignature alone.")
REASON(
    CERT_TRUST_DOMAIN, "certificate-trust-domain", CLIENT, NO, 403, 48,
    "The SPIFFE id belongs to a trust domain other than the one that issued the certificate, or to one that is not trusted.",
    "Add the trust domain's bundle to client_auth.spiffe, or find out who issued the certificate.")
REASON(CERT_PROOF, "certificate-proof", CLIENT, NO, 403, 51,
       "The client did not prove that it holds the certificate's key.",
       "Check that the client's key belongs to its certificate.")
REASON(CERT_WORK, "certificate-work", CLIENT, NO, 403, 42,
       "Checking the chain would cost more signatures than allowed.", "Send a simpler chain.")
REASON(CERT_POLICY, "certificate-policy", CLIENT, NO, 403, 42,
       "The certificate policies of the chain are not those that are asked for.",
       "Issue it under an acceptable policy.")
REASON(CERT_NOT_PINNED, "certificate-not-pinned", CLIENT, NO, 403, 42,
       "No certificate of the chain is among the pinned ones.",
       "Add the pin of the certificate, of its key or of its CA.")
REASON(CERT_OTHER_NAME, "certificate-other-name", CLIENT, NO, 403, 42, "The certificate is for another name.",
       "Issue it with the name as a subject alternative name, or ask for one that it has.")

/* --- the request --- */
REASON(REQUEST_TIMEOUT, "request-timeout", CLIENT, NO, 408, 0, "The request head did not come in time.",
       "Look for a slow client, or raise timeouts.request_head.")
REASON(BODY_TIMEOUT, "request-body-timeout", CLIENT, NO, 408, 0, "The request body stopped coming.",
       "Look for a slow client, or raise timeouts.body_idle.")
REASON(CLIENT_STALLED, "client-stalled", CLIENT, NO, 0, 0, "The client stopped reading the answer.",
       "Look for a slow client, or raise timeouts.body_idle.")
REASON(CLIENT_GONE, "client-gone", CLIENT, NO, 499, 0,
       "The client closed the connection before the answer was complete.", "")
REASON(REQUEST_LINE, "request-line", CLIENT, NO, 400, 0, "The request line is malformed (RFC 9112 section 3).",
       "Correct the client.")
REASON(REQUEST_VERSION, "request-version", CLIENT, NO, 505, 0, "The HTTP version is not 1.1 or 1.0.", "Use HTTP/1.1.")
REASON(REQUEST_URI_TOO_LONG, "request-uri-too-long", CLIENT, NO, 414, 0, "The request target is longer than allowed.",
       "Use a shorter URL.")
REASON(REQUEST_FIELDS_TOO_LARGE, "request-fields-too-large", CLIENT, NO, 431, 0,
       "The request's fields are larger or more than allowed.",
       "Send fewer or smaller fields, or raise limits.request_head.")
REASON(FIELD_NAME, "field-name", CLIENT, NO, 400, 0, "A field name is malformed (RFC 9110 section 5.1).",
       "Correct the client.")
REASON(FIELD_VALUE, "field-value", CLIENT, NO, 400, 0,
       "A field value holds a control character (RFC 9110 section 5.5).", "Correct the client.")
REASON(FIELD_FOLDED, "field-folded", CLIENT, NO, 400, 0, "A field is folded over lines (RFC 9112 section 5.2).",
       "Correct the client.")
REASON(LINE_END, "line-end", CLIENT, NO, 400, 0, "A line does not end with CR LF (RFC 9112 section 2.2).",
       "Correct the client.")
REASON(CONTENT_LENGTH, "content-length", CLIENT, NO, 400, 0,
       "Content-Length is malformed or given twice (RFC 9112 section 6.3).", "Correct the client.")
REASON(FRAMING_CONFLICT, "framing-conflict", CLIENT, NO, 400, 0,
       "The message has both Content-Length and Transfer-Encoding (RFC 9112 section 6.1).", "Correct the client.")
REASON(FRAMING_LOOKALIKE, "framing-lookalike", CLIENT, NO, 400, 0,
       "A field name looks like a framing field to a sloppy reader.", "Correct the client.")
REASON(TRANSFER_ENCODING, "transfer-encoding", CLIENT, NO, 501, 0,
       "The transfer coding is not exactly chunked (RFC 9112 section 6.1).", "Use chunked or Content-Length.")
REASON(CHUNK, "chunk", CLIENT, NO, 400, 0, "The chunked body is malformed (RFC 9112 section 7.1).",
       "Correct the client.")
REASON(BODY_TOO_LARGE, "body-too-large", CLIENT, NO, 413, 0, "The request body is larger than limits.body.",
       "Send less, or raise limits.body.")
REASON(HOST_MISSING, "host-missing", CLIENT, NO, 400, 0,
       "The request has no Host, or more than one (RFC 9112 section 3.2).", "Correct the client.")
REASON(HOST_INVALID, "host-invalid", CLIENT, NO, 400, 0,
       "The Host is malformed, or differs from the absolute target (RFC 9112 section 3.2).", "Correct the client.")
REASON(METHOD_UNSUPPORTED, "method-unsupported", CLIENT, NO, 501, 0, "The method (CONNECT) is not served here.",
       "Use another method.")
REASON(EXPECTATION, "expectation", CLIENT, NO, 417, 0,
       "The Expect field asks for something other than 100-continue (RFC 9110 section 10.1.1).",
       "Send the request without it.")
REASON(PROTECTED_FIELD, "protected-field", CLIENT, NO, 400, 0,
       "The request carries a field that only the gateway may set.",
       "Remove the field; a client cannot assert an identity in a header.")
REASON(
    MISDIRECTED, "misdirected", CLIENT, NO, 421, 0,
    "The Host belongs to another host than the server name of the handshake, with another client authentication (RFC 9110 section 15.5.20).",
    "Open a connection of its own for this host.")
REASON(NO_ROUTE, "no-route", CLIENT, NO, 404, 0, "No route matches the request's host and path.",
       "Add a route, or correct the URL.")
REASON(
    PATH_AMBIGUOUS, "path-ambiguous", CLIENT, NO, 400, 0,
    "The path can be read in more than one way (dot segments, empty segments, encoded slashes), so that it could slip past a route's prefix.",
    "Send the path in its plain form.")
REASON(POLICY, "policy", CLIENT, NO, 403, 49, "The policy does not allow this client here.",
       "See the deciding line of the configuration.")
REASON(PASSWORD_MISSING, "password-missing", CLIENT, NO, 401, 0,
       "A password is required here, and the request brings none.",
       "Send the user name and password by HTTP Basic (RFC 7617).")
REASON(PASSWORD_MALFORMED, "password-malformed", CLIENT, NO, 401, 0,
       "The Authorization field is malformed, or there are two (RFC 7617).", "Correct the client.")
REASON(PASSWORD_WRONG, "password-wrong", CLIENT, NO, 401, 0, "There is no such user, or the password is another one.",
       "Send the right password, or set a new one in the file of users.")
REASON(PASSWORD_OTHER_CERTIFICATE, "password-other-certificate", CLIENT, NO, 403, 0,
       "The password is right, but this user may not come with this certificate.",
       "Use the user's own certificate; see password.bind.")
REASON(PASSWORD_TOO_OFTEN, "password-too-often", CLIENT, NO, 429, 0,
       "This client gave more wrong passwords in a minute than password.failures_per_minute allows.",
       "Wait, then send the right password.")
REASON(PASSWORD_TOO_MANY, "password-too-many", CLIENT, NO, 429, 0,
       "This client has as many passwords being checked at a time as the gateway allows.", "Wait for the answers.")
REASON(PASSWORD_BUSY, "password-busy", OURS, NO, 503, 0, "Too many passwords wait to be checked.",
       "Try again; let passwords be stored with less cost, or raise password.cache.")
REASON(PASSWORD_CHECKER, "password-checker", OURS, NO, 503, 0,
       "The password could not be checked: the checker process is gone, or too slow.",
       "See the gateway's own log lines of this time.")
REASON(UPGRADE_MALFORMED, "upgrade-malformed", CLIENT, NO, 400, 0,
       "The request to go on in WebSocket is malformed (RFC 6455 section 4.1).", "Correct the client.")
REASON(UPGRADE_EARLY, "upgrade-early", CLIENT, NO, 400, 0,
       "The client sent more after asking to go on in WebSocket, before that was answered.",
       "Let the client wait for the answer (RFC 6455 section 4.1).")
REASON(IDENTITY_TOO_LARGE, "identity-too-large", CLIENT, NO, 431, 0,
       "The client's certificates are too large to forward to the backend.", "Use a smaller certificate or chain.")

/* --- the backend --- */
REASON(BACKEND_NONE, "backend-none", BACKEND, NO, 503, 0, "No server of the backend can be used now.",
       "See the status of the backend's servers.")
REASON(BACKEND_CONNECT, "backend-connect", BACKEND, SAFE, 502, 0, "The server of the backend refused the connection.",
       "Check that the server runs and listens there.")
REASON(BACKEND_CONNECT_TIMEOUT, "backend-connect-timeout", BACKEND, SAFE, 504, 0,
       "The connection to the server of the backend took too long.", "Check the network, or raise timeouts.connect.")
REASON(BACKEND_TIMEOUT, "backend-timeout", BACKEND, NO, 504, 0, "The server of the backend did not answer in time.",
       "Check the server, or raise timeouts.response.")
REASON(BACKEND_CLOSED, "backend-closed", BACKEND, SAFE, 502, 0,
       "The server of the backend closed the connection before its answer was complete.", "Look at the server's log.")
REASON(BACKEND_MALFORMED, "backend-malformed", BACKEND, NO, 502, 0, "The answer of the backend breaks HTTP.",
       "Correct the server.")
REASON(
    BACKEND_UPGRADE, "backend-upgrade", BACKEND, NO, 502, 0,
    "The server of the backend cannot go on in WebSocket, or its answer to that is malformed (RFC 6455 section 4.2.2).",
    "Send the request to a server that knows WebSocket; with HTTP/2, extended CONNECT (RFC 8441).")
REASON(BACKEND_TOO_LARGE, "backend-too-large", BACKEND, NO, 502, 0,
       "The answer's fields are larger or more than allowed.", "Send smaller fields.")
REASON(BACKEND_STALLED, "backend-stalled", BACKEND, NO, 504, 0,
       "The server of the backend stopped in the middle of its answer.", "Check the server.")
