// Parameters with and without names, of every plain type.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void nothing(void);
uint32_t add(uint32_t a, uint32_t b);
bool is_even(int);
double mixed(float, uint8_t x, int64_t, size_t length);
const char *text(const char *const *, char c, void *data);
void fill(uint8_t buffer[16], const int *numbers);
