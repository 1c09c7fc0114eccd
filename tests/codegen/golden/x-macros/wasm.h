// Declarations that are born in macros, `own` included.
#define own
#define DECLARE_OWN(name)                                                      \
  typedef struct name##_t name##_t;                                            \
  void name##_delete(own name##_t *);
#define DECLARE_VEC(name, ptr_or_none)                                         \
  typedef struct name##_vec_t {                                                \
    int size;                                                                  \
    name##_t ptr_or_none *data;                                                \
  } name##_vec_t;                                                              \
  void name##_vec_copy(own name##_vec_t *out, const name##_vec_t *);

DECLARE_OWN(engine)
DECLARE_OWN(store)
DECLARE_VEC(store, *)
