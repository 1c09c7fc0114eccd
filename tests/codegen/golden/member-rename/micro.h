// What Python cannot say: keywords, and names that it mangles.
#include <stdint.h>

typedef struct func {
  uint64_t store_id;
  void *__private1;
  void *__private2;
} func_t;
typedef union extern_ {
  func_t func;
  uint32_t global;
  uint32_t class;
} extern_t;
