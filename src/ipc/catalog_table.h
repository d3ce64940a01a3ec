/* The table of messages between our processes: MESSAGE(NAME, label, from, to, most bytes, descriptors, sentence). No
 * include guard: included where a column is wanted. A message carries exactly as many descriptors as its row says. */

/* --- compiler: what it is told, one answer, then it exits --- */
MESSAGE(FORMER_DOCUMENT, "former-document", SUPERVISOR, COMPILER, 4096, 1, "A document that is in use, by the name of its source: a sealed file.")
MESSAGE(FRESH_DOCUMENT, "fresh-document", SUPERVISOR, COMPILER, 4096, 1, "A new document, by the name of its source, to be judged: a sealed file.")
MESSAGE(NUMBERS, "numbers", SUPERVISOR, COMPILER, 64, 1, "What is remembered of the numbers of revocation lists.")
MESSAGE(COMPILE, "compile", SUPERVISOR, COMPILER, 64, 0, "Compile the configuration file. Nothing more comes.")
MESSAGE(REFRESH, "refresh", SUPERVISOR, COMPILER, 64, 1, "Make this sealed bundle anew with the documents; the configuration file is not read. Nothing more comes.")
MESSAGE(SOURCES, "sources", COMPILER, SUPERVISOR, 64, 4, "Sealed files: the sources of documents and what became of the new ones; the hosts that may be dialled; the numbers to remember; the names of servers to look up.")
MESSAGE(COMPILED, "compiled", COMPILER, SUPERVISOR, 98304, 1, "The configuration is good: its outline (what the supervisor has to know of it), and the sealed bundle.")
MESSAGE(NOT_COMPILED, "not-compiled", COMPILER, SUPERVISOR, 98304, 0, "The configuration is not good: every error as file:line:column: sentence.")

/* --- worker: what it is given --- */
MESSAGE(MEMORY, "memory", SUPERVISOR, WORKER, 64, 3, "The slot's shared memory: its counters, its event ring, and the eventfd that wakes the ring's reader. Always the first message.")
MESSAGE(TICKET_KEYS, "ticket-keys", SUPERVISOR, WORKER, 512, 0, "All session ticket keys in force, the newest first; they replace the former ones.")
MESSAGE(SOCKET, "socket", SUPERVISOR, WORKER, 64, 1, "A listening socket and its number. Nothing is accepted on it before a commit, after a prepare that lists it.")
MESSAGE(PREPARE, "prepare", SUPERVISOR, WORKER, 98304, 1, "Build the snapshot of this sealed bundle beside the running one. The list says which socket belongs to which listener of it.")
MESSAGE(COMMIT, "commit", SUPERVISOR, WORKER, 64, 0, "Everyone is prepared: use the new snapshot from the next turn of the loop on.")
MESSAGE(ABORT, "abort", SUPERVISOR, WORKER, 64, 0, "Somebody refused: forget the prepared snapshot and go on with the running one.")
MESSAGE(LEND, "lend", SUPERVISOR, WORKER, 64, 1, "A socket of a slot that has no worker: accept on it as well, for this listener of the running snapshot.")
MESSAGE(RECALL, "recall", SUPERVISOR, WORKER, 64, 0, "The slot has a worker again: stop accepting on the lent socket and close it.")
MESSAGE(DRAIN, "drain", SUPERVISOR, WORKER, 64, 0, "Accept no more, finish what is in progress within this limit, then exit.")
MESSAGE(ADDRESSES, "addresses", SUPERVISOR, WORKER, 1536, 0, "What a server's name resolves to from now on, or that it is of no use any more.")

/* --- worker: what it says --- */
MESSAGE(PREPARED, "prepared", WORKER, SUPERVISOR, 64, 0, "The snapshot of this generation is built.")
MESSAGE(REFUSED, "refused", WORKER, SUPERVISOR, 98304, 0, "The snapshot of this generation cannot be built: every error as a sentence.")
MESSAGE(COMMITTED, "committed", WORKER, SUPERVISOR, 64, 0, "New connections go by the snapshot of this generation.")

/* --- control --- */
MESSAGE(ADMIN, "admin", SUPERVISOR, CONTROL, 64, 1, "The listening admin socket, and who may use it besides root: one user, and one group if there is one.")
MESSAGE(SLOT, "slot", SUPERVISOR, CONTROL, 64, 3, "A worker slot's shared memory: its counters, its event ring, and the eventfd that wakes the ring's reader.")
MESSAGE(LOG, "log", SUPERVISOR, CONTROL, 64, 1, "An open log: records of this kind are written to it from now on.")
MESSAGE(LOG_OFF, "log-off", SUPERVISOR, CONTROL, 64, 0, "Records of this kind are written to no log from now on.")
MESSAGE(REPORT, "report", SUPERVISOR, CONTROL, 98304, 0, "What the supervisor knows: generation, last reload, worker slots, listeners. Sent after every change.")
MESSAGE(SOURCE_COUNT, "source-count", SUPERVISOR, CONTROL, 64, 0, "How many sources of documents there are now. What was told of them before is forgotten.")
MESSAGE(SOURCE_STATE, "source-state", SUPERVISOR, CONTROL, 4096, 0, "How the source with this number fares: its last success and failure, and its next try.")
MESSAGE(RELOAD, "reload", CONTROL, SUPERVISOR, 64, 0, "Somebody who may asks for a reload; the number comes back with the answer.")
MESSAGE(RELOADED, "reloaded", SUPERVISOR, CONTROL, 98304, 0, "How the reload with this number ended: done or refused, and the sentences.")

