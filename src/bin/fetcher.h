/* The fetcher: the process that dials out. It fetches what the supervisor and, through it, the workers ask for, from
 * hosts that the configuration allows, all at the same time. It reads no certificate and no list. For the supervisor it
 * looks up the names of servers, too. */
#ifndef SALLYPORT_BIN_FETCHER_H
#define SALLYPORT_BIN_FETCHER_H

#include "ipc/channel.h"

/* JOBS: transfers under way or waiting, as many as workers may have questions and some for lists. HOST_JOBS: of them to
 * one host, so that one that hangs leaves room for the others. HOST_CONNECTIONS: to one host at a time; when many
 * clients come at once, those of their questions that are one too many wait for their turn, while their time runs. */
enum { FETCHER_JOBS_MAX = 1280, FETCHER_HOST_JOBS_MAX = 1024, FETCHER_HOST_CONNECTIONS_MAX = 32 };

/* Serves the channel (which becomes the fetcher's) until the supervisor hangs up; the exit code. */
int fetcher_serve(struct channel *channel);

/* The process: shrinks its privileges to network and resolver, as `user`, and serves its channel. */
int fetcher_main(const char *user);

#endif
