// Setters of one value become options, with the enum of their values; those of two do not.
#include <stdbool.h>
#include <stdint.h>

typedef struct config_t config_t;
typedef uint8_t strategy_t;
enum strategy_enum { AUTO, FAST };

void config_debug_set(config_t *, bool);
void config_strategy_set(config_t *, strategy_t);
void config_limit_set(config_t *, uint64_t limit);
void config_range_set(config_t *, uint64_t from, uint64_t to);
void pool_size_set(config_t *, uint32_t);
