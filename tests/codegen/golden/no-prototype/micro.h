// Declarations without a prototype take nothing.
typedef struct config_t config_t;
config_t *config_new();
void config_reset();
