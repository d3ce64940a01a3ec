/* Intrusive doubly linked list. The link lives inside the object; a list owns nothing. */
#ifndef SALLYPORT_BASE_LIST_H
#define SALLYPORT_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *previous;
};

/* The object of `type` that holds `link` as its `member`. */
#define list_entry(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* Walks `head`; the body may remove `item` itself. `item` and `following` are struct list pointers. */
#define list_each_safe(item, following, head)                                                                          \
    for (item = (head)->next, following = item->next; item != (head); item = following, following = item->next)

/* Makes an empty list head, or a link that is in no list. */
static inline void list_init(struct list *head) {
    head->next = head;
    head->previous = head;
}

/* True when the list is empty, or when the link is in no list. */
static inline bool list_empty(const struct list *head) {
    return head->next == head;
}

/* Puts `link`, which must be in no list, at the end of `head`. */
static inline void list_append(struct list *head, struct list *link) {
    link->previous = head->previous;
    link->next = head;
    head->previous->next = link;
    head->previous = link;
}

/* Puts `link`, which must be in no list, at the start of `head`. */
static inline void list_prepend(struct list *head, struct list *link) {
    list_append(head->next, link);
}

/* Takes `link` out of its list, if it is in one; it may be appended again afterwards. */
static inline void list_remove(struct list *link) {
    link->previous->next = link->next;
    link->next->previous = link->previous;
    list_init(link);
}

/* The first link, or NULL when empty. */
static inline struct list *list_first(const struct list *head) {
    return list_empty(head) ? NULL : head->next;
}

/* Moves all links of `from`, in order, to the end of `to`; `from` is empty afterwards. */
static inline void list_take(struct list *to, struct list *from) {
    if (list_empty(from))
        return;
    from->next->previous = to->previous;
    to->previous->next = from->next;
    from->previous->next = to;
    to->previous = from->previous;
    list_init(from);
}

#endif
