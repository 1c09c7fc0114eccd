// Function pointers with a typedef: results of all kinds, and a callback that takes a callback.
#include <stdbool.h>
#include <stddef.h>

typedef struct trap_t trap_t;
typedef void (*finalizer_t)(void *);
typedef trap_t *(*call_t)(void *env, const trap_t *args, size_t);
typedef bool (*visit_t)(double, finalizer_t finalizer);
typedef struct hooks {
  call_t call;
  visit_t visit[2];
} hooks_t;

void set(call_t call, void *env, finalizer_t);
