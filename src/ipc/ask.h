/* A worker's question to a service process, and how it ends. Both travel through the supervisor, which reads neither:
 * ASK goes up, the service's own row goes down, and back the same way (ipc/catalog_table.h). */
#ifndef SALLYPORT_IPC_ASK_H
#define SALLYPORT_IPC_ASK_H

/* Who can be asked. */
enum ask_service { ASK_FETCHER, ASK_CHECKER, ASK_SERVICE_COUNT };

/* ANSWERED: by the service, in its own words. FAILED: there is no such service now, it died, or too many wait. */
enum ask_outcome { ASK_ANSWERED, ASK_FAILED };

/* ASK_BYTES_MAX: a URL and an OCSP request, or a password and its hash, fit in easily. ASK_ANSWER_BYTES_MAX: an OCSP
 * response with a chain of certificates. ASK_OPEN_MAX: a worker's questions that wait for one service. */
enum { ASK_BYTES_MAX = 16384, ASK_ANSWER_BYTES_MAX = 65536, ASK_OPEN_MAX = 256 };

#endif
