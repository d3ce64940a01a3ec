/* Diagnostic lines of our processes, to stderr: what an operator reads in the journal. Access and refusal records go
 * through ipc/events. */
#ifndef SALLYPORT_BASE_LOG_H
#define SALLYPORT_BASE_LOG_H

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* Sets the role named in each line ("supervisor", "worker 1") and the lowest level written. `role` is copied (at
 * most 31 bytes). */
void log_open(const char *role, enum log_level lowest);

/* Writes one line "<priority>sallyport ROLE: text" (the priority prefix only under systemd) with one write(2).
 * Control characters are replaced. */
[[gnu::format(printf, 2, 3)]] void log_line(enum log_level level, const char *format, ...);

#endif
