/* Sends its input back, after looking at it as a careful service would: every call validates, transforms and
 * sums up a block of data several times, so that the flame graph has something to show. */
#include "faasm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 4096, ROUNDS = 12 };

static const char NOTHING[] = "Nothing to echo";
/* Looked at instead of an empty input, so that a call without one is worth profiling too. */
static uint8_t SAMPLE[] = "Wer schreit, hört nichts: ein Echo braucht Stille.";

struct request {
  uint8_t *data;
  long size;
};

KEEP_FRAME uint8_t rotate_byte(uint8_t byte, unsigned by) {
  return (uint8_t)((byte << (by & 7)) | (byte >> ((8 - by) & 7)));
}

KEEP_FRAME uint8_t mix_byte(uint8_t byte, uint8_t key) {
  return rotate_byte(byte ^ key, key % 7u + 1u);
}

KEEP_FRAME void transform_block(uint8_t *block, int size, uint8_t key) {
  for (int i = 0; i < size; i++) block[i] = mix_byte(block[i], (uint8_t)(key + i));
}

KEEP_FRAME uint32_t crc_step(uint32_t crc, uint8_t byte) {
  crc ^= byte;
  for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320u & -(crc & 1u));
  return crc;
}

KEEP_FRAME uint32_t checksum(const uint8_t *block, int size) {
  uint32_t crc = ~0u;
  for (int i = 0; i < size; i++) crc = crc_step(crc, block[i]);
  return ~crc;
}

KEEP_FRAME int is_valid_utf8_tail(const uint8_t *at, const uint8_t *end, int length) {
  if (end - at < length) return 0;
  for (int i = 0; i < length; i++) {
    if ((at[i] & 0xC0) != 0x80) return 0;
  }
  return 1;
}

KEEP_FRAME int count_valid_characters(const uint8_t *data, long size) {
  const uint8_t *at = data, *end = data + size;
  int valid = 0;
  while (at < end) {
    uint8_t lead = *at++;
    int tail = lead < 0x80 ? 0 : lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (is_valid_utf8_tail(at, end, tail)) {
      at += tail;
      valid++;
    }
  }
  return valid;
}

KEEP_FRAME int validate_request(const struct request *request) {
  return request->size > 0 && count_valid_characters(request->data, request->size) > 0;
}

KEEP_FRAME void fill_block(uint8_t *block, int size, const struct request *request) {
  for (int i = 0; i < size; i++) block[i] = request->data[i % request->size];
}

KEEP_FRAME uint32_t process_input(const struct request *request) {
  uint8_t block[BLOCK_SIZE];
  uint32_t sum = 0;
  fill_block(block, BLOCK_SIZE, request);
  for (int round = 0; round < ROUNDS; round++) {
    transform_block(block, BLOCK_SIZE, (uint8_t)(sum + round));
    sum ^= checksum(block, BLOCK_SIZE);
    sum += (uint32_t)count_valid_characters(block, BLOCK_SIZE);
  }
  return sum;
}

KEEP_FRAME struct request read_request(void) {
  uint8_t nothing[1];
  struct request request = {NULL, __faasm_read_input(nothing, 0)};
  if (request.size > 0) {
    request.data = malloc((size_t)request.size);
    if (request.data == NULL) abort();
    __faasm_read_input(request.data, request.size);
  }
  return request;
}

KEEP_FRAME void send_response(const void *data, long size) { __faasm_write_output(data, size); }

KEEP_FRAME int handle_request(void) {
  struct request request = read_request();
  int is_empty = !validate_request(&request);
  struct request looked_at = is_empty ? (struct request){SAMPLE, (long)sizeof SAMPLE - 1} : request;
  uint32_t sum = process_input(&looked_at);
  if (sum == 0) fprintf(stderr, "the checksum is zero\n");
  if (is_empty) send_response(NOTHING, (long)sizeof NOTHING - 1);
  else send_response(request.data, request.size);
  return 0;
}

int main(void) { return handle_request(); }