/* --- the deny-list --- */
MESSAGE(DENY_BOOK, "deny-book", SUPERVISOR, CONTROL, 2112, 1, "The open file of the deny-list: whether it outlives the gateway, and its path for messages.")
MESSAGE(DENY_INDEX, "deny-index", CONTROL, SUPERVISOR, 64, 1, "The sealed index of the deny-list as it stands after this change, and whether somebody waits until it is in force.")
MESSAGE(DENY_UNREADABLE, "deny-unreadable", CONTROL, SUPERVISOR, 2112, 0, "The file of the deny-list is damaged: where and how.")
MESSAGE(DENY_REWRITE, "deny-rewrite", CONTROL, SUPERVISOR, 64, 0, "The file of the deny-list is worth being written anew: an empty one is asked for.")
MESSAGE(DENY_PAPER, "deny-paper", SUPERVISOR, CONTROL, 64, 1, "The empty file.")
MESSAGE(DENY_REWRITTEN, "deny-rewritten", CONTROL, SUPERVISOR, 64, 0, "It is written and synchronised: it can take the old one's place.")
MESSAGE(DENY_REPLACED, "deny-replaced", SUPERVISOR, CONTROL, 64, 0, "Whether it has.")
MESSAGE(DENY_ENFORCED, "deny-enforced", SUPERVISOR, CONTROL, 64, 0, "In how many workers this change is in force, how many connections they closed, and which ones are late.")
MESSAGE(DENY, "deny", SUPERVISOR, WORKER, 64, 1, "The newest index of the deny-list: use it from now on, and close the sessions of those that it names.")
MESSAGE(DENIED, "denied", WORKER, SUPERVISOR, 64, 0, "The index after this change is in force; so many connections were closed.")

/* --- servers that the operator drains --- */
MESSAGE(SERVER_ASK, "server-ask", CONTROL, SUPERVISOR, 576, 0, "Somebody who may asks for a server to be drained or enabled; the number comes back with the answer.")
MESSAGE(SERVER_SET, "server-set", SUPERVISOR, WORKER, 576, 0, "This server gets nothing new from now on, or does again. With a number, an answer is wanted.")
MESSAGE(SERVER_COUNTED, "server-counted", WORKER, SUPERVISOR, 64, 0, "It is done: how many servers have that name here, and how much they have in progress.")
MESSAGE(SERVER_DONE, "server-done", SUPERVISOR, CONTROL, 1024, 0, "How the request with this number ended: done or not, and the sentence.")

/* --- questions of workers to services: the supervisor sees numbers and passes the rest on unread --- */
MESSAGE(ASK, "ask", WORKER, SUPERVISOR, 16448, 0, "A question for this service, and the worker's number for it.")
MESSAGE(ANSWER, "answer", SUPERVISOR, WORKER, 65600, 0, "The end of the question with this number: the service's answer, or that it failed.")
MESSAGE(FETCHER_ASK, "fetcher-ask", SUPERVISOR, FETCHER, 16448, 0, "A worker's question, under the supervisor's number for it.")
MESSAGE(FETCHER_ANSWER, "fetcher-answer", FETCHER, SUPERVISOR, 65600, 0, "The answer to the question with this number. Each question is answered once.")
MESSAGE(CHECKER_ASK, "checker-ask", SUPERVISOR, CHECKER, 16448, 0, "A worker's question, under the supervisor's number for it.")
MESSAGE(CHECKER_ANSWER, "checker-answer", CHECKER, SUPERVISOR, 65600, 0, "The answer to the question with this number. Each question is answered once.")

/* --- fetcher --- */
MESSAGE(FETCH_HOSTS, "fetch-hosts", SUPERVISOR, FETCHER, 64, 1, "A sealed list of the hosts that may be dialled, instead of the former; before it, none may.")
MESSAGE(FETCH, "fetch", SUPERVISOR, FETCHER, 16448, 0, "Fetch a document for the supervisor, under this number.")
MESSAGE(FETCHED, "fetched", FETCHER, SUPERVISOR, 64, 1, "The document with this number, a sealed file.")
MESSAGE(NOT_FETCHED, "not-fetched", FETCHER, SUPERVISOR, 512, 0, "Why there is no document with this number.")
MESSAGE(RESOLVE, "resolve", SUPERVISOR, FETCHER, 1024, 0, "Look up the addresses of a server's name, under this number.")
MESSAGE(RESOLVED, "resolved", FETCHER, SUPERVISOR, 1152, 0, "The addresses of the name with this number, and how long they hold.")
MESSAGE(NOT_RESOLVED, "not-resolved", FETCHER, SUPERVISOR, 512, 0, "Why there are no addresses for the name with this number.")
