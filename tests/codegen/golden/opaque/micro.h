// Records whose fields are nobody's business.
#include <stdint.h>

typedef struct inner {
  uint64_t a, b;
} inner_t;
typedef struct secret {
  inner_t inner;
} secret_t;
typedef union either {
  inner_t *one;
  uint32_t two;
} either_t;
typedef struct user {
  secret_t *secret;
  either_t *either;
} user_t;
