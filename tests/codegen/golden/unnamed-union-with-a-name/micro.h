// Unnamed records that a field names, also by pointer: not anonymous members.
#include <stdint.h>

typedef struct val {
  uint8_t kind;
  union {
    int32_t i32;
    double f64;
  } of;
  struct {
    int64_t low, high;
  } *pair;
} val_t;
typedef struct outer {
  struct inner {
    int32_t depth;
  } inside;
} outer_t;
