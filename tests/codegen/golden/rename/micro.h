// Renames with groups reach names, types, aliases and settings.
#include <stdbool.h>
#include <stdint.h>

typedef struct micro_config_t micro_config_t;
typedef uint8_t micro_level_t;
enum micro_level_enum { MICRO_LOW, MICRO_HIGH };
typedef void (*micro_callback_t)(micro_config_t *);
typedef struct micro_pair {
  micro_config_t *config;
  micro_level_t level;
} micro_pair_t;
#define MICRO_LIMIT 3

micro_config_t *micro_config_new(micro_level_t level);
void micro_config_level_set(micro_config_t *, micro_level_t);
void micro_config_visit(micro_config_t *const *, micro_callback_t);
#define micro_create micro_config_new
