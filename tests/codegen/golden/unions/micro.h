// A union, and a struct that holds it.
#include <stdint.h>

typedef union value {
  int32_t i32;
  int64_t i64;
  double f64;
  uint8_t v128[16];
} value_t;
typedef struct tagged_value {
  uint8_t kind;
  value_t of;
} tagged_value_t;
