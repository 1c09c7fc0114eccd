// Counts the words of the text, and of all texts so far: the total is kept under a key.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

static const char total_key[] = "total";

static long stored_total(void) {
  char digits[32] = "";
  int32_t size = host_get(total_key, strlen(total_key));
  if (size > 0 && size < (int32_t)sizeof digits) host_take(digits);
  return atol(digits);
}

void run(size_t size) {
  char *text = malloc(size + 1);
  if (!text) abort();
  host_take(text);

  long words = 0;
  for (size_t i = 0; i < size; i++)
    words += !isspace((unsigned char)text[i]) && (i == 0 || isspace((unsigned char)text[i - 1]));

  char line[100];
  long total = stored_total() + words;
  host_set(total_key, strlen(total_key), line, snprintf(line, sizeof line, "%ld", total));
  host_answer(line, snprintf(line, sizeof line, "%ld words, %ld so far", words, total));
}
