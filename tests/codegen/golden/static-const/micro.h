// Variables that are constants.
#include <stddef.h>
#include <stdint.h>

static const size_t PAGE_SIZE = 0x10000;
static const uint32_t LIMIT = 0xffffffff;
