// `own` on a result, on parameters, on slots that are filled, and its absence.
#define own

typedef struct thing_t thing_t;
typedef struct vec_t {
  int size;
  own thing_t **data;
} vec_t;

own thing_t *thing_new(void);
void thing_delete(own thing_t *);
void thing_eat(own thing_t *eaten, const thing_t *read, thing_t *kept);
void vec_fill(own vec_t *out, own thing_t *const[]);
int thing_call(const thing_t *, own thing_t **trap);
void thing_data(thing_t *, void *data);
