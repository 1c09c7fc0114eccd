// Macros that are other names of functions.
typedef struct vec_t vec_t;
void vec_new(vec_t *);
void vec_delete(vec_t *);
#define name_new vec_new
#define name_delete vec_delete
