/* Frees a block chosen at random among 1,024 and allocates one in its place: the loop of PairLoop. Prints nanoseconds of processor time a
   pair, a line a round. Arguments: bytes, pairs, rounds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LIVE 1024

static void *live[LIVE];

static double nanos(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv) {
    size_t bytes = strtoull(argv[1], NULL, 10);
    long pairs = atol(argv[2]), rounds = atol(argv[3]);
    (void) argc;
    for (int i = 0; i < LIVE; i++) {
        live[i] = malloc(bytes);
    }
    for (long round = 0; round < rounds; round++) {
        uint64_t x = 88172645463325252ULL;
        double start = nanos();
        for (long i = 0; i < pairs; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            int victim = (int) x & (LIVE - 1);
            free(live[victim]);
            live[victim] = malloc(bytes);
        }
        printf("%f\n", (nanos() - start) / pairs);
    }
    return 0;
}
