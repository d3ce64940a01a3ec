/* The table of forwarding profiles: PROFILE(NAME, word in the configuration, writer, sentence for the manual). No
 * include guard: included where a column is wanted. */

PROFILE(RFC9440, "rfc9440", write_rfc9440,
        "Client-Cert holds the certificate and Client-Cert-Chain the rest of the validated path, as RFC 9440 has them.")
PROFILE(X_SSL_CLIENT_CERT, "x_ssl_client_cert", write_x_ssl_client_cert,
        "X-SSL-Client-Cert holds the certificate, base64 of its DER in one line.")
PROFILE(VERDICT, "verdict", write_nothing, "Client-Cert-Verdict alone, which is sent with every profile.")
