// conf.h is rendered for the features that the library has: they decide what is declared, and layouts.
#include <stdint.h>
#include <wasmtime/conf.h>

#ifdef WASMTIME_FEATURE_GC
void gc(void);
#endif
#ifdef WASMTIME_FEATURE_LOGGING
void log_nothing(void);
#endif
typedef struct value {
  uint32_t small;
#ifdef WASMTIME_FEATURE_GC
  uint64_t large;
#endif
} value_t;
