// A string, with an escape in it.
#define VERSION "50.0.0"
#define QUOTED "say \"hi\"\n"
