/* Uses memory heavily: grows its heap, fills it, walks it near and far, moves it. Input: MiB (16 when there is none). */
#include "faasm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIB = 1024 * 1024, PIECE = 64 * 1024, DEFAULT_MIB = 16, LARGEST_MIB = 1024, CACHE_LINE = 64 };

struct pieces {
  uint32_t **at;
  size_t count;
};

KEEP_FRAME struct pieces allocate_pieces(size_t bytes) {
  struct pieces pieces = {malloc(bytes / PIECE * sizeof(uint32_t *)), bytes / PIECE};
  for (size_t i = 0; pieces.at != NULL && i < pieces.count; i++) {
    pieces.at[i] = malloc(PIECE);
    if (pieces.at[i] == NULL) pieces.at = NULL;
  }
  return pieces;
}

KEEP_FRAME void fill_piece(uint32_t *piece, uint32_t seed) {
  for (size_t i = 0; i < PIECE / sizeof *piece; i++) piece[i] = seed = seed * 1664525u + 1013904223u;
}

KEEP_FRAME uint32_t sum_sequentially(const struct pieces *pieces) {
  uint32_t sum = 0;
  for (size_t i = 0; i < pieces->count; i++) {
    for (size_t j = 0; j < PIECE / sizeof(uint32_t); j++) sum += pieces->at[i][j];
  }
  return sum;
}

KEEP_FRAME uint32_t sum_by_cache_line(const struct pieces *pieces) {
  uint32_t sum = 0;
  for (size_t offset = 0; offset < PIECE / sizeof(uint32_t); offset += CACHE_LINE / sizeof(uint32_t)) {
    for (size_t i = 0; i < pieces->count; i++) sum ^= pieces->at[i][offset];
  }
  return sum;
}

KEEP_FRAME void move_pieces(const struct pieces *pieces) {
  for (size_t i = 0; i + 1 < pieces->count; i++) memmove(pieces->at[i], pieces->at[i + 1], PIECE / 2);
}

KEEP_FRAME void free_pieces(const struct pieces *pieces) {
  for (size_t i = 0; i < pieces->count; i++) free(pieces->at[i]);
  free(pieces->at);
}

int main(void) {
  uint8_t text[16] = {0};
  long mib = __faasm_read_input(text, sizeof text - 1) > 0 ? atol((char *)text) : DEFAULT_MIB;
  if (mib < 1 || mib > LARGEST_MIB) {
    fprintf(stderr, "memory: 1 to %d MiB\n", LARGEST_MIB);
    return 1;
  }
  struct pieces pieces = allocate_pieces((size_t)mib * MIB);
  if (pieces.at == NULL) {
    fprintf(stderr, "memory: no room for %ld MiB\n", mib);
    return 1;
  }
  for (size_t i = 0; i < pieces.count; i++) fill_piece(pieces.at[i], (uint32_t)i);
  uint32_t sum = sum_sequentially(&pieces);
  move_pieces(&pieces);
  sum ^= sum_by_cache_line(&pieces);
  free_pieces(&pieces);
  char output[64];
  __faasm_write_output(output, snprintf(output, sizeof output, "%ld MiB, checksum %08x", mib, sum));
  return 0;
}
