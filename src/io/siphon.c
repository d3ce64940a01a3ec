/* The pipe between two sockets. */
#include "io/siphon.h"

#include "base/bug.h"
#include "io/tcp.h"

#include <fcntl.h>
#include <unistd.h>

/* What a pipe holds unless it is told otherwise, which only few pipes of a user may be. */
enum { SIPHON_BYTES = 65536 };

void siphon_init(struct siphon *siphon) {
    *siphon = (struct siphon){.in = -1, .out = -1};
}

void siphon_fini(struct siphon *siphon) {
    if (siphon_is_open(siphon)) {
        close(siphon->in);
        close(siphon->out);
    }
    siphon_init(siphon);
}

bool siphon_open(struct siphon *siphon) {
    int ends[2];
    bug_on(siphon_is_open(siphon));
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    *siphon = (struct siphon){.in = ends[1], .out = ends[0]};
    return true;
}

bool siphon_fits(const struct stream *stream) {
    return tcp_can_splice(stream);
}

struct stream_result siphon_fill(struct siphon *siphon, struct stream *from) {
    bug_on(siphon->held_bytes > 0);
    struct stream_result result = tcp_splice_from(from, siphon->in, SIPHON_BYTES);
    siphon->held_bytes = result.bytes;
    return result;
}

struct stream_result siphon_drain(struct siphon *siphon, struct stream *to) {
    bug_on(siphon->held_bytes == 0);
    struct stream_result result = tcp_splice_to(to, siphon->out, siphon->held_bytes);
    siphon->held_bytes -= result.bytes;
    return result;
}
