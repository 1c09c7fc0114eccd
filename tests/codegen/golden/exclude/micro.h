// Of every kind something is left out, with the reason.
#include <stdint.h>

typedef struct gone gone_t;
typedef struct kept kept_t;
void gone_new(gone_t *);
void kept_new(kept_t *);
#define gone_alias kept_new
union gone_union { int a; };
enum gone_enum { GONE };
#define GONE_NUMBER 1
#define KEPT_NUMBER 2
typedef uint8_t gone_kind_t;
typedef void (*gone_callback_t)(void);
#define GONE_CODE(x) x
static inline int gone_inline(void) { return 1; }
