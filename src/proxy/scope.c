#include "proxy/scope.h"

#include <stdlib.h>

struct dial_scope scope_tell(const struct session *session) {
    return (struct dial_scope){.source = session->client,
                               .destination = session->destination,
                               .id = session->id,
                               .alpn = session->facts.alpn,
                               .authority = session_server_name(session),
                               .tls_version = session->facts.version,
                               .cipher = session->facts.cipher,
                               .own_signature = session->facts.own_signature,
                               .own_key = session->facts.own_key,
                               .resumed = session->facts.resumed,
                               .peer = session->peer};
}

struct pool_scope *scope_of(struct session *session) {
    if (session->scope)
        return session->scope;
    session->scope = malloc(sizeof *session->scope);
    if (!session->scope)
        return NULL;
    pool_scope_init(session->scope);
    session->scope->dial = scope_tell(session);
    return session->scope;
}
