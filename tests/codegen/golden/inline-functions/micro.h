// Bodies are known by their digest, in which comments and blanks do not count.
#include <stdbool.h>
#include <stdint.h>

typedef struct ref {
  uint64_t id;
} ref_t;
#define EMPTY 0

static inline bool ref_is_null(const ref_t *ref) {
  /* a comment */ return ref->id == EMPTY;
}
static inline void ref_set_null(ref_t *ref) { ref->id = 0; }
static inline void ref_reset(ref_t *ref) {
  ref->id =
      0; // the same
}
