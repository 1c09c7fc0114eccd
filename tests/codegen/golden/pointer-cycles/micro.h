// Records that point at each other, and hold each other by value: completed before their holders.
#include <stddef.h>

typedef struct node node_t;
typedef struct list {
  size_t size;
  node_t *data;
} list_t;
struct node {
  struct node *next;
  list_t children;
};
typedef struct a_holder {
  node_t held;
  struct a_holder *self;
} a_holder_t;
