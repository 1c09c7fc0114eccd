// The second witness: ownership, null, slots that are written; what it says is shown beside `own` and the YAML.
#include <stddef.h>
#include <stdint.h>
typedef struct store_t store_t;
typedef struct error_t error_t;
typedef void (*finalizer_t)(void *);

store_t *store_new(const store_t *parent, void *data, finalizer_t finalizer);
error_t *store_call(store_t *store, const uint8_t *bytes, size_t size, store_t **trap, uint64_t *fuel);
void store_delete(store_t *store);
const char *store_name(const store_t *store);
