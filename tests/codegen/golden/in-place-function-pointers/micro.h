// Function pointers without a typedef share a name by signature, wherever they stand.
#include <stddef.h>

typedef struct creator {
  void *env;
  size_t (*grow)(void *env, size_t by);
  void (*finalizers[2])(void *);
} creator_t;

void on_drop(void *data, void (*finalizer)(void *));
void on_grow(size_t (*grow)(void *, size_t));
void visit(void (*each)(const char *name, void (*then)(void *)));
void slot(void (**out)(void *));
