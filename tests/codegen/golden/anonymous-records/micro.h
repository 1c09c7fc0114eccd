// C11 anonymous members, one of which begins with another: nested, not flattened.
#include <stdint.h>

typedef struct item {
  struct {
    uint64_t store_id;
    uint32_t index;
  };
  uint32_t extra;
} item_t;
typedef struct deep {
  uint32_t before;
  struct {
    union {
      uint8_t byte;
      uint64_t word;
    };
    uint16_t after;
  };
} deep_t;
