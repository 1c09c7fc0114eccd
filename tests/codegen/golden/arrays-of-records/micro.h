// Arrays of records inside records: complete before their holder.
#include <stdint.h>

typedef struct cell {
  int16_t x, y;
} cell_t;
typedef struct board {
  cell_t cells[3];
  struct {
    int64_t low, high;
  } pairs[2];
} board_t;
