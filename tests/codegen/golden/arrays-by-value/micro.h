// Arrays inside records, also through a typedef, of pointers, and a flexible one.
#include <stdint.h>

typedef uint8_t vector[16];
typedef struct board {
  uint32_t numbers[4];
  vector bytes;
  const char *names[2];
  uint8_t rest[];
} board_t;
