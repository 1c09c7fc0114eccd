// Typedefs of typedefs keep their names, down to the builtin type.
#include <stdint.h>

typedef uint8_t small_t;
typedef small_t kind_t;
typedef kind_t valkind_t;
typedef char byte_t;
typedef struct thing thing_t;
typedef thing_t other_t;
typedef const thing_t *view_t;

valkind_t kind_of(const other_t *, const kind_t *kinds, byte_t b);
void look(view_t view);
