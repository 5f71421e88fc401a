/* TestU01's SmallCrush over 64-bit little-endian words from standard input, one line of tab-separated results out.
 *
 * usage: smallcrush high|low|reversed < words
 *
 * TestU01 looks at 32 bits a draw and mostly at the upper ones, so the argument says which 32 bits of a word it sees:
 * the high half, the low half, or the high half of the word with its 64 bits in reverse order (bit 0 first).
 *
 * Out: words read, statistics, lowest p-value, highest p-value, those outside [SUSPECT, 1 - SUSPECT] (the
 * first NAMED of them by name) or `none`.
 * Exit: 0 all inside; 3 some outside; 1 some beyond [FAIL, 1 - FAIL]; 2 wrong usage or input.
 * L'Ecuyer and Simard, "TestU01", ACM TOMS 33:4, 2007, article 22.
 */
#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bbattery.h>
#include <swrite.h>
#include <unif01.h>

#define SUSPECT 1e-3
#define FAIL 1e-10
#define STATISTICS 15
#define NAMED 3
#define BLOCK 8192

enum { PASSED = 0, FAILED = 1, UNUSABLE = 2, SUSPICIOUS = 3 };

static uint64_t block[BLOCK];
static size_t filled, next;
static uint64_t words;

static uint64_t read_word(void)
{
    if (next == filled) {
        filled = fread(block, sizeof block[0], BLOCK, stdin);
        next = 0;
        if (filled == 0) {
            fprintf(stderr, "smallcrush: expected an endless stream, words=%llu came\n", (unsigned long long)words);
            exit(UNUSABLE);
        }
    }
    words++;
    return le64toh(block[next++]);
}

static uint64_t reverse(uint64_t word)
{
    word = (word >> 1 & 0x5555555555555555u) | (word & 0x5555555555555555u) << 1;
    word = (word >> 2 & 0x3333333333333333u) | (word & 0x3333333333333333u) << 2;
    word = (word >> 4 & 0x0F0F0F0F0F0F0F0Fu) | (word & 0x0F0F0F0F0F0F0F0Fu) << 4;
    return __builtin_bswap64(word);
}

static unsigned int high(void) { return (unsigned int)(read_word() >> 32); }
static unsigned int low(void) { return (unsigned int)read_word(); }
static unsigned int reversed(void) { return (unsigned int)(reverse(read_word()) >> 32); }

static const struct {
    char *name;
    unsigned int (*bits)(void);
} readings[] = {{"high", high}, {"low", low}, {"reversed", reversed}};

/* Run the battery with TestU01's own report thrown away: the line of `report` says the same. */
static void run(char *name, unsigned int (*bits)(void))
{
    fflush(stdout);
    int out = dup(STDOUT_FILENO);
    if (out < 0 || freopen("/dev/null", "w", stdout) == NULL) {
        perror("smallcrush");
        exit(UNUSABLE);
    }
    swrite_Basic = FALSE;
    unif01_Gen *gen = unif01_CreateExternGenBits(name, bits);
    bbattery_SmallCrush(gen);
    unif01_DeleteExternGenBits(gen);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    close(out);
}

/* Distance of a p-value to the nearer end of [0, 1]. */
static double margin(double p) { return p < 0.5 ? p : 1.0 - p; }

static int report(void)
{
    int done = 0, outside = 0;
    double lowest = 1.0, highest = 0.0, worst = 0.5;
    for (int i = 0; i < bbattery_NTests; i++) {
        double p = bbattery_pVal[i];
        if (p < 0.0)
            continue; /* TestU01 marks a test that was not done with -1. */
        done++;
        lowest = p < lowest ? p : lowest;
        highest = p > highest ? p : highest;
        worst = margin(p) < worst ? margin(p) : worst;
    }
    printf("%llu\t%d\t%.4g\t%.4f\t", (unsigned long long)words, done, lowest, highest);
    for (int i = 0; i < bbattery_NTests; i++) {
        double p = bbattery_pVal[i];
        if (p < 0.0 || margin(p) >= SUSPECT || outside++ >= NAMED)
            continue;
        printf("%s%s %s%.2g", outside > 1 ? ", " : "", bbattery_TestNames[i], p < 0.5 ? "" : "1 - ", margin(p));
    }
    if (outside > NAMED)
        printf(" and %d more", outside - NAMED);
    puts(outside ? "" : "none");
    if (done != STATISTICS) {
        fprintf(stderr, "smallcrush: expected %d statistics, done=%d\n", STATISTICS, done);
        return UNUSABLE;
    }
    return worst < FAIL ? FAILED : outside ? SUSPICIOUS : PASSED;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof readings / sizeof readings[0]; i++)
        if (strcmp(argv[1], readings[i].name) == 0) {
            run(readings[i].name, readings[i].bits);
            return report();
        }
    fputs("usage: smallcrush high|low|reversed < 64-bit little-endian words\n", stderr);
    return UNUSABLE;
}
