/* Never ends: for time limits. */
#include "faasm.h"

static volatile uint32_t turns;

KEEP_FRAME void spin_once(void) { turns = turns * 1664525u + 1013904223u; }

int main(void) {
  for (;;) spin_once();
}
