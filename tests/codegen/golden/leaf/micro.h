// Bound without releasing the GIL, chosen by pattern.
#include <stddef.h>

typedef struct memory memory_t;
size_t memory_size(const memory_t *);
unsigned char *memory_data(const memory_t *);
void memory_grow(memory_t *, size_t);
