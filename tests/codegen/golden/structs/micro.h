// Opaque and defined structs, with a tag of their own, of the same name, and without a typedef.
#include <stdint.h>

struct opaque;
typedef struct hidden hidden_t;
typedef struct same same;
typedef struct tagged {
  uint8_t small;
  uint64_t large;
  uint16_t tail;
} tagged_t;
typedef struct {
  float x, y;
} untagged_t;
struct plain {
  tagged_t first;
  hidden_t *second;
  const struct opaque *third;
};
struct same {
  struct plain *plain;
};
